//! Names for invalidation: `tags("user:{id}", "posts")` from the arguments, `tags = |value| …` from the value.

use super::list::{List, elements};
use super::{Value, after_equals, ungrouped};
use crate::attr::table::usage;
use crate::errors::Errors;
use crate::template::TextTemplate;
use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprClosure, Ident, LitStr, Result, Token};

/// `("user:{id}", "posts")`: texts with holes for the arguments.
#[derive(Clone)]
pub(crate) struct Templates(pub(crate) Vec<TextTemplate>);

impl List for Templates {
    fn read_list(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
        let form = || {
            format!(
                "`{name}` takes texts in parentheses, as in `{}`",
                usage(name)
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
        if content.is_empty() {
            return Err(Error::new_spanned(
                name,
                format!("`{name}()` names nothing; {}", form()),
            ));
        }
        let texts = elements(&content, errors, form, Element::parse);
        let mut templates: Vec<TextTemplate> = Vec::new();
        for text in texts {
            let text = match text {
                Element::Text(text) => text,
                Element::Word(word) => {
                    errors.at(
                        &word,
                        format!(
                            "`{word}` is text and needs quotes: write `{name}(\"{word}\")`; a hole takes an argument, as in `{}`",
                            usage(name)
                        ),
                    );
                    continue;
                }
            };
            if templates
                .iter()
                .any(|earlier| earlier.literal.value() == text.value())
            {
                errors.at(
                    &text,
                    format!("{:?} is given twice in `{name}`", text.value()),
                );
                continue;
            }
            templates.extend(errors.absorb(syn::parse2(text.into_token_stream())));
        }
        Ok(Self(templates))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An element of the list, as it is written.
enum Element {
    Text(LitStr),
    /// The first word of a text without quotes.
    Word(Ident),
}

impl Parse for Element {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(Ident::peek_any) {
            return input.parse().map(Self::Text);
        }
        let word = input.call(Ident::parse_any)?;
        while !input.is_empty() && !input.peek(Token![,]) {
            input.parse::<TokenTree>()?;
        }
        Ok(Self::Word(word))
    }
}

/// `= |value| …`: names from the value.
impl Value for ExprClosure {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        match ungrouped(after_equals(name, input)?) {
            Expr::Closure(closure) => Ok(closure),
            other => Err(Error::new_spanned(
                other,
                format!(
                    "`{name} =` takes a closure over the value, as in `{name} = |value| …`; what the arguments determine goes in parentheses, as in `{}`",
                    usage(name)
                ),
            )),
        }
    }
}
