//! Types of which no validator is made, and names that no argument has.

use axum::extract::Path;
use cache_core::{cache_page, conditional};

struct Post;

#[conditional(etag = slug.clone(), last_modified = 784_111_777 + slug.len())]
async fn a_handler(Path(slug): Path<String>) -> String {
    slug
}

#[cache_page(ttl = "5m")]
#[conditional(etag = slug.clone(), last_modified = slug.len())]
async fn a_page(Path(slug): Path<String>) -> String {
    slug
}

#[conditional(etag = "post:{slgu}")]
async fn no_argument(Path(slug): Path<String>) -> String {
    slug
}

#[conditional(etag = "post:{post}")]
async fn no_key(Path(slug): Path<String>, post: axum::Extension<Post>) -> String {
    let _ = post;
    slug
}

fn main() {}
