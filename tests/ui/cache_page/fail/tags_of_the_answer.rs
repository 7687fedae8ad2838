//! Nobody sees the value in an answer.

use cache_core::cache_page;

#[cache_page(tags = |page: &String| [page.clone()], ttl = "5m")]
async fn page() -> String {
    String::new()
}

fn main() {}
