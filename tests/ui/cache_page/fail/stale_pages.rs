//! Pages that cannot be rendered behind their clients, and arguments about stale pages that contradict each other.

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use cache_core::cache_page;

struct Member;

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::UNAUTHORIZED)
    }
}

#[cache_page(key = "post:{id}", ttl = "5m", refresh_ahead = 0.8)]
async fn keyed(Path(id): Path<u64>) -> String {
    id.to_string()
}

#[cache_page(ttl = "5m", guard(_member), stale_while_revalidate = "1m")]
async fn guarded(_member: Member) -> &'static str {
    "for members"
}

#[cache_page(ttl = "5m", skip(_member), hard_timeout = "1s", stale_if_error = "1h")]
async fn with_skip(_member: Member) -> &'static str {
    "counted"
}

#[cache_page(ttl = "5m", soft_timeout = "1s")]
async fn nothing_stale_to_take() -> &'static str {
    "fresh"
}

#[cache_page(stale_if_error = "1h", soft_timeout = "2s", hard_timeout = "2s")]
async fn gives_up_before() -> &'static str {
    "slow"
}

#[cache_page(ttl = "5m", stale_if_error = std::time::Duration::from_secs(id))]
async fn a_time_of_an_argument(Path(id): Path<u64>) -> String {
    id.to_string()
}

#[cache_page(ttl = "5m", fallback = String::new())]
async fn falls_back() -> String {
    String::new()
}

#[cache_page(ttl = "5m", jitter = 2)]
async fn more_than_all() -> &'static str {
    "never"
}

fn main() {}
