//! The static part of a site: what listings show, and its registration.

use super::host::Host;
use crate::attr::Arguments;
use crate::block::Block;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// A function or a page.
#[derive(Clone, Copy)]
pub(super) enum SiteKind {
    Function,
    Page,
}

/// The statements that make and register `SITE`.
pub(super) fn statements(
    host: &Host<'_>,
    kind: SiteKind,
    arguments: &Arguments,
    block: Option<&Block>,
) -> TokenStream {
    let private = host.private();
    let kind = match kind {
        SiteKind::Function => quote!(Function),
        SiteKind::Page => quote!(Page),
    };
    let path = match block {
        Some(block) => format!("::{}::{}", spelled(block.self_type()), host.function.name()),
        None => format!("::{}", host.function.name()),
    };
    let key = option(arguments.key.as_ref().map(|key| &key.value.literal));
    let ttl = option(arguments.ttl.as_ref().map(|ttl| &ttl.value.written));
    let tags = arguments.tags.iter().flat_map(|tags| &tags.value.0);
    let tags = tags.map(|tag| &tag.literal);
    let tags_from_value = arguments.tags_of_value.is_some();
    let namespace = arguments.namespace.as_ref();
    let namespace = option(namespace.map(|namespace| &namespace.value.literal));
    let cache = option(arguments.cache.as_ref().map(|cache| &cache.value));
    let capacity = option(arguments.capacity.as_ref().map(|capacity| &capacity.value));
    let version = arguments
        .version
        .as_ref()
        .map_or(0, |version| version.value);
    quote! {
        static SITE: #private::Site = #private::Site::new(#private::SiteInfo {
            name: ::core::concat!(::core::module_path!(), #path),
            file: ::core::file!(),
            line: ::core::line!(),
            kind: #private::Kind::#kind,
            key: #key,
            ttl: #ttl,
            tags: &[#(#tags),*],
            tags_from_value: #tags_from_value,
            namespace: #namespace,
            invalidates: &[],
            cache: #cache,
            capacity: #capacity,
            version: #version,
        });
        #private::inventory::submit! { #private::Registered(&SITE) }
    }
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    let value = value.map(|value| quote!(::core::option::Option::Some(#value)));
    value.unwrap_or_else(|| quote!(::core::option::Option::None))
}

/// A type as a person writes it.
fn spelled(ty: &syn::Type) -> String {
    ty.to_token_stream()
        .to_string()
        .replace(' ', "")
        .replace(',', ", ")
}
