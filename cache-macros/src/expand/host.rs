//! What every generated piece of one function needs to know.

use super::names::Names;
use super::time;
use crate::check::Inputs;
use crate::signature::Function;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Path, Visibility};

/// The function for which code is generated.
pub(super) struct Host<'a> {
    pub(super) runtime: &'a Path,
    pub(super) function: &'a Function,
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) names: Names<'a>,
}

impl Host<'_> {
    /// `::cache_core::__private`.
    pub(super) fn private(&self) -> TokenStream {
        let runtime = self.runtime;
        quote!(#runtime::__private)
    }

    /// An import of the units of time.
    pub(super) fn units(&self) -> TokenStream {
        time::units(self.runtime, self.inputs)
    }

    /// The visibility of what users call; hidden where they want no handle.
    pub(super) fn visibility(&self) -> Option<&Visibility> {
        self.names.is_public().then_some(&self.function.visibility)
    }

    /// The doc of what users call; hidden where they want no handle.
    pub(super) fn doc(&self, promise: &str) -> TokenStream {
        if self.names.is_public() {
            quote!(#[doc = #promise])
        } else {
            quote!(#[doc(hidden)])
        }
    }
}
