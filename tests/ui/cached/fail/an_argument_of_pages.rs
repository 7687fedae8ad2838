//! An argument of the other attribute, and an attribute as an argument.

use cache_core::cached;

#[cached(guard(id), browser = "5m")]
fn user(id: u64) -> u64 {
    id
}

#[cached(vary_on(cookies))]
fn varied(id: u64) -> u64 {
    id
}

fn main() {}
