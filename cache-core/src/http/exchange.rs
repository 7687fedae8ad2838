//! A cache of HTTP as RFC 9111 has it, between a client and an origin: requests that meet stored responses, and responses on their way
//! into the store.
//!
//! A target has a primary key. Under it lies its response, or an index of the fields by which its variants differ; each variant lies
//! under a key of its own. Whether a response may be stored or used is decided in [`semantics`](super::semantics).

pub(crate) mod kept;
pub(crate) mod key;

mod answer;
pub(crate) mod client;
mod seen_groups;
mod uses;

pub(crate) mod origin;

pub(crate) mod cache;
pub(crate) mod lookup;

mod groups;
mod keep;

mod asking;
mod validation;

mod store;

mod respond;

pub(crate) mod fetch;
mod invalidate;
