//! `#[derive(CacheKey)]`: parse, check, expand.

use crate::attr::Runtime;
use crate::check::key_type::{KeyType, Shape, read};
use crate::expand;
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// The implementation; after mistakes, the errors and an empty one.
pub(crate) fn apply(item: TokenStream) -> TokenStream {
    match syn::parse2::<DeriveInput>(item) {
        Ok(input) => match read(&input) {
            Ok(key_type) => expand::derive(&key_type),
            Err(error) => fallback(&input, &error.to_compile_error()),
        },
        Err(error) => error.to_compile_error(),
    }
}

/// The errors, and an implementation that never runs, so that uses of the type cause no further errors.
fn fallback(input: &DeriveInput, mistakes: &TokenStream) -> TokenStream {
    let empty = KeyType {
        runtime: Runtime::default().0,
        name: input.ident.clone(),
        generics: input.generics.clone(),
        shape: Shape::Struct(Vec::new()),
    };
    let implementation = expand::derive(&empty);
    quote!(#mistakes #implementation)
}
