//! Handlers that are not cached, with an attribute about caching elsewhere.

use std::future::Future;

use ::axum::response::{IntoResponse, Response};

use super::deferred::Deferred;
use crate::http::answer::plain::{OfAnExtractor, forbid};
use crate::http::answer::told::CacheControl;
use crate::http::arguments::lists::Nil;
use crate::http::vary::add;

/// Extracts the arguments of a handler and runs it. The answer of an extractor that rejects the request is an answer of the route
/// too.
pub async fn extracted<L, F>(request: Deferred<Nil, L>, run: impl FnOnce(L) -> F) -> Response
where
    F: Future<Output: IntoResponse>,
{
    match request.0.on_miss().await {
        Ok(arguments) => run(arguments).await.into_response(),
        Err(mut rejection) => {
            rejection.extensions_mut().insert(OfAnExtractor);
            rejection
        }
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
    forbid(answer.headers_mut());
    answer
}

/// Has an answer carry what [`cache_control`] is to say of it, because that follows from the arguments of its handler.
pub fn told(answer: impl IntoResponse, told: CacheControl) -> Response {
    let mut answer = answer.into_response();
    answer.extensions_mut().insert(told);
    answer
}

/// Tells browsers and other caches how to keep an answer.
pub fn cache_control(answer: impl IntoResponse, of_all: CacheControl) -> Response {
    let mut answer = answer.into_response();
    let extensions = answer.extensions_mut();
    let is_rejection = extensions.remove::<OfAnExtractor>().is_some();
    let told: CacheControl = extensions.remove().unwrap_or(of_all);
    told.tell(answer.status(), answer.headers_mut(), is_rejection);
    answer
}
