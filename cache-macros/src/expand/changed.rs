//! A function with the same signature whose body also stores or invalidates.

use super::attributes::{documentation, resolved};
use crate::merge::marker;
use crate::signature::Function;
use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;
use syn::Path;

/// The function with this body, and with a summary of our attribute after its docs.
pub(super) fn with_body(function: &Function, summary: &str, body: &TokenStream) -> Function {
    let mut function = function.clone();
    function.attributes.push(documentation(summary));
    function.body = Some(Group::new(Delimiter::Brace, body.clone()).into());
    function
}

/// The function as it is in the user's code.
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
