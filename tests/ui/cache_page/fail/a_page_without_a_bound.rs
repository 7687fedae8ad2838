//! A page of which everything is kept.

use cache_core::cache_page;

#[cache_page(ttl = "5m", capacity = unbounded)]
async fn page() -> &'static str {
    "page"
}

fn main() {}
