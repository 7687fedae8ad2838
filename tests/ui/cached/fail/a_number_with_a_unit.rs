//! Whole numbers with a unit.

use cache_core::cached;

#[cached(capacity = 10k)]
fn capacity(id: u64) -> u64 {
    id
}

#[cached(capacity = 2 * 10k)]
fn computed(id: u64) -> u64 {
    id
}

#[cached(version = 2m)]
fn version(id: u64) -> u64 {
    id
}

fn main() {}
