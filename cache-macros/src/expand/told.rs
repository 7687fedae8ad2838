//! What `#[cache_control]` says, as a value.

use super::borrowed::Borrowed;
use super::host::HostFunction;
use super::time;
use crate::attr::{Arg, CacheControlArguments, DeltaSeconds, TimeArgument};
use crate::scope::free_names;
use crate::signature::Argument;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// The value, without the times that are computed.
pub(super) fn fixed(host: &HostFunction<'_>, said: &CacheControlArguments) -> TokenStream {
    directives(host, said, |time| match &time.value.0 {
        TimeArgument::Fixed(fixed) => Some(time::fixed(*fixed)),
        TimeArgument::Computed { .. } => None,
    })
}

/// The whole value; the arguments of the handler are reached by `argument`.
pub(super) fn computed(
    host: &HostFunction<'_>,
    said: &CacheControlArguments,
    argument: impl Fn(&Argument<'_>) -> TokenStream,
) -> TokenStream {
    if said.computed().next().is_none() {
        return fixed(host, said);
    }
    let names: Vec<_> = said
        .computed()
        .flat_map(|(_, expression)| free_names(expression))
        .collect();
    let bound = Borrowed::new(host.inputs, &names).bound_from(argument);
    let value = directives(host, said, |time| match &time.value.0 {
        TimeArgument::Fixed(fixed) => Some(time::fixed(*fixed)),
        TimeArgument::Computed { expression, .. } => {
            let expression = host.inputs.over_references((**expression).clone());
            Some(time::computed(host, &expression))
        }
    });
    let (private, units) = (host.private(), host.units());
    // In a closure, in which nothing waits and from which nothing returns early.
    quote!(#private::page::CacheControl::of(|| {
        #bound
        #units
        #value
    }))
}

fn directives(
    host: &HostFunction<'_>,
    said: &CacheControlArguments,
    value: impl Fn(&Arg<DeltaSeconds>) -> Option<TokenStream>,
) -> TokenStream {
    let private = host.private();
    let words = said.words().map(|word| word.to_string().replace('_', "-"));
    let times = said.times().into_iter().map(|(name, time)| {
        let name = format_ident!("{name}");
        let time = time.and_then(&value);
        let time = time.map_or_else(
            || quote!(::core::option::Option::None),
            |time| quote!(::core::option::Option::Some(#time)),
        );
        quote!(#name: #time)
    });
    quote!(#private::page::CacheControl { words: &[#(#words),*], #(#times),* })
}
