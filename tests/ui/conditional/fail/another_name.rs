//! Attributes that the one above cannot know.

use axum::extract::Path;
use cache_core::cache_page as page;
use cache_core::conditional as known;
use cache_core::{cache_page, conditional};

#[cache_page]
#[known(etag = "post:{slug}")]
async fn below_a_page(Path(slug): Path<String>) -> String {
    slug
}

#[conditional(etag = "post:{slug}")]
#[page]
async fn above_a_page(Path(slug): Path<String>) -> String {
    slug
}

fn main() {}
