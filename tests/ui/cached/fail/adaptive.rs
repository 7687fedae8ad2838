//! Adaptive refresh that contradicts the rest, and a `ttl` that looks at too much.

use cache_core::cached;

#[cached(ttl = "5m", refresh = adaptive, refresh_ahead = 0.8)]
fn said_twice(n: u64) -> u64 {
    n
}

#[cached(ttl = "5m", refresh = 0.8)]
fn at_a_part(n: u64) -> u64 {
    n
}

#[cached(refresh = adaptive)]
fn without_an_end(n: u64) -> u64 {
    n
}

#[cached(ttl = |new: &u64, old: Option<&u64>, older: u64| *new)]
fn of_three(n: u64) -> u64 {
    n
}

#[cached(ttl = || 5)]
fn of_none(n: u64) -> u64 {
    n
}

fn main() {}
