//! What a header can and cannot choose among.

use cache_core::{cache_page, vary_on};

#[cache_page(ttl = "5m")]
#[vary_on(languages = [], device = true)]
async fn none() -> &'static str {
    "page"
}

#[cache_page(ttl = "5m")]
#[vary_on(languages = ["en", "EN_us", "en"], encodings = ["gzip", "identity", "a b"])]
async fn wrong() -> &'static str {
    "page"
}

#[cache_page(ttl = "5m")]
#[vary_on(languages = ["en", "de"], headers = ["Accept-Language"])]
async fn twice() -> &'static str {
    "page"
}

#[cache_page(ttl = "5m")]
#[vary_on(language = ["en", "de"])]
async fn misspelled() -> &'static str {
    "page"
}

fn main() {}
