//! Rendered keys.

use crate::check::KeyPart;
use crate::template::{Hole, Part, Template};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// A block that gives the `Key` which the parts spell.
pub(super) fn rendered(runtime: &Path, parts: &[KeyPart]) -> TokenStream {
    let statements = parts.iter().enumerate().map(|(at, part)| {
        let value = match part {
            KeyPart::Text(text) => return quote!(__key.literal(#text);),
            KeyPart::Value(expression) => quote!(&(#expression)),
            KeyPart::Type(name) => quote!(&#runtime::__private::type_name::<#name>()),
        };
        match parts.get(at + 1) {
            None => quote!(__key.last(#value);),
            Some(KeyPart::Text(text)) => {
                let end = text.chars().next();
                quote!(__key.part(#value, #end);)
            }
            Some(_) => quote! {
                __key.part(#value, ':');
                __key.literal(":");
            },
        }
    });
    quote!({
        let mut __key = #runtime::Key::new();
        #(#statements)*
        __key
    })
}

/// The expansion of `key!("…")`: its holes are expressions over what is in scope.
pub(crate) fn key_macro(runtime: &Path, template: &Template) -> TokenStream {
    let part = |part: &Part| match part {
        Part::Text(text) => KeyPart::Text(text.clone()),
        Part::Hole(Hole { expression, .. }) => KeyPart::Value(expression.clone()),
    };
    let parts: Vec<_> = template.parts.iter().map(part).collect();
    rendered(runtime, &parts)
}
