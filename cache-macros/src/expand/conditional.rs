//! What `#[conditional]` knows of an answer before its handler runs, as a value.

use super::borrowed::Borrowed;
use super::host::HostFunction;
use super::key::rendered;
use crate::attr::vary_on::Cookies;
use crate::check::{CheckedConditional, CheckedEtag, Vary};
use crate::signature::Argument;
use proc_macro2::TokenStream;
use quote::quote;

/// The value; the arguments of the handler are reached by `argument`.
pub(super) fn known(
    host: &HostFunction<'_>,
    said: &CheckedConditional,
    vary: &Vary,
    argument: impl Fn(&Argument<'_>) -> TokenStream,
) -> TokenStream {
    let private = host.private();
    let bound = Borrowed::new(host.inputs, &said.names).bound_from(argument);
    let etag = said.etag.as_ref().map(|etag| {
        let tag = match etag {
            CheckedEtag::Template(text) => rendered(host.runtime, &text.parts, text.literal.span()),
            CheckedEtag::Computed(expression) => {
                let expression = host.inputs.over_references((**expression).clone());
                quote!(#expression)
            }
        };
        quote!(.tag(#tag))
    });
    let modified = said.last_modified.as_ref().map(|expression| {
        let expression = host.inputs.over_references(expression.clone());
        quote!(.modified(#expression))
    });
    let varied = (!vary.is_empty()).then(|| {
        let headers = vary.headers.iter().map(syn::LitStr::value);
        let (all, cookies) = match &vary.cookies {
            None => (None, &[][..]),
            Some(Cookies::All) => (Some("cookie".to_owned()), &[][..]),
            Some(Cookies::Named(names)) => (None, &names[..]),
        };
        let headers = headers.chain(all);
        quote!(.varied(&[#(#headers),*], &[#(#cookies),*]))
    });
    // In a closure, in which nothing waits and from which nothing returns early.
    quote!(#private::page::KnownState::of(
        || {
            #bound
            #private::page::KnownState::new() #etag #modified #varied
        }
    ))
}
