//! The paths of the run time in generated code. A page of another framework differs in [`framework`] alone.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// `::cache_core::__private`.
pub(super) fn private(runtime: &Path) -> TokenStream {
    quote!(#runtime::__private)
}

/// What the pages and handlers of the web framework touch.
pub(super) fn framework(runtime: &Path) -> TokenStream {
    quote!(#runtime::__private::axum)
}
