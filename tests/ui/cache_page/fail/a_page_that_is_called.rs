//! A page is a handler; its body is called by the handle.

use axum::extract::{Path, State};
use cache_core::cache_page;

#[cache_page(ttl = "5m")]
async fn one(Path(slug): Path<String>) -> String {
    slug
}

#[cache_page(ttl = "5m")]
async fn two(State(db): State<u8>, Path(slug): Path<String>) -> String {
    format!("{slug} {db}")
}

async fn calls() -> String {
    let slug = || Path("slug".to_owned());
    one(slug()).await;
    two(State(1), slug()).await;
    one::uncached(slug()).await + &two::uncached(State(1), slug()).await
}

fn main() {}
