//! What is known before the body follows from the arguments, at once.

use axum::extract::{Path, State};
use cache_core::{Key, cache_page, conditional, key};
use std::time::SystemTime;

#[derive(Clone)]
struct Db;

impl Db {
    async fn revision(&self, _: &str) -> u64 {
        1
    }

    async fn updated(&self, _: &str) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

#[conditional(etag = "post:{db.revision(&slug).await}", last_modified = db.updated(&slug).await)]
async fn a_handler(State(db): State<Db>, Path(slug): Path<String>) -> String {
    let Db = db;
    slug
}

#[cache_page(ttl = "5m")]
#[conditional(etag = of(db.revision(&slug).await))]
async fn a_page(State(db): State<Db>, Path(slug): Path<String>) -> String {
    let Db = db;
    slug
}

#[conditional(etag = Some(slug.parse::<u64>().ok()?).map(of))]
async fn an_early_end(Path(slug): Path<String>) -> String {
    slug
}

fn of(id: u64) -> Key {
    key!("post:{id}")
}

fn main() {}
