//! `key` replaces the query.

use cache_core::cache_page;

use axum::extract::Query;

#[cache_page(key = "posts:{page}", query = ["page"])]
async fn posts(Query(page): Query<u32>) -> String {
    page.to_string()
}

#[cache_page(query = ["page", "page", "a=b", ""])]
async fn names() -> String {
    String::new()
}

fn main() {}
