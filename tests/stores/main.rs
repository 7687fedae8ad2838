//! Stores, each against the real server.
#![cfg(unix)]

mod memcached;
mod servers;
