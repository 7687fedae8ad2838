//! What can be invalidated by name: `tags("user:{id}", "posts")` from the arguments, `tags = |value| …` from the value.

use super::value::{Value, after_equals, ungrouped};
use crate::template::Template;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprClosure, Ident, LitStr, Result, Token};

/// `("user:{id}", "posts")`: texts with holes for the arguments.
#[derive(Clone)]
pub(crate) struct Templates(pub(crate) Vec<Template>);

impl Value for Templates {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let form = || {
            format!(
                "`{name}` takes texts in parentheses, as in `{}`",
                super::arguments::usage(name)
            )
        };
        if !input.peek(syn::token::Paren) {
            let at = if input.peek(Token![=]) {
                input.span()
            } else {
                name.span()
            };
            return Err(Error::new(at, form()));
        }
        let content;
        syn::parenthesized!(content in input);
        if let Some((word, _)) = content.cursor().ident() {
            content.parse::<proc_macro2::TokenStream>()?;
            return Err(Error::new_spanned(
                &word,
                format!(
                    "`{word}` is text and needs quotes: write `{name}(\"{word}\")`; a hole takes an argument, as in `{}`",
                    super::arguments::usage(name)
                ),
            ));
        }
        let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)
            .map_err(|error| Error::new(error.span(), form()))?;
        if texts.is_empty() {
            return Err(Error::new_spanned(
                name,
                format!("`{name}()` names nothing; {}", form()),
            ));
        }
        let mut templates: Vec<Template> = Vec::new();
        for text in texts {
            if templates
                .iter()
                .any(|earlier| earlier.literal.value() == text.value())
            {
                let message = format!("{:?} stands twice in `{name}`", text.value());
                return Err(Error::new_spanned(&text, message));
            }
            templates.push(syn::parse2(text.into_token_stream())?);
        }
        Ok(Self(templates))
    }
}

/// `= |value| …`: what only the value knows.
impl Value for ExprClosure {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        match ungrouped(after_equals(name, input)?) {
            Expr::Closure(closure) => Ok(closure),
            other => Err(Error::new_spanned(
                other,
                format!(
                    "`{name} =` takes a closure over the value, as in `{name} = |value| …`; what follows from the arguments stands in parentheses, as in `{}`",
                    super::arguments::usage(name)
                ),
            )),
        }
    }
}
