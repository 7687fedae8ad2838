//! Header fields of messages that have as many as a map can hold: one more would be a panic.

use http::header::{
    AGE, CACHE_CONTROL, CACHE_STATUS, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, DATE, ETAG, EXPIRES, HOST, LAST_MODIFIED,
    LOCATION, SET_COOKIE, STRICT_TRANSPORT_SECURITY, VARY, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Sets a field in the place of those with its name.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    make_room(headers);
    headers.insert(name, value);
}

/// Adds a field behind those with its name.
pub(crate) fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    make_room(headers);
    headers.append(name, value);
}

/// Where there is hardly any room, fields give way on which neither a cache nor the meaning of the message depends. What is around the
/// cache may add some too.
fn make_room(headers: &mut HeaderMap) {
    while headers.keys_len() >= MOST {
        let unneeded = headers.keys().find(|name| !NEEDED.contains(name)).cloned();
        let Some(name) = unneeded else { return };
        headers.remove(name);
    }
}

/// A map holds 24,576.
const MOST: usize = 24_500;

const NEEDED: [HeaderName; 21] = [
    AGE,
    CACHE_CONTROL,
    CACHE_STATUS,
    HeaderName::from_static("cdn-cache-control"),
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_SECURITY_POLICY,
    CONTENT_TYPE,
    DATE,
    ETAG,
    EXPIRES,
    HOST,
    LAST_MODIFIED,
    LOCATION,
    SET_COOKIE,
    STRICT_TRANSPORT_SECURITY,
    HeaderName::from_static("surrogate-control"),
    VARY,
    WWW_AUTHENTICATE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::full;

    #[test]
    fn a_full_map_takes_what_the_cache_says() {
        let mut headers = full();
        headers.remove("x-7");
        headers.insert(SET_COOKIE, HeaderValue::from_static("id=1"));
        assert!(headers.try_reserve(1).is_err(), "it is full");
        for (name, value) in [(CACHE_CONTROL, "no-store"), (VARY, "Cookie"), (AGE, "7")] {
            set(&mut headers, name, HeaderValue::from_static(value));
        }
        for value in ["origin; hit", "cache-core; hit"] {
            add(&mut headers, CACHE_STATUS, HeaderValue::from_static(value));
        }
        set(&mut headers, AGE, HeaderValue::from_static("8"));
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers[VARY], "Cookie");
        assert_eq!(headers.get_all(AGE).iter().collect::<Vec<_>>(), ["8"]);
        assert_eq!(headers[SET_COOKIE], "id=1");
        assert_eq!(headers.get_all(CACHE_STATUS).iter().count(), 2);
        headers.try_reserve(50).expect("room for what others add");
    }
}
