//! The static of a site, and its registration.

use super::host::HostFunction;
use super::terms;
use crate::attr::{Arguments, Capacity};
use crate::block::Block;
use crate::check::{FilledText, InvalidatingFunction, Vary};
use crate::spelling::spelled;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The kind of the function.
#[derive(Clone, Copy)]
pub(super) enum SiteKind<'a> {
    Function,
    Page(&'a Vary),
    Put,
    Invalidates(&'a InvalidatingFunction<'a>),
}

/// The statements that make and register `SITE`.
pub(super) fn statements(
    host: &HostFunction<'_>,
    kind: SiteKind<'_>,
    arguments: &Arguments,
    block: Option<&Block>,
) -> TokenStream {
    let private = host.private();
    let (invalidates, kind_name) = match &kind {
        SiteKind::Function => (None, quote!(Function)),
        SiteKind::Page(_) => (None, quote!(Page)),
        SiteKind::Put => (None, quote!(Put)),
        SiteKind::Invalidates(stale) => (Some(*stale), quote!(Invalidates)),
    };
    let shared = match kind {
        SiteKind::Function => arguments.is_shared(),
        SiteKind::Page(_) | SiteKind::Put => true,
        SiteKind::Invalidates(_) => false,
    };
    let vary = match kind {
        SiteKind::Page(vary) => Some(vary),
        _ => None,
    };
    let terms = terms::of(host, arguments, vary);
    let patterns = invalidates.map(|stale| patterns(host, stale));
    let path = match block {
        Some(block) => format!("::{}::{}", spelled(block.self_type()), host.function.name()),
        None => format!("::{}", host.function.name()),
    };
    let key = option(arguments.key.as_ref().map(|key| &key.value.literal));
    let ttl = option(arguments.ttl.as_ref().map(|ttl| &ttl.value.written));
    let tags = arguments.tags.iter().flat_map(|tags| &tags.value.0);
    let tags = tags.map(|tag| &tag.literal);
    let tags_from_value = arguments.tags_of_value.is_some()
        || invalidates.is_some_and(|stale| stale.arguments.of_value());
    let namespace = arguments.namespace.as_ref();
    let namespace = option(namespace.map(|namespace| &namespace.value.literal));
    let cache = option(arguments.cache.as_ref().map(|cache| &cache.value));
    let capacity = arguments.capacity.as_ref();
    let capacity = option(capacity.map(|capacity| match &capacity.value {
        Capacity::Entries(entries) => entries.to_token_stream(),
        Capacity::Unbounded(_) => quote!(::core::primitive::usize::MAX),
    }));
    let version = arguments
        .version
        .as_ref()
        .map_or(0, |version| version.value);
    quote! {
        // Its path contains the function, and the functions around it.
        enum __Place {}
        static SITE: #private::Site = #private::Site::new(|| ::core::any::type_name::<__Place>(), #private::SiteInfo {
            name: ::core::concat!(::core::module_path!(), #path),
            file: ::core::file!(),
            line: ::core::line!(),
            kind: #private::Kind::#kind_name,
            key: #key,
            terms: #terms,
            ttl: #ttl,
            tags: &[#(#tags),*],
            tags_from_value: #tags_from_value,
            namespace: #namespace,
            invalidates: &[#patterns],
            cache: #cache,
            shared: #shared,
            capacity: #capacity,
            version: #version,
        });
        #private::inventory::submit! { #private::Registered(&SITE) }
    }
}

/// The names that a function makes stale, for listings.
fn patterns(host: &HostFunction<'_>, stale: &InvalidatingFunction<'_>) -> TokenStream {
    let private = host.private();
    let pattern = |what: TokenStream, text: &FilledText| {
        let template = &text.literal;
        quote!(#private::Pattern { what: #private::Named::#what, template: #template },)
    };
    let tags = stale.tags.iter().map(|text| pattern(quote!(Tag), text));
    let keys = stale.keys.iter().map(|text| pattern(quote!(Key), text));
    let namespace = stale.namespace.iter();
    let namespace = namespace.map(|text| pattern(quote!(Namespace), text));
    tags.chain(keys).chain(namespace).collect()
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    let value = value.map(|value| quote!(::core::option::Option::Some(#value)));
    value.unwrap_or_else(|| quote!(::core::option::Option::None))
}
