//! Durations.

use crate::check::Inputs;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::time::Duration;
use syn::Path;

/// A duration that is known now.
pub(super) fn fixed(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}

/// An import of `seconds`, `minutes`, `hours` and `days`, but of none that hides an argument of its name.
pub(super) fn units(runtime: &Path, inputs: &Inputs<'_>) -> TokenStream {
    let units = ["seconds", "minutes", "hours", "days"].map(|unit| format_ident!("{unit}"));
    let free = units.iter().filter(|unit| !inputs.binds(unit));
    quote!(use #runtime::__private::units::{#(#free),*};)
}
