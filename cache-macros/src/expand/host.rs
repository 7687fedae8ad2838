//! What all generated items of one function need.

use super::names::HandleNames;
use super::paths;
use crate::check::Inputs;
use crate::signature::Function;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Path, Visibility};

/// The function for which code is generated.
pub(super) struct HostFunction<'a> {
    pub(super) runtime: &'a Path,
    pub(super) function: &'a Function,
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) names: HandleNames<'a>,
}

impl HostFunction<'_> {
    /// `::cache_core::__private`.
    pub(super) fn private(&self) -> TokenStream {
        paths::private(self.runtime)
    }

    /// An import of `seconds`, `minutes`, `hours` and `days`, except those that would hide an argument.
    pub(super) fn units(&self) -> TokenStream {
        let (private, inputs) = (self.private(), self.inputs);
        let units = ["seconds", "minutes", "hours", "days"].map(|unit| format_ident!("{unit}"));
        let free = units.iter().filter(|unit| !inputs.binds(unit));
        quote!(use #private::units::{#(#free),*};)
    }

    /// The visibility of the functions for users; private if they want no handle.
    pub(super) fn visibility(&self) -> Option<&Visibility> {
        self.names.is_public().then_some(&self.function.visibility)
    }

    /// The docs of the functions for users; hidden if they want no handle.
    pub(super) fn doc(&self, promise: &str) -> TokenStream {
        if self.names.is_public() {
            quote!(#[doc = #promise])
        } else {
            quote!(#[doc(hidden)])
        }
    }
}
