//! What decides the answer and is not in the key.

use axum::extract::Extension;
use axum::http::HeaderMap;
use cache_core::{cache_page, vary_on};

mod user {
    pub struct User;
}

#[cache_page(ttl = "5m")]
async fn with_extension(Extension(who): Extension<u32>) -> String {
    who.to_string()
}

#[cache_page(ttl = "5m")]
async fn with_headers(headers: HeaderMap) -> String {
    format!("{headers:?}")
}

#[cache_page(ttl = "5m")]
async fn named_like_its_module(user: user::User) -> String {
    let user::User = user;
    String::new()
}

#[cache_page(ttl = "5m")]
#[vary_on(cookies)]
async fn not_varied(_: user::User) -> String {
    String::new()
}

#[cache_page(ttl = "5m", key = "page")]
async fn replaced(path: axum::extract::Path<String>) -> String {
    path.0
}

fn main() {}
