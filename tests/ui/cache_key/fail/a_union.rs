//! The field that holds the value is not known.

use cache_core::CacheKey;

#[derive(CacheKey)]
union Bits {
    whole: u32,
    part: u8,
}

fn main() {}
