//! Parsed calls of formatting macros.

use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Macro, Token};

/// The arguments of a formatting macro.
pub(super) struct FormatCall {
    /// The values, also those of named arguments.
    pub(super) arguments: Vec<Expr>,
    /// The names that the text captures, except those with a `name = value`; with the span of the text.
    pub(super) captured: Vec<Ident>,
}

/// Macros of the standard library whose arguments are expressions; their first text is a format string.
const FORMAT: &[&str] = &[
    "format",
    "format_args",
    "print",
    "println",
    "eprint",
    "eprintln",
    "write",
    "writeln",
    "panic",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "todo",
    "unreachable",
    "unimplemented",
    "dbg",
];

impl FormatCall {
    /// The call, if it is of a formatting macro and its arguments can be parsed.
    pub(super) fn of(call: &Macro) -> Option<Self> {
        let name = &call.path.segments.last()?.ident;
        if !FORMAT.iter().any(|known| name == known) {
            return None;
        }
        let arguments = call
            .parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
            .ok()?;
        let (mut values, mut named, mut text) = (Vec::new(), Vec::new(), None);
        for argument in arguments {
            match argument {
                Expr::Assign(assigned) => {
                    let Expr::Path(name) = &*assigned.left else {
                        return None;
                    };
                    named.push(name.path.get_ident()?.clone());
                    values.push(*assigned.right);
                }
                Expr::Lit(ExprLit {
                    lit: Lit::Str(literal),
                    ..
                }) if text.is_none() => text = Some(literal),
                argument => values.push(argument),
            }
        }
        let captured = text.iter().flat_map(captured);
        Some(Self {
            arguments: values,
            captured: captured.filter(|name| !named.contains(name)).collect(),
        })
    }
}

/// The names in `{name}` and `{name:…}`; `{{` is an escaped brace.
fn captured(text: &LitStr) -> Vec<Ident> {
    let (value, mut found) = (text.value().replace("{{", ""), Vec::new());
    for hole in value.split('{').skip(1) {
        let end = hole
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(hole.len());
        if let Ok(mut name) = syn::parse_str::<Ident>(&hole[..end]) {
            name.set_span(text.span());
            found.push(name);
        }
    }
    found
}
