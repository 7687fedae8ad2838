//! A time that is none, and one that takes an argument away from the handler.

use axum::extract::Path;
use cache_core::{cache_control, cache_page};

#[cache_control(max_age = slug)]
async fn of_a_text(Path(slug): Path<String>) -> String {
    slug
}

#[cache_page(ttl = "5m")]
#[cache_control(max_age = slug)]
async fn of_a_text_on_a_page(Path(slug): Path<String>) -> String {
    slug
}

#[cache_control(max_age = {
    drop(slug);
    5
})]
async fn moved(Path(slug): Path<String>) -> String {
    slug
}

fn main() {}
