//! A hit does not run the body, and so would change nothing.

use cache_core::{cache_page, cache_put, cached, invalidates};

#[invalidates(tags("posts"))]
#[cached(ttl = "5m")]
fn above(id: u64) -> u64 {
    id
}

#[cached(ttl = "5m")]
#[cache_put(key = "post:{id}")]
fn below(id: u64) -> u64 {
    id
}

#[cache_page(ttl = "5m")]
#[invalidates(tags("posts"))]
async fn page() -> &'static str {
    "page"
}

fn main() {}
