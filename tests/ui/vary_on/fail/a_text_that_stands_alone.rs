//! What a page varies on stands in lists.

use cache_core::{cache_page, vary_on};

#[cache_page(ttl = "5m")]
#[vary_on("Accept-Language")]
async fn as_a_text() -> &'static str {
    "page"
}

#[cache_page(ttl = "5m")]
#[vary_on(Accept, Origin)]
async fn as_words() -> &'static str {
    "page"
}

fn main() {}
