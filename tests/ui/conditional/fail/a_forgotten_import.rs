//! An attribute that another one takes along is still to be imported.

use axum::extract::Path;
use cache_core::cache_page;

#[cache_page(ttl = "5m")]
#[conditional(etag = "post:{slug}")]
async fn page(Path(slug): Path<String>) -> String {
    slug
}

#[cache_page(ttl = "5m")]
#[cache_core::conditional(etag = "post:{slug}")]
async fn by_its_path(Path(slug): Path<String>) -> String {
    slug
}

fn main() {}
