//! May this answer be kept, and how long? With a reason when not.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};

use super::cache_control::{Directives, own_life};
use super::per_request::of_one_visitor;
use crate::http::refusal::Refusal;
use crate::http::vary::{ResponseVary, Varied, asked};

/// The longest that "there is nothing here" is kept: what did not exist a moment ago may exist now.
const NEGATIVE_LIFE: Duration = Duration::from_secs(30);

/// The longest life that the answer itself allows; `None` when it does not limit the page's own.
///
/// # Errors
///
/// The first reason not to keep it.
pub(crate) fn longest_life(
    status: StatusCode,
    headers: &HeaderMap,
    varied: &Varied,
    now: SystemTime,
) -> Result<Option<Duration>, Refusal> {
    let by_status = life_of_status(status)?;
    if let Some(reason) = of_one_visitor(headers) {
        return Err(reason);
    }
    let directives = Directives::of(headers);
    if let Some(reason) = directives.forbids {
        return Err(reason);
    }
    match asked(headers) {
        ResponseVary::Anything => return Err(Refusal::VaryAny),
        ResponseVary::Headers(names) if names.iter().all(|name| varied.covers(name)) => {}
        ResponseVary::Headers(_) | ResponseVary::Unreadable => return Err(Refusal::Vary),
    }
    let own = own_life(headers, &directives, now);
    if own == Some(Duration::ZERO) {
        return Err(Refusal::Stale);
    }
    Ok(by_status.into_iter().chain(own).min())
}

/// The table of statuses.
///
/// Kept are answers that are the resource itself or a lasting word about it. Not kept: errors of the server, which would outlive their
/// cause; errors of the client other than absence, which one malformed request would impose on everybody; 206 and 304, which are parts
/// and comparisons of a resource; 204 and other empty or interim answers, which would replace a page by nothing; redirects that say of
/// themselves that they are temporary.
fn life_of_status(status: StatusCode) -> Result<Option<Duration>, Refusal> {
    match status {
        StatusCode::OK
        | StatusCode::NON_AUTHORITATIVE_INFORMATION
        | StatusCode::MOVED_PERMANENTLY
        | StatusCode::PERMANENT_REDIRECT => Ok(None),
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Some(NEGATIVE_LIFE)),
        _ => Err(Refusal::Status),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn judged(status: u16, pairs: &[(&str, &str)]) -> Result<Option<Duration>, Refusal> {
        let headers: HeaderMap = pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        let varied = Varied {
            headers: vec![http::header::ACCEPT_LANGUAGE],
            cookies: &[],
            ..Varied::default()
        };
        longest_life(
            StatusCode::from_u16(status).unwrap(),
            &headers,
            &varied,
            SystemTime::UNIX_EPOCH,
        )
    }

    #[test]
    fn statuses() {
        for status in 100..1000 {
            let expected = match status {
                200 | 203 | 301 | 308 => Ok(None),
                404 | 410 => Ok(Some(NEGATIVE_LIFE)),
                _ => Err(Refusal::Status),
            };
            assert_eq!(judged(status, &[]), expected, "{status}");
        }
    }

    #[test]
    fn refusals() {
        for (name, value, reason) in [
            ("set-cookie", "id=1", Refusal::SetCookie),
            ("clear-site-data", "*", Refusal::ClearSiteData),
            ("x-csrf-token", "secret", Refusal::CsrfToken),
            (
                "content-security-policy",
                "script-src 'NONCE-x'",
                Refusal::CspNonce,
            ),
            ("cache-control", "PRIVATE", Refusal::Private),
            ("cache-control", r#"no-cache="X""#, Refusal::NoCache),
            ("cache-control", "max-age=60, no-store", Refusal::NoStore),
            ("cache-control", r#"x="no-store"#, Refusal::CacheControl),
            ("cache-control", "max-age=0", Refusal::Stale),
            ("cache-control", "max-age=soon", Refusal::Stale),
            ("vary", "Accept-Language, *", Refusal::VaryAny),
            ("vary", "Accept-Language, Accept", Refusal::Vary),
            ("vary", "not a name", Refusal::Vary),
        ] {
            assert_eq!(
                judged(200, &[(name, value)]),
                Err(reason),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn the_answer_may_only_shorten() {
        assert_eq!(
            judged(
                200,
                &[
                    ("vary", "accept-language"),
                    ("cache-control", "public, max-age=60")
                ]
            ),
            Ok(Some(Duration::from_secs(60)))
        );
        assert_eq!(
            judged(404, &[("cache-control", "max-age=600")]),
            Ok(Some(NEGATIVE_LIFE))
        );
        assert_eq!(
            judged(410, &[("cache-control", "max-age=5")]),
            Ok(Some(Duration::from_secs(5)))
        );
    }
}
