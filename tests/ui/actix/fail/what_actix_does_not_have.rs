//! What handlers of axum have, and those of actix-web do not.

use actix_web::{get, web};
use cache_core::actix::{cache_page, never_cache};

#[cache_page(ttl = "5m", tags("posts"), warm = 200)]
async fn warm() -> &'static str {
    "page"
}

#[cache_page(ttl = "5m")]
#[get("/posts/{slug}")]
async fn post(slug: web::Path<String>) -> String {
    slug.into_inner()
}

#[never_cache]
async fn unnamed(input: impl actix_web::FromRequest) -> &'static str {
    drop(input);
    "page"
}

fn main() {}
