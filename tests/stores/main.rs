//! Stores, each against the real server.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "only `#[test]` functions are allowed to by default, not what they call"
)]

mod file;
mod memory;
mod null;
mod memcached;
mod crowds;
mod mariadb;
mod postgres;
mod cluster;
mod proxy;
mod redis;
mod servers;
mod sqlite;
mod sweeps;
mod tables;
