//! Stores, each against the real server.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "only `#[test]` functions are allowed to by default, not what they call"
)]

mod cluster;
mod proxy;
mod redis;
mod servers;
