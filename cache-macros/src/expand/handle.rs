//! What the handles of functions and pages have in common.

use super::attributes::{Attributes, quiet};
use super::borrowed::Borrowed;
use super::generics::turbofish;
use super::host::Host;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Generics;

/// The handle of a free function: a type of its name, with these items, beside the function itself.
pub(super) fn as_type(
    host: &Host<'_>,
    attributes: &Attributes,
    items: &TokenStream,
    outer: &TokenStream,
) -> TokenStream {
    let (everywhere, quiet, handle, visibility) = (
        &attributes.everywhere,
        quiet(),
        host.names.handle_type(),
        host.visibility(),
    );
    quote! {
        #(#everywhere)*
        #[doc(hidden)]
        #quiet
        #visibility enum #handle {}

        #(#everywhere)*
        #quiet
        impl #handle { #items }

        #outer
    }
}

/// The body, whole, with the attributes that are about it.
pub(super) fn uncached(host: &Host<'_>, attributes: &Attributes) -> TokenStream {
    uncached_with(host, attributes, &host.function.body.to_token_stream())
}

/// The same with another body.
pub(super) fn uncached_with(
    host: &Host<'_>,
    attributes: &Attributes,
    body: &TokenStream,
) -> TokenStream {
    let mut signature = host.function.signature.clone();
    signature.ident = host.names.public("uncached");
    let attributes = &attributes.body;
    body_of(host, &quote!(#(#attributes)*), &quote!(#signature #body))
}

/// The same with a function of the old name inside: attributes for handlers may refuse what stands in an `impl`.
pub(super) fn uncached_around(
    host: &Host<'_>,
    attributes: &Attributes,
    body: &TokenStream,
) -> TokenStream {
    let mut signature = super::function::outer_signature(host.function);
    signature.ident = host.names.public("uncached");
    let (name, turbofish) = (host.function.name(), turbofish(host.function.generics()));
    let arguments = super::function::all_arguments(host.function);
    let (inner, attributes) = (&host.function.signature, &attributes.body);
    let around = quote! {
        #signature {
            #(#attributes)*
            #inner #body
            #name #turbofish(#arguments).await
        }
    };
    body_of(host, &TokenStream::new(), &around)
}

fn body_of(host: &Host<'_>, attributes: &TokenStream, function: &TokenStream) -> TokenStream {
    let (doc, visibility) = (
        host.doc("Runs the body and touches no cache."),
        host.visibility(),
    );
    quote! {
        #doc
        #[allow(dead_code, private_bounds, private_interfaces, unreachable_pub)]
        #attributes
        #visibility #function
    }
}

/// A function that users call: its name, what it promises, what stands before and behind the name, and its body.
pub(super) fn public(
    host: &Host<'_>,
    (name, promise): (&str, &str),
    asyncness: Option<&TokenStream>,
    head: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let (doc, quiet, visibility, name) = (
        host.doc(promise),
        quiet(),
        host.visibility(),
        host.names.public(name),
    );
    quote! {
        #doc
        #quiet
        #[inline]
        #visibility #asyncness fn #name #head { #body }
    }
}

/// The function that tells copies apart. The closure's type is the identity: it contains the module, `Self` and all
/// generics; arguments are there only for the types that have no name.
pub(super) fn copy(
    host: &Host<'_>,
    generics: &Generics,
    witnesses: &TokenStream,
    site: &TokenStream,
) -> TokenStream {
    let (quiet, private, name) = (quiet(), host.private(), host.names.hidden("copy"));
    let (generics, clause) = split(generics);
    quote! {
        #[doc(hidden)]
        #quiet
        #[inline(always)]
        fn #name #generics(#witnesses) -> #private::Copy #clause {
            #private::Copy::of(#site, &|| ())
        }
    }
}

/// The function that makes the key.
pub(super) fn key(
    host: &Host<'_>,
    generics: &Generics,
    keyed: &Borrowed<'_>,
    kind: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let (quiet, name) = (quiet(), host.names.hidden("key"));
    let (generics, clause) = split(generics);
    let (parameters, patterns) = (keyed.parameters(), keyed.taken_apart());
    quote! {
        #[doc(hidden)]
        #quiet
        #[inline]
        fn #name #generics(#parameters) -> #kind #clause {
            #patterns
            #body
        }
    }
}

/// `<T: Bound>` and `where …`.
pub(super) fn split(generics: &Generics) -> (TokenStream, TokenStream) {
    let (parameters, _, clause) = generics.split_for_impl();
    (parameters.to_token_stream(), clause.to_token_stream())
}
