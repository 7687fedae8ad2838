//! A field that is no key.

use cache_core::CacheKey;

#[derive(CacheKey)]
struct Filters {
    page: u32,
    started: std::time::Instant,
}

fn main() {}
