//! The arguments have gone into the body by then.

use cache_core::cached;

#[cached(ttl = |value| seconds(value + n), unless = |value| *value == n)]
fn user(n: u64) -> u64 {
    n
}

fn main() {}
