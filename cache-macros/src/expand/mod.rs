//! The tokens. Nothing is decided here, and little is generated: a few lines that call into `cache_core::__private`.

mod attributes;
mod borrowed;
mod changed;
mod function;
mod function_handle;
mod function_set;
mod generics;
mod handle;
mod headers;
mod host;
mod inert;
mod inline;
mod invalidates;
mod keep;
mod key;
mod key_derive;
mod load;
mod names;
mod outcome;
mod page;
mod page_guards;
mod page_handle;
mod page_known;
mod page_lists;
mod page_reads;
mod question;
mod site;
mod tags;
mod terms;
mod time;

pub(crate) use attributes::resolved;
pub(crate) use changed::changed;
pub(crate) use headers::headers;
pub(crate) use inert::inert;
pub(crate) use invalidates::invalidates;
pub(crate) use key::{key_macro, tag_macro};
pub(crate) use key_derive::derive;
pub(crate) use page::page;

use crate::check::{Cached, Place};
use crate::signature::Function;
use proc_macro2::TokenStream;

/// The function with a body that stores what it gives.
pub(crate) fn put(put: &Cached<'_>) -> Function {
    changed::with_body(put.subject.function, &inline::inside(put))
}

/// The expansion of a cached function.
pub(crate) fn cached(cached: &Cached<'_>) -> TokenStream {
    match cached.place {
        Place::Trait => inline::expand(cached),
        Place::Free | Place::Inherent => function::expand(cached),
    }
}
