//! A page is kept with its validators, so they cannot be those of one visitor.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use cache_core::{cache_page, conditional};
use std::time::SystemTime;

struct Member {
    id: u64,
    since: SystemTime,
}

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::UNAUTHORIZED)
    }
}

#[cache_page(ttl = "5m", guard(member))]
#[conditional(etag = "post:{member.id}")]
async fn in_the_tag(member: Member) -> &'static str {
    ""
}

#[conditional(last_modified = member.since)]
#[cache_page(ttl = "5m", guard(member))]
async fn in_the_date(member: Member) -> &'static str {
    ""
}

fn main() {}
