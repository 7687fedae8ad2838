//! Pages: which requests are one, which answers may be kept, and what is answered from them.
//!
//! The parts are pure; [`engine`] is where they meet the cache. Nothing here knows a web framework: an adapter shows a request as a
//! [`request::RequestView`] and gives the handler's answer back.

#![allow(dead_code)]

mod cache_control;
mod cacheable;
mod cookies;
mod fields;
mod host;
pub(crate) mod inputs;
mod key;
mod query;
mod refusal;
mod request;
mod rows;
mod vary;
