//! Durations.

use super::host::HostFunction;
use crate::template::placed_at;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::time::Duration;
use syn::spanned::Spanned;

/// A duration that is known at compile time.
pub(super) fn fixed(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}

/// A duration from an expression; errors about its type are on it.
pub(super) fn computed(
    host: &HostFunction<'_>,
    expression: &(impl ToTokens + Spanned),
) -> TokenStream {
    let private = host.private();
    let time = placed_at(quote!(#private::time), expression.span());
    quote!(#time(#expression))
}
