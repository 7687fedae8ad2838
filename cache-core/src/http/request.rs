//! What the cache sees of a request.

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    RANGE, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, Method, Uri};

use super::refusal::Bypass;
use super::validators::Conditions;

/// What a key may hold of a request, as an adapter found it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestView<'a> {
    pub(crate) method: &'a Method,
    /// The target as the handler sees it, without the prefix of a nested router.
    pub(crate) uri: &'a Uri,
    /// The target as the client wrote it.
    pub(crate) original: &'a Uri,
    /// The route that matched.
    pub(crate) route: Option<&'a str>,
    /// Where the router that matched is nested.
    pub(crate) nested: Option<&'a str>,
    pub(crate) headers: RequestHeaders<'a>,
    /// Whether the body may hold anything, as far as the server knows.
    pub(crate) has_body: bool,
}

/// The header fields of a request. What every look-up asks of them is found in one pass, because a search for each would be a good part
/// of a hit.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one pass finds them all")]
pub(crate) struct RequestHeaders<'a> {
    pub(crate) all: &'a HeaderMap,
    /// Whether those are all that the request has, and not only what every look-up asks for.
    pub(crate) are_all: bool,
    /// The `Host`, unless it is given twice.
    pub(crate) host: Result<Option<&'a [u8]>, Bypass>,
    announces_body: bool,
    has_credentials: bool,
    pub(crate) has_cookies: bool,
    /// Whether the client may know the answer already.
    pub(crate) is_conditional: bool,
    /// Whether the client asks for a part of the resource.
    pub(crate) wants_part: bool,
    /// Whether there is a `Connection` or an `Upgrade`.
    pub(crate) has_connection_fields: bool,
}

impl<'a> RequestHeaders<'a> {
    pub(crate) fn of(all: &'a HeaderMap) -> Self {
        let mut found = Self {
            all,
            are_all: true,
            host: Ok(None),
            announces_body: false,
            has_credentials: false,
            has_cookies: false,
            is_conditional: false,
            wants_part: false,
            has_connection_fields: false,
        };
        for (name, value) in all {
            if name == HOST {
                found.host = match found.host {
                    Ok(None) => Ok(Some(value.as_bytes())),
                    _ => Err(Bypass::Host),
                };
            } else if name == CONTENT_LENGTH {
                found.announces_body |= value != "0";
            } else if name == TRANSFER_ENCODING {
                found.announces_body = true;
            } else if name == AUTHORIZATION {
                found.has_credentials = true;
            } else if name == IF_NONE_MATCH || name == IF_MODIFIED_SINCE {
                found.is_conditional = true;
            } else if name == COOKIE {
                found.has_cookies = true;
            } else if name == RANGE {
                found.wants_part = true;
            } else if name == CONNECTION || name == UPGRADE {
                found.has_connection_fields = true;
            }
        }
        found
    }

    /// Those that every look-up asks for, of a request with this `Host`.
    #[cfg(feature = "actix")]
    pub(crate) fn of_some(some: &'a HeaderMap, host: Result<Option<&'a [u8]>, Bypass>) -> Self {
        Self {
            are_all: false,
            host,
            ..Self::of(some)
        }
    }

    /// Whether a field says that there is a body.
    pub(crate) fn announces_body(&self) -> bool {
        self.announces_body
    }

    /// What the client knows already.
    pub(crate) fn conditions(&self) -> Conditions {
        if self.is_conditional {
            Conditions::of(self.all)
        } else {
            Conditions::default()
        }
    }
}

impl RequestView<'_> {
    /// Whether such a request may be looked up at all. `credentials_read` says that the page's key, its guard or its `#[vary_on]` reads
    /// `Authorization`. What a client says about caching (`Cache-Control`, `Pragma`) is not asked: anybody could make everybody's
    /// answers miss.
    ///
    /// # Errors
    ///
    /// The first reason to leave the request alone.
    pub(crate) fn may_look_up(&self, credentials_read: bool) -> Result<(), Bypass> {
        if !matches!(*self.method, Method::GET | Method::HEAD) {
            Err(Bypass::Method)
        } else if self.has_body || self.headers.announces_body {
            Err(Bypass::Body)
        } else if self.headers.has_credentials && !credentials_read {
            Err(Bypass::Authorization)
        } else {
            Ok(())
        }
    }
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
        let uri = Uri::from_static("/");
        let view = RequestView {
            method,
            uri: &uri,
            original: &uri,
            route: None,
            nested: None,
            headers: RequestHeaders::of(&headers),
            has_body,
        };
        view.may_look_up(credentials_read)
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
