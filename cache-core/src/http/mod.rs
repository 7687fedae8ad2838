//! Pages: which requests are one, which answers may be kept, and what is answered from them.
//!
//! The parts are pure; [`engine`] is where they meet the cache. Nothing here knows a web framework: an adapter shows a request as a
//! [`request::RequestView`] and gives the handler's answer back.

mod body;
mod cache_control;
mod cache_status;
mod cacheable;
mod cookies;
pub(crate) mod engine;
mod fields;
mod host;
pub(crate) mod inputs;
pub(crate) mod key;
pub(crate) mod page;
mod path;
mod query;
pub(crate) mod refusal;
pub(crate) mod request;
mod rows;
mod stored;
mod validators;
pub(crate) mod vary;
