//! Durations.

use super::host::Host;
use crate::check::Inputs;
use crate::template::placed_at;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use std::time::Duration;
use syn::Path;
use syn::spanned::Spanned;

/// A duration that is known now.
pub(super) fn fixed(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}

/// A duration that an expression gives; what is wrong with its type stands on it.
pub(super) fn computed(host: &Host<'_>, expression: &(impl ToTokens + Spanned)) -> TokenStream {
    let private = host.private();
    let time = placed_at(quote!(#private::time), expression.span());
    quote!(#time(#expression))
}

/// An import of `seconds`, `minutes`, `hours` and `days`, but of none that hides an argument of its name.
pub(super) fn units(runtime: &Path, inputs: &Inputs<'_>) -> TokenStream {
    let units = ["seconds", "minutes", "hours", "days"].map(|unit| format_ident!("{unit}"));
    let free = units.iter().filter(|unit| !inputs.binds(unit));
    quote!(use #runtime::__private::units::{#(#free),*};)
}
