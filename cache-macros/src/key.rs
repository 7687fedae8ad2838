//! `key!("post:{slug}")` and `tag!("post:{slug}")`; `key!(crate = path, "…")` where `cache_core` has another name.

use crate::attr::Runtime;
use crate::expand;
use crate::template::Template;
use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitStr, Result, Token};

/// What the macro makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Key,
    Tag,
}

/// What stands between the parentheses.
struct Call {
    runtime: Runtime,
    template: Template,
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut runtime = Runtime::default();
        if input.peek(Token![crate]) && input.peek2(Token![=]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            runtime = input.parse()?;
            input.parse::<Token![,]>()?;
        }
        if !input.peek(LitStr) {
            return Err(Error::new(
                input.span(),
                "expected a text with holes, as in `\"post:{slug}\"`",
            ));
        }
        let template = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(Error::new(
                input.span(),
                "one text is all; what goes into it stands in its holes",
            ));
        }
        Ok(Self { runtime, template })
    }
}

/// The expression that gives the key or the tag.
pub(crate) fn apply(kind: Kind, tokens: TokenStream) -> TokenStream {
    match syn::parse2::<Call>(tokens) {
        Ok(Call { runtime, template }) => {
            let key = expand::key_macro(&runtime.0, &template);
            match kind {
                Kind::Key => key,
                Kind::Tag => expand::tag_macro(&runtime.0, &key),
            }
        }
        Err(error) => error.to_compile_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(call: &str) -> String {
        syn::parse_str::<Call>(call)
            .err()
            .expect("a mistake")
            .to_string()
    }

    #[test]
    fn one_text_and_perhaps_a_path() {
        assert!(syn::parse_str::<Call>("\"post:{slug}\",").is_ok());
        assert!(syn::parse_str::<Call>("crate = a::b, \"post\"").is_ok());
        assert!(wrong("slug").starts_with("expected a text with holes"));
        assert!(wrong("").starts_with("expected a text with holes"));
        assert!(wrong("\"post:{}\", slug").starts_with("an empty hole"));
        assert!(wrong("\"post\", slug").starts_with("one text is all"));
    }
}
