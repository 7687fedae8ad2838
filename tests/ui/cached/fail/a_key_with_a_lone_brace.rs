//! Braces that do not match.

use cache_core::cached;

#[cached(key = "user:{id")]
fn open(id: u64) -> u64 {
    id
}

#[cached(key = "user:{id}}")]
fn closed(id: u64) -> u64 {
    id
}

#[cached(key = "user:{names[\"}")]
fn quoted(names: &str) -> u64 {
    0
}

#[cached(key = "user:{id +}")]
fn half(id: u64) -> u64 {
    id
}

fn main() {}
