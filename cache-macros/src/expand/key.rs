//! Keys: rendered templates, and keys that consist of the arguments.

use super::host::HostFunction;
use crate::check::KeyPart;
use crate::template::{Hole, TemplatePart, TextTemplate, placed_at};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Path, Type};

/// A block that renders the parts into a `Key`; errors about a part are on the template.
pub(super) fn rendered(runtime: &Path, parts: &[KeyPart], template: Span) -> TokenStream {
    let key = placed_at(quote!(__key), template);
    let statements = parts.iter().enumerate().map(|(at, part)| {
        let value = match part {
            KeyPart::Namespace(text) => {
                let namespace = rendered(runtime, &text.parts, text.literal.span());
                return quote!(#key.namespace(&#namespace););
            }
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

/// Expands `key!("…")`, whose holes are expressions.
pub(crate) fn key_macro(runtime: &Path, template: &TextTemplate) -> TokenStream {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => KeyPart::Text(text.clone()),
        TemplatePart::Hole(Hole { expression, .. }) => KeyPart::Value(expression.clone()),
    };
    let parts: Vec<_> = template.parts.iter().map(part).collect();
    rendered(runtime, &parts, template.literal.span())
}

/// Expands `tag!("…")`, from the key of the same text.
pub(crate) fn tag_macro(runtime: &Path, key: &TokenStream) -> TokenStream {
    quote!(#runtime::Tag::from(#key))
}

/// The longest tuple that is a key.
const WIDEST: usize = 12;

/// A tuple of values; nested if there are many.
pub(super) fn tuple(values: impl Iterator<Item = TokenStream>) -> TokenStream {
    let mut parts: Vec<_> = values.collect();
    while parts.len() > WIDEST {
        parts = parts
            .chunks(WIDEST)
            .map(|chunk| quote!((#(#chunk,)*)))
            .collect();
    }
    quote!((#(#parts,)*))
}

/// The type of such a tuple as a return type. It has the spans of the arguments, so that errors about them as keys are there, but
/// our edition, by which it borrows from all of them.
pub(super) fn unnamed_type(host: &HostFunction<'_>, names: &[Ident]) -> TokenStream {
    let arguments: Vec<_> = host.inputs.that_bind(names).collect();
    let at = |place: Option<Span>| {
        place.map_or_else(Span::mixed_site, |place| {
            Span::mixed_site().located_at(place)
        })
    };
    let first = arguments.first().map(|argument| argument.pattern.span());
    let last = arguments.last().and_then(|argument| last_span(argument.ty));
    let private = host.private();
    let word = placed_at(quote!(impl), at(first));
    let bound = placed_at(quote!(#private::CacheKey), at(last));
    quote!(#word #bound)
}

fn last_span(ty: &Type) -> Option<Span> {
    ty.to_token_stream()
        .into_iter()
        .last()
        .map(|token| token.span())
}
