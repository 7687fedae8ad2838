//! The tags and the namespace that follow from the arguments.

use super::borrowed::{Borrowed, in_place_references};
use super::generics::turbofish;
use super::host::HostFunction;
use super::key::rendered;
use crate::check::{FilledText, Tags};
use proc_macro2::TokenStream;
use quote::quote;

/// The arguments that they use.
pub(super) fn borrowed<'h>(host: &'h HostFunction<'_>, tags: &'h Tags) -> Borrowed<'h> {
    Borrowed::new(host.inputs, &tags.names).with_self(host.inputs, tags.uses_self)
}

/// The function that renders them, if there are some.
pub(super) fn definition(host: &HostFunction<'_>, tags: &Tags) -> Option<TokenStream> {
    let (private, name) = (host.private(), host.names.hidden("tags"));
    let (generics, _, clause) = host.function.generics().split_for_impl();
    let borrowed = borrowed(host, tags);
    let (parameters, patterns) = (borrowed.parameters(), borrowed.taken_apart());
    let (count, list) = (tags.count(), list(host, tags)?);
    Some(quote! {
        fn #name #generics(#parameters) -> [#private::Tag; #count] #clause {
            #patterns
            #list
        }
    })
}

/// A call of that function.
pub(super) fn call(
    host: &HostFunction<'_>,
    tags: &Tags,
    arguments: &TokenStream,
) -> Option<TokenStream> {
    let (owner, name) = (host.names.owner(), host.names.hidden("tags"));
    let turbofish = turbofish(host.function.generics());
    (tags.count() > 0).then(|| quote!(#owner::#name #turbofish(#arguments)))
}

/// `.tags([…])` in place, where there can be no function.
pub(super) fn in_place(host: &HostFunction<'_>, tags: &Tags) -> Option<TokenStream> {
    let list = list(host, tags)?;
    let references = in_place_references(host.inputs, &tags.names);
    Some(quote!(.tags({ #references #list })))
}

fn list(host: &HostFunction<'_>, tags: &Tags) -> Option<TokenStream> {
    let private = host.private();
    let text = |text: &FilledText| rendered(host.runtime, &text.parts, text.literal.span());
    let each = tags.texts.iter().map(|tag| {
        let text = text(tag);
        quote!(#private::Tag::from(#text))
    });
    let namespace = tags.namespace.as_ref().map(|namespace| {
        let text = text(namespace);
        quote!(#private::Tag::namespace(#text))
    });
    let all: Vec<_> = each.chain(namespace).collect();
    (!all.is_empty()).then(|| quote!([#(#all),*]))
}
