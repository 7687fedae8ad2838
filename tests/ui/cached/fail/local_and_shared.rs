//! Both, and a named cache.

use cache_core::cached;

#[cached(local, shared)]
fn both(n: u8) -> u8 {
    n
}

#[cached(cache = "pages", local)]
fn named(n: u8) -> u8 {
    n
}

fn main() {}
