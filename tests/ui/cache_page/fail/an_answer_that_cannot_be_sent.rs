//! The value and the error of a page are answers.

use axum::extract::Path;
use cache_core::cache_page;

#[derive(Debug)]
struct DbError;

#[cache_page(ttl = "5m")]
async fn failing(Path(slug): Path<String>) -> Result<String, DbError> {
    if slug.is_empty() { Err(DbError) } else { Ok(slug) }
}

#[cache_page(ttl = "5m", cache_err = "1s", unless = |page: &String| page.is_empty())]
async fn kept(Path(slug): Path<String>) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    Ok(slug)
}

#[cache_page(ttl = "5m")]
async fn plain(Path(slug): Path<String>) -> Option<String> {
    Some(slug)
}

fn main() {}
