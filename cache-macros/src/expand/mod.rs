//! The generated code: a few lines that call into `cache_core::__private`. Nothing is decided here.

mod attributes;
mod borrowed;
mod generics;
mod names;
mod paths;
mod summary;

mod cache_call;
mod conditional;
mod host;
mod items;
mod keep;
mod key;
mod load;
mod outcome;
mod question;
mod site;
mod stale_load;
mod staleness;
mod tags;
mod terms;
mod time;
mod told;

mod function;
mod page;

mod changed;
mod headers;
mod inert;
mod inline;
mod invalidates;
mod key_derive;

pub(crate) use attributes::resolved;
pub(crate) use changed::changed;
pub(crate) use headers::headers;
pub(crate) use inert::inert;
pub(crate) use invalidates::invalidates;
pub(crate) use key::{key_macro, tag_macro};
pub(crate) use key_derive::derive;
pub(crate) use page::page;

use crate::check::{CachedFunction, FunctionPlace};
use crate::signature::Function;
use proc_macro2::TokenStream;

/// Expands a function that stores what it returns.
pub(crate) fn put(put: &CachedFunction<'_>) -> Function {
    let function = put.subject.function;
    changed::with_body(function, &summary::put(put), &inline::inside(put))
}

/// Expands a cached function.
pub(crate) fn cached(cached: &CachedFunction<'_>) -> TokenStream {
    match cached.place {
        FunctionPlace::Trait => inline::expand(cached),
        FunctionPlace::Free | FunctionPlace::Inherent => function::expand(cached),
    }
}
