//! Handlers that are not cached, with an attribute about caching elsewhere.

use ::axum::response::{IntoResponse, Response};
use ::http::HeaderValue;
use ::http::header::{CACHE_CONTROL, EXPIRES};

use crate::http::vary::add;

/// Says that an answer differs by these headers, beside those that it names itself.
pub fn vary(answer: impl IntoResponse, names: &'static str) -> Response {
    let mut answer = answer.into_response();
    add(answer.headers_mut(), names.split(',').map(str::trim));
    answer
}

/// Says that nobody may keep an answer, whatever it says itself.
pub fn never_cache(answer: impl IntoResponse) -> Response {
    let mut answer = answer.into_response();
    let headers = answer.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("max-age=0, no-cache, no-store, must-revalidate, private"),
    );
    headers.insert(EXPIRES, HeaderValue::from_static("0"));
    answer
}
