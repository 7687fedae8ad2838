//! What the tests of this folder share.

use http::{HeaderMap, HeaderValue};

/// These lines, in order.
pub(crate) fn map(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}
