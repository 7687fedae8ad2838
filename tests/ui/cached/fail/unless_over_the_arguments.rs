//! `unless` and `condition` in each other's place.

use cache_core::cached;

#[cached(unless = n == 99, condition = |value| *value == 5)]
fn user(n: u64) -> u64 {
    n
}

fn main() {}
