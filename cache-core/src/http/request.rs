//! What the cache sees of a request.

use http::header::{AUTHORIZATION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Uri};

use super::refusal::Bypass;

/// What a key may hold of a request, as an adapter found it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestView<'a> {
    /// The target as the handler sees it, without the prefix of a nested router.
    pub(crate) uri: &'a Uri,
    /// The target as the client wrote it.
    pub(crate) original: &'a Uri,
    /// The route that matched.
    pub(crate) route: Option<&'a str>,
    /// Where the router that matched is nested.
    pub(crate) nested: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
}

/// Whether such a request may be looked up at all.
///
/// `has_body` says whether the body may hold anything, as far as the server knows; `credentials_read` that the page's key, its guard or its `#[vary_on]` reads `Authorization`. What a client says about caching
/// (`Cache-Control`, `Pragma`) is not asked: anybody could make everybody's answers miss.
///
/// # Errors
///
/// The first reason to leave the request alone.
pub(crate) fn may_look_up(
    method: &Method,
    headers: &HeaderMap,
    has_body: bool,
    credentials_read: bool,
) -> Result<(), Bypass> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(Bypass::Method);
    }
    let announced = headers
        .get_all(CONTENT_LENGTH)
        .into_iter()
        .any(|length| length != "0");
    if has_body || announced || headers.contains_key(TRANSFER_ENCODING) {
        return Err(Bypass::Body);
    }
    if !credentials_read && headers.contains_key(AUTHORIZATION) {
        return Err(Bypass::Authorization);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn asked(
        method: &Method,
        fields: &[(HeaderName, &'static str)],
        has_body: bool,
        credentials_read: bool,
    ) -> Result<(), Bypass> {
        let headers = fields
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        may_look_up(method, &headers, has_body, credentials_read)
    }

    #[test]
    fn only_get_and_head() {
        assert_eq!(asked(&Method::GET, &[], false, false), Ok(()));
        assert_eq!(asked(&Method::HEAD, &[], false, false), Ok(()));
        for method in [
            "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "PURGE",
            "QUERY",
        ] {
            assert_eq!(
                asked(&method.parse().unwrap(), &[], false, true),
                Err(Bypass::Method),
                "{method}"
            );
        }
    }

    #[test]
    fn no_body() {
        for (fields, has_body, expected) in [
            (&[(CONTENT_LENGTH, "0")][..], false, Ok(())),
            (&[(CONTENT_LENGTH, "5")], false, Err(Bypass::Body)),
            (
                &[(CONTENT_LENGTH, "0"), (CONTENT_LENGTH, "5")],
                false,
                Err(Bypass::Body),
            ),
            (&[(CONTENT_LENGTH, "+0")], false, Err(Bypass::Body)),
            (&[(TRANSFER_ENCODING, "chunked")], false, Err(Bypass::Body)),
            (&[], true, Err(Bypass::Body)),
        ] {
            assert_eq!(
                asked(&Method::GET, fields, has_body, false),
                expected,
                "{fields:?} {has_body}"
            );
        }
    }

    #[test]
    fn credentials_only_where_something_reads_them() {
        let fields = [(AUTHORIZATION, "Bearer x")];
        assert_eq!(
            asked(&Method::GET, &fields, false, false),
            Err(Bypass::Authorization)
        );
        assert_eq!(asked(&Method::GET, &fields, false, true), Ok(()));
    }

    #[test]
    fn clients_do_not_steer_the_cache() {
        let fields = [
            (http::header::CACHE_CONTROL, "no-cache, no-store, max-age=0"),
            (http::header::PRAGMA, "no-cache"),
        ];
        assert_eq!(asked(&Method::GET, &fields, false, false), Ok(()));
    }
}
