//! The stores, each against its real server.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "only `#[test]` functions are allowed to by default, not what they call"
)]

mod cluster;
mod contract;
mod crowds;
mod errors;
mod expired;
mod file;
mod from_postgres;
mod handle;
mod loads;
mod locks;
mod lost;
mod many;
mod mariadb;
mod memcached;
mod memory;
mod meter;
mod null;
mod postgres;
mod proxy;
mod redis;
mod servers;
mod sqlite;
mod sweeps;
mod tables;
mod transactions;
