//! What the handles of functions and pages have in common.

use super::attributes::{Attributes, quiet};
use super::borrowed::Borrowed;
use super::generics::turbofish;
use super::host::Host;
use super::names::Names;
use crate::template::placed_at;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Generics, Visibility};

/// The handle of a free function: a type of its name, with these items, beside the function itself.
pub(super) fn as_type(
    host: &Host<'_>,
    attributes: &Attributes,
    items: &TokenStream,
    outer: &TokenStream,
) -> TokenStream {
    let (everywhere, quiet, owner) = (&attributes.everywhere, quiet(), host.names.owner());
    let (definition, check) = (
        definition(&host.names, host.visibility(), everywhere),
        name_is_free(host).map(|check| quote!(#(#everywhere)* #check)),
    );
    quote! {
        #definition

        #(#everywhere)*
        #quiet
        impl #owner { #items }

        #check

        #outer
    }
}

/// The type itself. It stands in a module of its own, so that generated code reaches it even where something else has its name.
pub(super) fn definition(
    names: &Names<'_>,
    visibility: Option<&Visibility>,
    everywhere: &[Attribute],
) -> TokenStream {
    let (quiet, handle) = (quiet(), names.handle_type());
    let Some(module) = names.handle_module() else {
        return quote! {
            #(#everywhere)*
            #[doc(hidden)]
            #quiet
            #visibility enum #handle {}
        };
    };
    quote! {
        #(#everywhere)*
        #[doc(hidden)]
        #quiet
        mod #module {
            pub enum #handle {
                #[doc(hidden)]
                __Handle(::core::convert::Infallible),
            }
        }

        #(#everywhere)*
        #[doc(hidden)]
        #quiet
        #visibility use #module::#handle;
    }
}

/// Asks the compiler whether the name of the handle leads to the handle. Where a module has that name, `__Handle` is what
/// stands further out, of which the compiler says what to do.
fn name_is_free(host: &Host<'_>) -> Option<TokenStream> {
    host.names.handle_module()?;
    let (private, handle) = (host.private(), host.names.handle_type());
    let ask = placed_at(quote!(#private::handle::claims(&__Handle)), handle.span());
    let quiet = quiet();
    Some(quote! {
        #quiet
        const _: () = {
            use #private::handle::__Handle;
            {
                use #handle::*;
                #ask
            }
        };
    })
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

/// The function that tells instances apart. The closure's type is the identity: it contains the module, `Self` and all
/// generics; arguments are there only for the types that have no name.
pub(super) fn instance(
    host: &Host<'_>,
    generics: &Generics,
    witnesses: &TokenStream,
    site: &TokenStream,
) -> TokenStream {
    let (quiet, private, name) = (quiet(), host.private(), host.names.hidden("instance"));
    let (generics, clause) = split(generics);
    quote! {
        #[doc(hidden)]
        #quiet
        #[inline(always)]
        fn #name #generics(#witnesses) -> #private::Instance #clause {
            #private::Instance::of(#site, &|| ())
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
