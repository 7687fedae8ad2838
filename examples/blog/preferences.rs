//! How a reader likes the archive: kept in a cookie, so that nobody needs an account for it.

use std::convert::Infallible;

use axum::extract::{Form, FromRequestParts};
use axum::http::request::Parts;
use axum::response::Redirect;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::{Deserialize, Serialize};

/// The name of the cookie; its value is `dark.25`.
const COOKIE: &str = "preferences";

/// What a reader may choose for [`Preferences::per_page`].
pub const PER_PAGE: [u32; 4] = [10, 25, 50, 100];

/// Colours; `Auto` follows the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

/// What the `preferences` cookie says, and nothing else of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    pub theme: Theme,
    pub per_page: u32,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::Auto,
            per_page: 25,
        }
    }
}

impl Preferences {
    /// `None` for a value that we never wrote.
    fn parse(value: &str) -> Option<Self> {
        let (theme, per_page) = value.split_once('.')?;
        let theme = [Theme::Auto, Theme::Light, Theme::Dark]
            .into_iter()
            .find(|known| known.name() == theme)?;
        let per_page = PER_PAGE
            .into_iter()
            .find(|known| known.to_string() == per_page)?;
        Some(Self { theme, per_page })
    }
}

impl Theme {
    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
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
    let cookie = Cookie::build((
        COOKIE,
        format!("{}.{}", wanted.theme.name(), wanted.per_page),
    ))
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
        assert_eq!(
            Preferences::parse("dark.50"),
            Some(Preferences {
                theme: Theme::Dark,
                per_page: 50
            })
        );
        for value in [
            "",
            ".",
            "dark",
            "dark.0",
            "dark.4294967295",
            "dark.025",
            "pink.10",
            "dark.10.10",
            "Dark.10",
        ] {
            assert_eq!(Preferences::parse(value), None, "{value}");
        }
    }
}
