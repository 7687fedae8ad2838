//! `#[conditional(etag = "post:{slug}:{revision}", last_modified = post.updated)]`.

use super::value::{Value, after_equals, ungrouped};
use super::{Arg, Grammar, each_argument, set};
use crate::errors::Errors;
use crate::suggest::did_you_mean;
use crate::template::TextTemplate;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprLit, Ident, Lit, Path, Result};

/// The arguments of `#[conditional]`.
#[derive(Clone, Default)]
pub(crate) struct ConditionalArguments {
    pub(crate) etag: Option<Arg<EtagArgument>>,
    pub(crate) last_modified: Option<Arg<ChangeArgument>>,
    pub(crate) runtime: Option<Arg<Path>>,
    pub(crate) associated: Option<Arg<()>>,
}

/// What an entity tag is made of.
#[derive(Clone)]
pub(crate) enum EtagArgument {
    /// A text with holes for the arguments.
    Template(TextTemplate),
    /// An expression that gives a key, or none.
    Computed(Box<Expr>),
}

/// An expression that gives a date.
#[derive(Clone)]
pub(crate) struct ChangeArgument(pub(crate) Expr);

impl Value for EtagArgument {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        match ungrouped(after_equals(name, input)?) {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => {
                let template: TextTemplate = syn::parse2(text.to_token_stream())?;
                if template.holes().next().is_none() {
                    return Err(Error::new_spanned(
                        text,
                        "this tag never changes, and clients would keep the first answer; put into holes what the answer changes with, as in `etag = \"post:{slug}:{revision}\"`",
                    ));
                }
                Ok(Self::Template(template))
            }
            Expr::Lit(other) => Err(Error::new_spanned(
                other,
                "`etag` takes a text with holes for the arguments, as in `etag = \"post:{slug}:{revision}\"`, or an expression that gives a `Key`",
            )),
            Expr::Closure(closure) => Err(Error::new_spanned(
                closure.or1_token,
                "`etag` is known before the body runs, so there is no value to look at; name the arguments, as in `etag = \"post:{slug}:{revision}\"`",
            )),
            other => Ok(Self::Computed(Box::new(other))),
        }
    }
}

impl Value for ChangeArgument {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        match ungrouped(after_equals(name, input)?) {
            Expr::Lit(other) => Err(Error::new_spanned(
                other,
                "`last_modified` is the date of the last change: an expression of type `SystemTime` over the arguments, as in `last_modified = post.updated`",
            )),
            Expr::Closure(closure) => Err(Error::new_spanned(
                closure.or1_token,
                "`last_modified` is known before the body runs, so there is no value to look at; write an expression over the arguments",
            )),
            other => Ok(Self(other)),
        }
    }
}

impl Grammar for ConditionalArguments {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        let mut said = Self::default();
        let nothing = input.is_empty().then(|| input.span());
        each_argument(input, errors, unnamed, |name, input| {
            match name.to_string().as_str() {
                "etag" => set(&mut said.etag, name, input),
                "last_modified" => set(&mut said.last_modified, name, input),
                "crate" => set(&mut said.runtime, name, input),
                "associated" => set(&mut said.associated, name, input),
                other => {
                    let list = "write `etag = \"post:{slug}:{revision}\"` or `last_modified = post.updated`";
                    let hint = did_you_mean(other, ["etag", "last_modified"], list);
                    Err(Error::new_spanned(
                        &name,
                        format!("`{other}` is not an argument of `#[conditional]`{hint}"),
                    ))
                }
            }
        });
        if let Some(span) = nothing {
            errors.push(Error::new(
                span,
                "`#[conditional]` knows nothing of the answer; write `etag = \"post:{slug}:{revision}\"`, or `last_modified = post.updated`, or both",
            ));
        }
        said
    }
}

/// What to write for a value without an argument's name.
fn unnamed(value: &Lit) -> String {
    match value {
        Lit::Str(text) => format!("`etag = {}`", text.token()),
        _ => "`etag = \"post:{slug}:{revision}\"`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted, mistakes};

    fn wrong(arguments: &str) -> String {
        let found = mistakes::<ConditionalArguments>(arguments);
        assert_eq!(found.len(), 1, "{arguments}: {found:?}");
        format!("{} | {}", found[0].0, found[0].1)
    }

    #[test]
    fn a_tag_is_a_text_or_an_expression() {
        let said: ConditionalArguments = accepted("etag = \"p:{id}\", last_modified = post.at");
        assert!(matches!(
            said.etag.expect("a tag").value,
            EtagArgument::Template(_)
        ));
        let said: ConditionalArguments = accepted("etag = post.tag()");
        assert!(matches!(
            said.etag.expect("a tag").value,
            EtagArgument::Computed(_)
        ));
    }

    #[test]
    fn mistakes_of_form() {
        assert!(wrong("").contains("knows nothing of the answer"));
        assert!(wrong("\"p:{id}\"").contains("write `etag = \"p:{id}\"`"));
        assert!(wrong("etga = \"p:{id}\"").contains("did you mean `etag`?"));
        assert!(wrong("etag = \"p\"").contains("this tag never changes"));
        assert!(wrong("etag = 5").contains("takes a text with holes"));
        assert!(wrong("etag = |page| page.tag()").contains("known before the body runs"));
        assert!(wrong("last_modified = \"today\"").contains("of type `SystemTime`"));
        assert!(wrong("last_modified = |page| page.at").contains("known before the body runs"));
    }
}
