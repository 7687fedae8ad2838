//! What checks a handler for axum stands below.

use axum::extract::{Path, State};
use cache_core::{cache_page, vary_on};

#[axum::debug_handler]
#[cache_page(ttl = "5m")]
async fn page(State(_db): State<u8>, Path(slug): Path<String>) -> String {
    slug
}

/// Docs between them.
#[axum::debug_handler(state = u8)]
#[vary_on(headers = ["Accept-Language"])]
#[cache_page(ttl = "5m")]
async fn varied(State(_db): State<u8>, Path(slug): Path<String>) -> String {
    slug
}

#[axum::debug_handler]
#[cache_page(ttl = "5m")]
async fn without_arguments() -> &'static str {
    "page"
}

fn main() {}
