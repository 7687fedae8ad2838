//! Expressions that give no duration.

use cache_core::cached;

#[cached(ttl = 5 * 60)]
fn number(id: u64) -> u64 {
    id
}

#[cached(ttl = |n: &u64| *n)]
fn of_the_outcome(id: u64) -> u64 {
    id
}

fn main() {}
