//! Pages on the handlers of actix-web.
//!
//! A handler under `#[cache_page]` takes one argument, a [`Deferred`](deferred::Deferred): the request, not yet extracted. Nobody can
//! change a request of actix-web for a handler. So arguments that are not named in the key are extracted from another request, which has
//! only what the key holds: by [`FromKeyed`](keyed::FromKeyed), which the types on a list implement.

pub(crate) mod conditional;
pub(crate) mod guards;
mod inputs;
pub(crate) mod outcome;
mod response;

pub(crate) mod keyed;

mod sources;

mod lists;

pub(crate) mod deferred;

pub(crate) mod plain;
pub(crate) mod serve;
