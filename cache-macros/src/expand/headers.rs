//! A handler that is not cached, with a header for other caches.

use super::attributes::{Attributes, documentation, quiet, resolved};
use super::generics::turbofish;
use super::paths::framework;
use super::summary;
use crate::check::{FunctionPlace, Headers};
use crate::signature::{Function, Passing};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Path, Type};

/// Expands `#[vary_on]` and `#[never_cache]` on a handler that is not cached.
pub(crate) fn headers(headers: &Headers<'_>) -> TokenStream {
    let function = headers.subject.function;
    let Attributes {
        everywhere,
        outer,
        body,
        ..
    } = Attributes::of(&function.attributes);
    let (visibility, name, runtime) = (&function.visibility, function.name(), &headers.runtime);
    let (framework, summary) = (
        framework(runtime),
        documentation(&summary::headers(headers)),
    );
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
        FunctionPlace::Free => (
            Some(inner(function, &body, name.clone())),
            None,
            quote!(#name),
        ),
        FunctionPlace::Inherent | FunctionPlace::Trait => {
            let hidden = format_ident!("__{plain_name}_body");
            let (inner, quiet) = (inner(function, &body, hidden.clone()), quiet());
            (
                None,
                Some(quote!(#(#everywhere)* #[doc(hidden)] #quiet #inner)),
                quote!(Self::#hidden),
            )
        }
    };
    let answer = quote!(#call #turbofish(#(#arguments),*).await);
    let (parameters, mut answer) = if arguments.is_empty() || !can_be_deferred(function) {
        (quote!(#(#arguments: #types),*), answer)
    } else {
        deferred(runtime, &arguments, &types, &answer)
    };
    if !headers.vary.is_empty() {
        let names = headers.vary.header_value();
        answer = quote!(#framework::vary(#answer, #names));
    }
    if headers.is_never_cached {
        answer = quote!(#framework::never_cache(#answer));
    }
    let resolved = resolved(headers.subject.unresolved);
    quote! {
        #(#everywhere)*
        #(#outer)*
        #summary
        #visibility async fn #name #generics(#parameters) -> #framework::Response #clause {
            #resolved
            #inside
            #answer
        }

        #beside
    }
}

/// Whether all types can be named outside of the function.
fn can_be_deferred(function: &Function) -> bool {
    let arguments = function.arguments();
    arguments
        .iter()
        .all(|argument| argument.passing == Passing::Value && !argument.is_impl_trait())
}

/// The request as the only argument, and the answer of the handler, whose arguments are extracted from it: so the answer of an
/// extractor that rejects the request gets the headers too.
fn deferred(
    runtime: &Path,
    arguments: &[Ident],
    types: &[Type],
    answer: &TokenStream,
) -> (TokenStream, TokenStream) {
    let framework = framework(runtime);
    let (mut list, mut pattern) = (None, None);
    for (name, ty) in arguments.iter().zip(types).rev() {
        list = Some(match list {
            None => quote!(#framework::RealLast<#ty>),
            Some(rest) => quote!(#framework::Real<#ty, #rest>),
        });
        pattern = Some(match pattern {
            None => quote!(#framework::RealLast(#name)),
            Some(rest) => quote!(#framework::Real(#name, #rest)),
        });
    }
    (
        quote!(__request: #framework::Deferred<#framework::Nil, #list>),
        quote!(#framework::extracted(__request, |#pattern| async move { #answer }).await),
    )
}

/// The body, with its attributes.
fn inner(function: &Function, attributes: &[syn::Attribute], name: Ident) -> TokenStream {
    let mut signature = function.signature.clone();
    signature.ident = name;
    let body = &function.body;
    quote!(#(#attributes)* #signature #body)
}
