//! A page's `ttl` that looks at the value which is replaced.

use cache_core::cache_page;

#[cache_page(ttl = |new: &String, old: Option<&String>| 5)]
async fn of_two() -> String {
    String::new()
}

#[cache_page(ttl = "5m", refresh = adaptive, refresh_ahead = 0.8)]
async fn said_twice() -> String {
    String::new()
}

fn main() {}
