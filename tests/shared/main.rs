//! Annotated functions and pages whose cache has a store. One binary, because caches are installed once.
#![allow(
    clippy::unwrap_used,
    reason = "only `#[test]` functions are allowed to by default, not what they call"
)]

mod drift;
mod failing;
mod functions;
#[path = "../http/support.rs"]
#[allow(dead_code, reason = "it serves more tests than these")]
mod http;
mod pages;
mod support;
