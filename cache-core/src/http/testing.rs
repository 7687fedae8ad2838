//! What the tests of this folder share.

use http::{HeaderMap, HeaderName, HeaderValue};

/// These lines, in order.
pub(crate) fn map(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// As many header fields as a map holds.
pub(crate) fn full() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let names = (0..).map(|number| HeaderName::try_from(format!("x-{number}")).unwrap());
    for name in names {
        let value = HeaderValue::from_static("1");
        if headers.try_append(name, value).is_err() {
            break;
        }
    }
    headers
}
