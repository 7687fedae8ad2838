//! The same argument again.

use cache_core::cached;

#[cached(ttl = "5m", capacity = 10, ttl = "6m")]
fn user(id: u64) -> u64 {
    id
}

fn main() {}
