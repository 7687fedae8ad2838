//! The kind of outcome of a function, which the compiler finds by the return type.
//!
//! A generated function finds it, and its return type promises that the outcome can be kept: an outcome that cannot be kept is
//! one error on the user's return type, and none where the outcome is used.

use super::generics::split;
use super::host::HostFunction;
use crate::check::CachedFunction;
use crate::template::placed_at;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Generics, Type};

/// The function that finds the outcome.
pub(super) fn definition(
    cached: &CachedFunction<'_>,
    host: &HostFunction<'_>,
    generics: &Generics,
) -> TokenStream {
    let (private, name) = (host.private(), host.names.hidden("outcome"));
    let (generics, clause) = split(generics);
    let (output, question) = (output(cached), question(cached, &private));
    let bound = if cached.is_shared {
        quote!(SharedOutcome)
    } else {
        quote!(LocalOutcome)
    };
    // The error is where the promise is.
    let promise = placed_at(quote!(impl #private::#bound<Ret = #output>), output.span());
    quote! {
        #[inline(always)]
        fn #name #generics() -> #promise #clause {
            #question
        }
    }
}

/// The expression that finds the outcome.
pub(super) fn question(cached: &CachedFunction<'_>, private: &TokenStream) -> TokenStream {
    let output = output(cached);
    let question = if cached.arguments.cache_err.is_some() {
        quote!(#private::with_errors!(#output))
    } else {
        quote!(#private::outcome!(#output))
    };
    placed_at(question, output.span())
}

/// A statement that does not compile if errors should be kept but cannot be.
pub(super) fn check(cached: &CachedFunction<'_>, private: &TokenStream) -> Option<TokenStream> {
    cached.arguments.cache_err.as_ref()?;
    let output = output(cached);
    let check = quote!(#private::keeps_errors::<#output>());
    let check = placed_at(check, output.span());
    Some(quote!(#check;))
}

/// The type of the returned or awaited value.
pub(super) fn output(cached: &CachedFunction<'_>) -> TokenStream {
    cached
        .output()
        .map_or_else(|| quote!(()), Type::to_token_stream)
}
