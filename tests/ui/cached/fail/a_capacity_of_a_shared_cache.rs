//! The bound of a shared cache is its own.

use cache_core::cached;

#[cached(key = "n:{n}", capacity = 10)]
fn keyed(n: u8) -> u8 {
    n
}

#[cached(capacity = 0)]
fn nothing(n: u8) -> u8 {
    n
}

#[cached(capacity = "10")]
fn text(n: u8) -> u8 {
    n
}

fn main() {}
