//! Pages: which requests are one, which answers may be kept, and what is answered from them.
//!
//! The files stand in the order in which a request meets them. [`visit`] is where they meet the cache. Nothing here knows a web
//! framework: an adapter shows a request as a [`request::RequestView`] and gives the handler's answer back.

// What a handler may read.
pub(crate) mod arguments;

// The request: whether it is looked up, and under which key.
mod members;
mod percent;
pub(crate) mod refusal;
mod validators;

pub(crate) mod request;
pub(crate) mod vary;

pub(crate) mod key;

// The rules of a page.
pub(crate) mod audience;
mod cache_status;
pub(crate) mod lookup;
pub(crate) mod rules;

// The handler's answer: whether it is kept, for how long, and why not.
pub(crate) mod answer;

mod stored;
pub(crate) mod verdict;

// The page: what invalidates its answers, and a request's way through it.
pub(crate) mod page;
mod url_names;

mod bypass;
pub(crate) mod visit;

mod render;

#[cfg(feature = "tokio")]
pub(crate) mod behind;
