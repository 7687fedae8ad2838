//! `key!("post:{slug}")` and `tag!("post:{slug}")`; `key!(crate = path, "…")` where `cache_core` has another name.

use crate::attr::Runtime;
use crate::expand;
use crate::template::TextTemplate;
use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitStr, Result, Token};

/// Which macro it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameMacro {
    Key,
    Tag,
}

/// The input of the macro.
struct NameMacroCall {
    runtime: Runtime,
    template: TextTemplate,
}

impl Parse for NameMacroCall {
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

/// The expression that makes the key or the tag.
pub(crate) fn apply(kind: NameMacro, tokens: TokenStream) -> TokenStream {
    match syn::parse2::<NameMacroCall>(tokens) {
        Ok(NameMacroCall { runtime, template }) => {
            let key = expand::key_macro(&runtime.0, &template);
            match kind {
                NameMacro::Key => key,
                NameMacro::Tag => expand::tag_macro(&runtime.0, &key),
            }
        }
        Err(error) => error.to_compile_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(call: &str) -> String {
        syn::parse_str::<NameMacroCall>(call)
            .err()
            .expect("a mistake")
            .to_string()
    }

    #[test]
    fn one_text_and_perhaps_a_path() {
        assert!(syn::parse_str::<NameMacroCall>("\"post:{slug}\",").is_ok());
        assert!(syn::parse_str::<NameMacroCall>("crate = a::b, \"post\"").is_ok());
        assert!(wrong("slug").starts_with("expected a text with holes"));
        assert!(wrong("").starts_with("expected a text with holes"));
        assert!(wrong("\"post:{}\", slug").starts_with("an empty hole"));
        assert!(wrong("\"post\", slug").starts_with("one text is all"));
    }
}
