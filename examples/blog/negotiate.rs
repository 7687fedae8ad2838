//! What the page of a post depends on besides its address: the reader's language and kind of device.
//!
//! `Accept-Language` and `User-Agent` come in thousands of spellings. A page that varied on them as they stand would
//! be kept once for each. So [`normalise`] first reduces both to what the pages tell apart.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use serde::Serialize;

/// A language that the pages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    German,
    French,
}

/// A kind of device: phones get a shorter page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    Phone,
    Desktop,
}

/// Middleware: replaces `Accept-Language` and `User-Agent` by the language and the device that they come to.
pub async fn normalise(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    let language = HeaderValue::from_static(Language::of(headers).code());
    let device = HeaderValue::from_static(Device::of(headers).name());
    headers.insert(ACCEPT_LANGUAGE, language);
    headers.insert(USER_AGENT, device);
    next.run(request).await
}

impl Language {
    const ALL: [Self; 3] = [Self::English, Self::German, Self::French];

    /// The best of our languages for a request.
    fn of(headers: &HeaderMap) -> Self {
        Self::preferred(&joined(headers, ACCEPT_LANGUAGE))
    }

    /// The first of the languages with the greatest weight that we have (RFC 9110, section 12.5.4); English if none.
    fn preferred(accept_language: &str) -> Self {
        let mut best = (Self::English, 0.0);
        for range in accept_language.split(',').take(32) {
            let (tag, parameter) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight = parameter
                .trim()
                .strip_prefix("q=")
                .and_then(|q| q.trim().parse().ok())
                .unwrap_or(0.0);
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let ours = Self::ALL
                .into_iter()
                .find(|ours| primary == "*" || ours.code().eq_ignore_ascii_case(primary));
            if let Some(language) = ours
                && weight > best.1
                && weight <= 1.0
            {
                best = (language, weight);
            }
        }
        best.0
    }

    /// The language that a template names; English if it names none.
    pub fn from_code(code: &str) -> Self {
        Self::preferred(code)
    }

    fn code(self) -> &'static str {
        self.texts().code
    }
}

impl Device {
    fn of(headers: &HeaderMap) -> Self {
        let agent = joined(headers, USER_AGENT);
        let phone =
            agent == Self::Phone.name() || (agent.contains("Mobi") && !agent.contains("iPad"));
        if phone { Self::Phone } else { Self::Desktop }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Desktop => "desktop",
        }
    }
}

fn joined(headers: &HeaderMap, name: HeaderName) -> String {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>()
        .join(",")
}

impl cache_core::VariedInput for Language {}

impl cache_core::VariedInput for Device {}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl<S: Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_that_we_have_wins() {
        for (header, expected) in [
            ("", Language::English),
            ("de", Language::German),
            ("DE-at", Language::German),
            (
                "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5",
                Language::French,
            ),
            ("ja, de;q=0.3, fr;q=0.4", Language::French),
            ("de;q=0, fr;q=0.1", Language::French),
            ("de ; q=0.5 , fr ; q=0.5", Language::German),
            ("*", Language::English),
            ("ja", Language::English),
            ("deutsch", Language::English),
            ("de;q=2, fr;q=nan, en;q=-1", Language::English),
            (";;;,,,q=", Language::English),
        ] {
            assert_eq!(Language::preferred(header), expected, "{header}");
        }
    }

    #[test]
    fn what_is_normal_stays_as_it_is() {
        for language in Language::ALL {
            assert_eq!(Language::preferred(language.code()), language);
        }
        for device in [Device::Phone, Device::Desktop] {
            let headers =
                HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(device.name()))]);
            assert_eq!(Device::of(&headers), device);
        }
    }
}
