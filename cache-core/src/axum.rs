//! Pages on the handlers of axum.
//!
//! A handler under `#[cache_page]` takes one argument, a [`Deferred`](deferred::Deferred): the request, not yet extracted. Arguments that
//! the key or a guard names are extracted before the look-up, from the client's request; the others only on a miss, from a request that
//! is rebuilt from the key.

pub(crate) mod deferred;
mod inputs;
pub(crate) mod lists;
pub(crate) mod outcome;
pub(crate) mod plain;
pub(crate) mod serve;
mod sources;
