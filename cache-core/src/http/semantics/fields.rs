//! Fields of a stored response: which are stored, and what a validation changes (RFC 9111, sections 3.1, 3.2 and 4.3.4).

use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderValue};

use crate::http::members::members;
use crate::http::room::add;

/// Fields of one connection (RFC 9110, section 7.6.1), and those that a proxy uses up.
const OF_CONNECTION: [HeaderName; 10] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    HeaderName::from_static("proxy-authentication-info"),
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Takes away the fields of one connection, and those that `Connection` names.
pub(crate) fn strip_connection(headers: &mut HeaderMap) {
    let nominated: Vec<HeaderName> = members(headers, CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .collect();
    for name in nominated.into_iter().chain(OF_CONNECTION) {
        headers.remove(name);
    }
}

/// What a 304 says of the stored response takes the place of what is stored, but for what describes the body that is stored.
pub(crate) fn update(stored: &mut HeaderMap, mut unchanged: HeaderMap) {
    const OF_THE_BODY: [HeaderName; 4] = [
        CONTENT_LENGTH,
        CONTENT_ENCODING,
        CONTENT_RANGE,
        CONTENT_TYPE,
    ];
    strip_connection(&mut unchanged);
    for name in unchanged.keys().filter(|name| !OF_THE_BODY.contains(name)) {
        stored.remove(name);
        for value in unchanged.get_all(name) {
            add(stored, name.clone(), value.clone());
        }
    }
}

/// Whether a 304 is about the stored response with this tag (section 4.3.4): a strong tag that it has is that one, and a weak one is
/// weakly the same.
pub(crate) fn is_about(unchanged: &HeaderMap, tag: Option<&HeaderValue>) -> bool {
    let Some(named) = unchanged.get(ETAG) else {
        return true;
    };
    let opaque = |tag: &HeaderValue| match tag.as_bytes() {
        [b'W', b'/', opaque @ ..] | opaque => opaque.to_vec(),
    };
    tag.is_some_and(|tag| match named.as_bytes() {
        [b'W', b'/', ..] => opaque(tag) == opaque(named),
        _ => tag == named,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::map;

    #[test]
    fn section_3_1_fields_of_a_connection_are_not_stored() {
        let mut headers = map(&[
            ("connection", "close, X-Own"),
            ("x-own", "1"),
            ("keep-alive", "1"),
            ("upgrade", "h2c"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("x-other", "2"),
            ("set-cookie", "a=b"),
        ]);
        strip_connection(&mut headers);
        assert_eq!(headers, map(&[("x-other", "2"), ("set-cookie", "a=b")]));
    }

    #[test]
    fn section_3_2_a_304_updates_what_is_stored() {
        let mut stored = map(&[
            ("x-a", "1"),
            ("x-a", "2"),
            ("x-b", "1"),
            ("content-length", "5"),
            ("content-type", "text/html"),
        ]);
        let unchanged = map(&[
            ("x-a", "3"),
            ("x-c", "1"),
            ("content-length", "0"),
            ("content-type", "text/plain"),
            ("connection", "x-d"),
            ("x-d", "1"),
        ]);
        update(&mut stored, unchanged);
        let expected = [
            ("x-b", "1"),
            ("content-length", "5"),
            ("content-type", "text/html"),
            ("x-a", "3"),
            ("x-c", "1"),
        ];
        assert_eq!(stored, map(&expected));
    }

    #[test]
    fn section_4_3_4_a_304_with_another_tag_is_about_something_else() {
        let tag = HeaderValue::from_static("\"a\"");
        for (named, expected) in [
            ("\"a\"", true),
            ("\"b\"", false),
            ("W/\"a\"", true),
            ("W/\"b\"", false),
        ] {
            let unchanged = map(&[("etag", named)]);
            assert_eq!(is_about(&unchanged, Some(&tag)), expected, "{named}");
            assert!(!is_about(&unchanged, None), "{named}");
        }
        let weak = HeaderValue::from_static("W/\"a\"");
        assert!(!is_about(&map(&[("etag", "\"a\"")]), Some(&weak)));
        assert!(is_about(&HeaderMap::new(), Some(&tag)));
    }
}
