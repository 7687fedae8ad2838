//! Handlers that are not cached, with an attribute about caching elsewhere.

use std::future::Future;

use ::axum::response::{IntoResponse, Response};
use ::http::HeaderValue;
use ::http::header::{CACHE_CONTROL, EXPIRES};

use super::deferred::Deferred;
use super::lists::Nil;
use crate::http::audience::remove_words_for_cdns;
use crate::http::vary::add;

/// Extracts the arguments of a handler and runs it. The answer of an extractor that rejects the request is an answer of the route
/// too.
pub async fn extracted<L, F>(request: Deferred<Nil, L>, run: impl FnOnce(L) -> F) -> Response
where
    F: Future<Output: IntoResponse>,
{
    match request.0.on_miss().await {
        Ok(arguments) => run(arguments).await.into_response(),
        Err(rejection) => rejection,
    }
}

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
    remove_words_for_cdns(headers);
    answer
}
