//! The paths of `cache_core` in generated code.

use crate::framework::WebFramework;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// `::cache_core::__private`.
pub(super) fn private(runtime: &Path) -> TokenStream {
    quote!(#runtime::__private)
}

/// The module for pages and handlers of the web framework.
pub(super) fn framework(runtime: &Path, framework: WebFramework) -> TokenStream {
    let module = framework.module();
    quote!(#runtime::__private::#module)
}
