//! Pages: which requests are one, which answers may be kept, and what is answered from them.
//!
//! The files stand in the order in which a request meets them. [`visit`] is where they meet the cache. Nothing here knows a web
//! framework: an adapter shows a request as a [`request::RequestView`] and gives the handler's answer back.

#[cfg(test)]
mod testing;

// What a handler may read.
pub(crate) mod arguments;

// The request: whether it is looked up, and under which key.
pub(crate) mod members;
pub(crate) mod parts;
pub(crate) mod percent;
pub(crate) mod refusal;
pub(crate) mod room;

// Validators, and what requests ask about them.
mod entity_tags;
mod preconditions;
pub(crate) mod validators;

pub(crate) mod choice;
pub(crate) mod request;
pub(crate) mod vary;

// What the RFCs say of caches.
pub(crate) mod semantics;

pub(crate) mod key;

pub(crate) mod conditional;

// The rules of a page.
pub(crate) mod audience;
mod cache_status;
pub(crate) mod lookup;
pub(crate) mod rules;

pub(crate) mod body;

// The handler's answer: whether it is kept, for how long, and why not.
pub(crate) mod answer;

pub(crate) mod ready;
pub(crate) mod shown;
pub(crate) mod stored;
pub(crate) mod verdict;

// The page: what invalidates its answers, and a request's way through it.
pub(crate) mod page;
mod url_names;

mod bypass;
pub(crate) mod visit;

mod keep;
mod render;

#[cfg(feature = "axum")]
pub(crate) mod check;

pub(crate) mod behind;
mod streaming;

// A request through all of this, with a handler at its end.
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) mod deferred;
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) mod serve;

// Pages that are rendered though nobody asks for them.
pub(crate) mod warm;

// A cache between clients and an origin.
#[cfg(feature = "layer")]
mod to_the_end;

#[cfg(feature = "layer")]
pub(crate) mod exchange;

#[cfg(feature = "layer")]
pub(crate) mod application;
