//! How long a body is, by what is said of it.

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};

/// The length that a response says of itself; one that cannot be read, or two, agree with no body.
pub(crate) fn announced(headers: &HeaderMap) -> Option<u64> {
    let mut lines = headers.get_all(CONTENT_LENGTH).into_iter();
    let length = lines.next()?;
    let is_one = lines.all(|other| other == length);
    let digits = length.to_str().ok().filter(|_| is_one);
    let digits = digits.filter(|length| length.bytes().all(|byte| byte.is_ascii_digit()));
    Some(
        digits
            .and_then(|length| length.parse().ok())
            .unwrap_or(u64::MAX),
    )
}

/// The length that the response to a `GET` says its body has.
pub(crate) fn length_of(status: StatusCode, headers: &HeaderMap) -> Option<u64> {
    if has_no_body(status) {
        None
    } else {
        announced(headers)
    }
}

/// Whether a response with this status has no body, whatever its fields say.
pub(crate) fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status.as_u16(), 204 | 304)
}
