//! Attributes that cannot stand together.

use cache_core::{cache_page, cached, never_cache, vary_on};

#[cached]
#[cache_page(ttl = "5m")]
async fn both(n: u8) -> u8 {
    n
}

#[never_cache]
#[cached]
fn never(n: u8) -> u8 {
    n
}

#[cached]
#[vary_on(cookies)]
fn varied(n: u8) -> u8 {
    n
}

#[cached]
#[cached(ttl = 5)]
fn twice(n: u8) -> u8 {
    n
}

fn main() {}
