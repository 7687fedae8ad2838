//! Pages that cannot be rendered before a client asks.

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use cache_core::{cache_page, cached, vary_on};

struct Member;

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::UNAUTHORIZED)
    }
}

#[cache_page(key = "post:{id}", ttl = "5m", warm = 200)]
async fn keyed(Path(id): Path<u64>) -> String {
    id.to_string()
}

#[cache_page(guard(_member), warm = 200)]
async fn guarded(_member: Member) -> &'static str {
    "for members"
}

#[cache_page(skip(_member), warm = 200)]
async fn with_skip(_member: Member) -> &'static str {
    "counted"
}

#[cache_page(warm = 200)]
#[vary_on(headers = ["Authorization"])]
async fn by_credentials() -> &'static str {
    "for one"
}

#[cache_page(warm = 200)]
#[vary_on(cookies)]
async fn by_all_cookies() -> &'static str {
    "for one"
}

#[cache_page(warm = 0)]
async fn none() -> &'static str {
    "cold"
}

#[cache_page(warm = 1_000_000)]
async fn all() -> &'static str {
    "hot"
}

#[cache_page(warm = 2k)]
async fn with_a_unit() -> &'static str {
    "hot"
}

#[cache_page(warm)]
async fn of_nothing() -> &'static str {
    "hot"
}

#[cached(warm = 200)]
fn no_page() -> u64 {
    1
}

fn main() {}
