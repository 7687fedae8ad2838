//! It takes none.

use cache_core::never_cache;

#[never_cache(ttl = 5)]
async fn page() -> &'static str {
    ""
}

fn main() {}
