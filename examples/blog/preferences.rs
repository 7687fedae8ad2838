//! How many posts a reader wants on one page of the archive: kept in a cookie, so that nobody needs an account for it.

use std::convert::Infallible;

use axum::extract::{Form, FromRequestParts};
use axum::http::request::Parts;
use axum::response::Redirect;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::{Deserialize, Serialize};

/// The name of the cookie; its value is the number.
const COOKIE: &str = "preferences";

/// What a reader may choose for [`Preferences::per_page`].
pub const PER_PAGE: [u32; 4] = [10, 25, 50, 100];

/// What the `preferences` cookie says, and nothing else of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    pub per_page: u32,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { per_page: 25 }
    }
}

impl Preferences {
    /// `None` for a value that we never wrote.
    fn parse(value: &str) -> Option<Self> {
        let mut choices = PER_PAGE.into_iter();
        let per_page = choices.find(|known| known.to_string() == value)?;
        Some(Self { per_page })
    }
}

impl cache_core::VariedInput for Preferences {}

impl<S: Sync> FromRequestParts<S> for Preferences {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        Ok(jar
            .get(COOKIE)
            .and_then(|cookie| Self::parse(cookie.value()))
            .unwrap_or_default())
    }
}

/// `POST /preferences`
pub async fn save(jar: CookieJar, Form(wanted): Form<Preferences>) -> (CookieJar, Redirect) {
    let cookie = Cookie::build((COOKIE, wanted.per_page.to_string()))
        .path("/")
        .same_site(SameSite::Lax)
        .permanent();
    (jar.add(cookie), Redirect::to("/archive"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_wrote_is_read() {
        assert_eq!(Preferences::parse("50"), Some(Preferences { per_page: 50 }));
        for value in ["", "0", "4294967295", "025", "11", "10 ", "dark.10"] {
            assert_eq!(Preferences::parse(value), None, "{value}");
        }
    }
}
