//! What a page contradicts.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use cache_core::{cache_control, cache_page, vary_on};

struct Member(u64);

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::UNAUTHORIZED)
    }
}

#[cache_page(ttl = "5m", browser = "1m")]
#[cache_control(public, max_age = 60)]
async fn browsers_are_told_twice() -> &'static str {
    ""
}

#[cache_control(no_store)]
#[cache_page(ttl = "5m")]
async fn kept_and_not_kept() -> &'static str {
    ""
}

#[cache_page(ttl = "5m")]
#[cache_control(private)]
async fn private_and_for_everybody() -> &'static str {
    ""
}

#[cache_page(ttl = "5m", guard(_member), tags("members"))]
#[cache_control(public, s_maxage = 60, cdn = "1d")]
async fn guarded_and_public(_member: Member) -> &'static str {
    ""
}

#[cache_control(public, max_age = 60)]
#[vary_on(cookies = ["session"])]
#[cache_page(ttl = "5m")]
async fn of_a_session_and_public() -> &'static str {
    ""
}

#[vary_on(headers = ["Authorization"])]
#[cache_page(ttl = "5m")]
#[cache_control(s_maxage = 60)]
async fn of_credentials_and_shared() -> &'static str {
    ""
}

#[cache_page(ttl = "5m")]
#[cache_control(cdn = "1y")]
async fn in_a_cdn_without_a_name() -> &'static str {
    ""
}

#[cache_page(ttl = "5m", guard(_member))]
#[cache_control(max_age = _member.0)]
async fn of_the_first_member(_member: Member) -> &'static str {
    ""
}

#[cache_page(ttl = "5m", public, etag = "post:{slug}")]
async fn as_an_argument_of_the_page() -> &'static str {
    ""
}

fn main() {}
