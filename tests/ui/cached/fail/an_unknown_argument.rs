//! An argument that there is not.

use cache_core::cached;

#[cached(tll = "5m")]
fn near(n: u64) -> u64 {
    n
}

#[cached(banana)]
fn far(n: u64) -> u64 {
    n
}

fn main() {}
