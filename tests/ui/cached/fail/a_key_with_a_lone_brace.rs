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
fn quoted(names: &str) -> usize {
    names.len()
}

#[cached(key = "user:{id +}")]
fn half(id: u64) -> u64 {
    id
}

fn main() {}
