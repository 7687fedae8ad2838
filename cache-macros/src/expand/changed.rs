//! A function of the same signature with another body: it runs, and changes what others keep.

use super::attributes::resolved;
use crate::merge::marker;
use crate::signature::Function;
use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;
use syn::Path;

/// The function with this body.
pub(super) fn with_body(function: &Function, body: &TokenStream) -> Function {
    Function {
        body: Some(Group::new(Delimiter::Brace, body.clone()).into()),
        ..function.clone()
    }
}

/// The function, as it stands in the user's code in the end.
pub(crate) fn changed(function: &Function, unresolved: &[Path]) -> TokenStream {
    let (marker, resolved) = (marker(), resolved(unresolved));
    let Function {
        attributes,
        visibility,
        signature,
        body,
    } = function;
    quote! {
        #marker
        #(#attributes)*
        #visibility #signature { #resolved #body }
    }
}
