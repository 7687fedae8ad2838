//! The values of arguments: `name`, `name = value`, `name(a, b)`, `name = ["a", "b"]`.

mod binding;
mod capacity;
mod duration;
mod list;
mod number;
mod seconds;
mod templates;
mod units;

pub(crate) use binding::Binding;
pub(crate) use capacity::Capacity;
pub(super) use duration::unnamed_value;
pub(crate) use duration::{DeltaSeconds, TimeArgument, Ttl, TtlRule};
pub(crate) use list::NameList;
pub(crate) use templates::Templates;

use super::table::usage;
use crate::template::TextTemplate;
use number::check_whole;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{
    Error, Expr, ExprLit, Ident, Lit, LitBool, LitFloat, LitInt, LitStr, Path, Result, Token,
};

/// A type that can be read as the value of an argument.
pub(super) trait Value: Sized {
    /// Reads the tokens after the argument's `name`.
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self>;

    /// The same, but if only parts of the value are wrong, it returns the value without them beside their mistakes.
    fn read_some(name: &Ident, input: ParseStream<'_>) -> (Option<Self>, Result<()>) {
        match Self::read(name, input) {
            Ok(value) => (Some(value), Ok(())),
            Err(error) => (None, Err(error)),
        }
    }
}

/// Reads `= value`.
pub(super) fn after_equals<T: Parse>(name: &Ident, input: ParseStream<'_>) -> Result<T> {
    if !input.peek(Token![=]) {
        return Err(Error::new_spanned(
            name,
            format!("`{name}` takes a value, as in `{}`", usage(name)),
        ));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new_spanned(
            name,
            format!(
                "`{name} =` is followed by no value, as in `{}`",
                usage(name)
            ),
        ));
    }
    input.parse()
}

/// Reads `= literal`; `what` says in the error which literal is expected.
fn literal<T: Parse>(name: &Ident, input: ParseStream<'_>, what: &str) -> Result<T> {
    struct At<T>(Result<T>);
    impl<T: Parse> Parse for At<T> {
        fn parse(input: ParseStream<'_>) -> Result<Self> {
            Ok(Self(input.parse()))
        }
    }
    let At(value) = after_equals::<At<T>>(name, input)?;
    value.map_err(|error| {
        Error::new(
            error.span(),
            format!("`{name}` takes {what}, as in `{}`", usage(name)),
        )
    })
}

/// An argument without a value.
impl Value for () {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(());
        }
        Err(Error::new(
            input.span(),
            format!("`{name}` stands alone; it takes no value"),
        ))
    }
}

impl Value for Expr {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        after_equals(name, input)
    }
}

impl Value for Path {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        after_equals::<Runtime>(name, input).map(|Runtime(path)| path)
    }
}

impl Value for LitStr {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let text: Self = literal(name, input, "a text")?;
        if text.value().is_empty() {
            return Err(Error::new_spanned(
                &text,
                format!("an empty `{name}` names nothing"),
            ));
        }
        Ok(text)
    }
}

impl Value for u32 {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let number = literal::<LitInt>(name, input, "a whole number")?;
        check_whole(&number)?;
        number.base10_parse()
    }
}

impl Value for TextTemplate {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let text: LitStr = literal(name, input, "a text with holes for the arguments")?;
        syn::parse2(text.into_token_stream())
    }
}

/// An expression without the invisible group of a `macro_rules!` fragment.
pub(super) fn ungrouped(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

/// `handle = name` or `handle = false`.
#[derive(Clone)]
pub(crate) enum Handle {
    Named(Ident),
    None,
}

impl Value for Handle {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        after_equals(name, input)
    }
}

impl Parse for Handle {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitBool) {
            let on: LitBool = input.parse()?;
            if on.value {
                return Err(Error::new_spanned(
                    on,
                    "a handle is there unless `handle = false`",
                ));
            }
            return Ok(Self::None);
        }
        let span = input.span();
        let named = |_| {
            Error::new(
                span,
                "`handle` takes a name, as in `handle = fib_cache`, or `false`",
            )
        };
        input.parse().map(Self::Named).map_err(named)
    }
}

/// `verify = 0.001`: which part of the hits is verified; `false`: none, in tests neither.
#[derive(Clone)]
pub(crate) enum Verify {
    Part(Box<Expr>),
    Never,
}

impl Value for Verify {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        after_equals(name, input)
    }
}

impl Parse for Verify {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let value: Expr = input.parse()?;
        let Expr::Lit(ExprLit { lit, .. }) = &value else {
            return Ok(Self::Part(Box::new(value)));
        };
        let part = match lit {
            Lit::Bool(on) if !on.value => return Ok(Self::Never),
            Lit::Float(part) => part.base10_parse::<f64>().ok(),
            Lit::Int(part) => part.base10_parse::<f64>().ok(),
            _ => None,
        };
        match part {
            // Always as a number with a point: `1` would not be an `f64`.
            Some(part) if (0.0..=1.0).contains(&part) => {
                let lit = LitFloat::new(&format!("{part:?}"), lit.span());
                let lit = ExprLit {
                    attrs: Vec::new(),
                    lit: lit.into(),
                };
                Ok(Self::Part(Box::new(lit.into())))
            }
            _ => Err(Error::new_spanned(
                value,
                "`verify` takes the part of the hits that is verified, from 0 to 1, as in `verify = 0.001`, or `false`",
            )),
        }
    }
}

/// The path of `cache_core`, by default `::cache_core`.
#[derive(Clone)]
pub(crate) struct Runtime(pub(crate) Path);

impl Parse for Runtime {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let span = input.span();
        let path = |_| {
            Error::new(
                span,
                "`crate` takes the path of cache-core, as in `crate = my_app::cache_core`",
            )
        };
        input.call(Path::parse_mod_style).map(Self).map_err(path)
    }
}

impl Default for Runtime {
    fn default() -> Self {
        let at = Span::mixed_site();
        Self(syn::parse_quote_spanned!(at=> ::cache_core))
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let path = &self.0;
        tokens.extend(quote!(#path));
    }
}
