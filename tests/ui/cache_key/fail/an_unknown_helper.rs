//! Helpers that there are not, or not there.

use cache_core::CacheKey;

#[derive(CacheKey)]
struct Renamed {
    #[cache_key(rename = "b")]
    a: u8,
    #[cache_key(skip, skip_if = Option::is_none)]
    b: Option<u8>,
    #[cache_key]
    c: u8,
    #[cache_key(skip, with = u64::from)]
    d: u32,
}

#[derive(CacheKey)]
#[cache_key(skip)]
struct Whole(u8);

#[derive(CacheKey)]
enum Variants {
    #[cache_key(skip)]
    A,
}

fn main() {}
