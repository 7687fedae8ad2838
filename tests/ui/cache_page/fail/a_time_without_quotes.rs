//! Times with a unit, and without the quotes that make them text.

use cache_core::cache_page;

#[cache_page(ttl = 5m)]
async fn page() -> &'static str {
    "page"
}

#[cache_page(ttl = "5m", browser = 90s)]
async fn in_browsers() -> &'static str {
    "page"
}

#[cache_page(ttl = "5m", browser = "90s".len() as f64)]
async fn of_another_type() -> &'static str {
    "page"
}

fn main() {}
