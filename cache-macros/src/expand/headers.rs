//! A handler that is not cached, with a header about caching elsewhere.

use super::attributes::{Attributes, quiet, resolved};
use super::generics::turbofish;
use crate::check::{Headers, Place};
use crate::signature::Function;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The expansion of `#[vary_on]` and `#[never_cache]` alone.
pub(crate) fn headers(headers: &Headers<'_>) -> TokenStream {
    let function = headers.subject.function;
    let Attributes {
        everywhere,
        outer,
        body,
    } = Attributes::of(&function.attributes);
    let (visibility, name, runtime) = (&function.visibility, function.name(), &headers.runtime);
    let (generics, _, clause) = function.generics().split_for_impl();
    let arguments: Vec<_> = (0..function.arguments().len())
        .map(|index| format_ident!("__arg{index}"))
        .collect();
    let types: Vec<_> = function
        .arguments()
        .iter()
        .map(|argument| argument.ty.clone())
        .collect();
    let turbofish = turbofish(function.generics());

    let plain_name = syn::ext::IdentExt::unraw(name);
    let (inside, beside, call) = match headers.place {
        Place::Free => (
            Some(inner(function, &body, name.clone())),
            None,
            quote!(#name),
        ),
        Place::Inherent | Place::Trait => {
            let hidden = format_ident!("__{plain_name}_body");
            let (inner, quiet) = (inner(function, &body, hidden.clone()), quiet());
            (
                None,
                Some(quote!(#(#everywhere)* #[doc(hidden)] #quiet #inner)),
                quote!(Self::#hidden),
            )
        }
    };
    let mut answer = quote!(#call #turbofish(#(#arguments),*).await);
    if !headers.vary.is_empty() {
        let names = headers.vary.header_value();
        answer = quote!(#runtime::__private::axum::vary(#answer, #names));
    }
    if headers.is_never_cached {
        answer = quote!(#runtime::__private::axum::never_cache(#answer));
    }
    let resolved = resolved(headers.subject.unresolved);
    quote! {
        #(#everywhere)*
        #(#outer)*
        #visibility async fn #name #generics(#(#arguments: #types),*) -> #runtime::__private::axum::Response #clause {
            #resolved
            #inside
            #answer
        }

        #beside
    }
}

/// The body, whole, with the attributes that are about it.
fn inner(function: &Function, attributes: &[syn::Attribute], name: Ident) -> TokenStream {
    let mut signature = function.signature.clone();
    signature.ident = name;
    let body = &function.body;
    quote!(#(#attributes)* #signature #body)
}
