//! Pages on the handlers of axum.
//!
//! A handler under `#[cache_page]` takes one argument, a [`Deferred`](deferred::Deferred): the request, not yet extracted. Arguments that
//! the key or a guard names are extracted before the look-up, from the client's request. They may edit it, and what they leave is the one
//! request from which the key is made. The other arguments are extracted from a request that is rebuilt from the key, or from the client's
//! where nothing is looked up.

mod ask;
mod body;
pub(crate) mod conditional;
pub(crate) mod guards;
mod inputs;
pub(crate) mod outcome;
mod parameters;
pub(crate) mod plain;
mod response;
mod sources;

pub(crate) mod lists;

pub(crate) mod deferred;

pub(crate) mod warm;

mod verify;

pub(crate) mod serve;

pub(crate) mod journal;

pub(crate) mod export;
