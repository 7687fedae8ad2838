//! Pages: which requests are one, which answers may be kept, and what is answered from them.
//!
//! The parts are pure; [`engine`] is where they meet the cache. Nothing here knows a web framework: an adapter shows a request as a
//! [`request::RequestView`] and gives the handler's answer back.

mod cookies;
mod fields;
pub(crate) mod inputs;
pub(crate) mod parameters;
mod percent;

mod path;
mod query;
pub(crate) mod reads;
pub(crate) mod refusal;
mod rows;

mod host;
pub mod known;
pub(crate) mod request;
mod validators;
pub(crate) mod vary;

pub(crate) mod audience;
pub(crate) mod body;
mod cache_control;
mod cache_status;
mod cacheable;
mod downstream;
pub(crate) mod key;
mod message;
pub(crate) mod rules;

mod frame;
pub(crate) mod page;
mod stored;

pub(crate) mod changed;
pub(crate) mod engine;
pub(crate) mod verdict;
