//! A page that is cached and never cached.

use cache_core::{cache_page, never_cache};

#[cache_page(ttl = "5m")]
#[never_cache]
async fn below() -> String {
    String::new()
}

#[never_cache]
#[cache_page(ttl = "5m")]
async fn above() -> String {
    String::new()
}

struct Views;

#[never_cache]
impl Views {
    #[cache_page]
    async fn inside() -> String {
        String::new()
    }
}

fn main() {}
