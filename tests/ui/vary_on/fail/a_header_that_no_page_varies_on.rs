//! Headers that are none, or that say nothing about a page.

use cache_core::vary_on;

#[vary_on(headers = ["Cookie", "*", "Connection", "Host", "Set-Cookie", "Accept Language"])]
async fn page() -> &'static str {
    ""
}

fn main() {}
