//! An attribute that another one takes along is still to be imported.

use cache_core::cache_page;

#[cache_page(ttl = "5m")]
#[cache_control(public)]
async fn page() -> &'static str {
    "page"
}

#[cache_page(ttl = "5m")]
#[cache_core::cache_control(public)]
async fn by_its_path() -> &'static str {
    "page"
}

fn main() {}
