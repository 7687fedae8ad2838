//! Keys: rendered ones, and those that are the arguments themselves.

use super::host::Host;
use crate::check::KeyPart;
use crate::template::{Hole, Part, Template, placed_at};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Path;
use syn::spanned::Spanned;

/// A block that gives the `Key` which the parts spell; what is wrong with a part stands on the template.
pub(super) fn rendered(runtime: &Path, parts: &[KeyPart], template: Span) -> TokenStream {
    let key = placed_at(quote!(__key), template);
    let statements = parts.iter().enumerate().map(|(at, part)| {
        let value = match part {
            KeyPart::Text(text) => return quote!(#key.literal(#text);),
            KeyPart::Value(expression) => quote!((&(#expression))),
            KeyPart::Type(name) => quote!((&#runtime::__private::type_name::<#name>())),
        };
        let (last, part) = (
            placed_at(quote!(#key.last), template),
            placed_at(quote!(#key.part), template),
        );
        match parts.get(at + 1) {
            None => quote!(#last(#value);),
            Some(KeyPart::Text(text)) => {
                let end = text.chars().next();
                quote!(#part(#value, #end);)
            }
            Some(_) => quote! {
                #part(#value, ':');
                #key.literal(":");
            },
        }
    });
    quote!({
        let mut #key = #runtime::Key::new();
        #(#statements)*
        #key
    })
}

/// The expansion of `key!("…")`: its holes are expressions over what is in scope.
pub(crate) fn key_macro(runtime: &Path, template: &Template) -> TokenStream {
    let part = |part: &Part| match part {
        Part::Text(text) => KeyPart::Text(text.clone()),
        Part::Hole(Hole { expression, .. }) => KeyPart::Value(expression.clone()),
    };
    let parts: Vec<_> = template.parts.iter().map(part).collect();
    rendered(runtime, &parts, template.literal.span())
}

/// How many parts a tuple can have and still be a key.
const WIDEST: usize = 12;

/// A tuple of references to arguments, each a key for itself; many are tuples in a tuple.
pub(super) fn tuple(host: &Host<'_>, names: &[Ident]) -> TokenStream {
    let mut parts: Vec<_> = names.iter().map(|name| key_part(host, name)).collect();
    while parts.len() > WIDEST {
        parts = parts
            .chunks(WIDEST)
            .map(|chunk| quote!((#(#chunk,)*)))
            .collect();
    }
    quote!((#(#parts,)*))
}

/// A reference to an argument; what is wrong with it as a key stands on its type.
fn key_part(host: &Host<'_>, name: &Ident) -> TokenStream {
    let argument = host
        .inputs
        .arguments
        .iter()
        .find(|argument| argument.names.contains(name));
    let place = argument.map_or_else(|| name.span(), |argument| argument.ty.span());
    let private = host.private();
    let part = placed_at(quote!(#private::part), place);
    quote!(#part(&#name))
}
