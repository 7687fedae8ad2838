//! Headers that a page reads by name and varies on.

#![deny(warnings)]

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{MethodRouter, get};
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
    const READS: &'static [&'static str] = &["user-agent", "host", "cookie"];
}

#[cache_page(ttl = "5m", condition = headers.get(header::USER_AGENT).is_some() && headers.get("Accept").is_none() && headers.get("host").is_some())]
#[vary_on(headers = ["User-Agent", "Accept"], cookies = ["theme"])]
async fn page(Agent(agent): Agent, headers: HeaderMap) -> String {
    format!("{agent} {:?}", headers.get("accept"))
}

mod views {
    use super::*;

    pub struct Views<T>(T);

    impl<T: Default + ToString + 'static> Views<T> {
        #[cache_page(ttl = "5m", associated)]
        #[vary_on(headers = ["User-Agent"], cookies)]
        pub async fn index(Agent(agent): Agent) -> String {
            agent + &T::default().to_string()
        }
    }
}

fn main() {
    let _: [MethodRouter; 2] = [get(page), get(views::Views::<u8>::index)];
}
