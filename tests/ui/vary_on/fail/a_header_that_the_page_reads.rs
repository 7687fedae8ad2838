//! A header that an argument or a condition reads, and no `vary_on` names: it would always be absent.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use cache_core::{cache_page, vary_on};

struct Agent(String);

impl<S: Sync> FromRequestParts<S> for Agent {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let agent = parts.headers.get("user-agent").ok_or(StatusCode::BAD_REQUEST)?;
        Ok(Self(format!("{agent:?}")))
    }
}

impl cache_core::VariedInput for Agent {
    const READS: &'static [&'static str] = &["user-agent"];
}

struct Session;

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

impl cache_core::VariedInput for Session {
    const READS: &'static [&'static str] = &["cookie"];
}

#[cache_page(ttl = "5m")]
#[vary_on(headers = ["Accept-Language"])]
async fn by_type(Agent(agent): Agent) -> String {
    agent
}

#[cache_page(ttl = "5m")]
#[vary_on(headers = ["Accept-Language"])]
async fn cookies(_session: Result<Session, StatusCode>) -> String {
    String::new()
}

#[cache_page(ttl = "5m", condition = !headers.contains_key("X-Preview"))]
#[vary_on(headers = ["Accept-Language"])]
async fn in_a_condition(headers: HeaderMap) -> String {
    format!("{:?}", headers.get("accept-language"))
}

#[cache_page(ttl = "5m", condition = headers.get(header::USER_AGENT).is_some() && headers["accept-language"] != "de")]
#[vary_on(headers = ["Accept-Language"])]
async fn by_a_constant(headers: HeaderMap) -> String {
    format!("{:?}", headers.get("accept-language"))
}

struct Views;

#[cache_page(ttl = "5m")]
#[vary_on(headers = ["Accept-Language"])]
impl Views {
    async fn index(Agent(agent): Agent) -> String {
        agent
    }
}

fn main() {}
