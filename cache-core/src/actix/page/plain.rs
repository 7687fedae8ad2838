//! Handlers that are not cached, with an attribute about caching elsewhere.

use std::future::Future;

use actix_web::HttpResponse;
use http::{HeaderMap, StatusCode};

use super::deferred::Deferred;
use super::response::to_client;
use crate::actix::convert::{headers_of, set_headers};
use crate::http::answer::plain::{OfAnExtractor, forbid};
use crate::http::answer::told::CacheControl;
use crate::http::arguments::lists::Nil;
use crate::http::body::AnswerBody;
use crate::http::deferred::DeferredRequest;
use crate::http::serve::PageServed;
use crate::http::vary::add;

/// Extracts the arguments of a handler and runs it. The answer of an extractor that rejects the request is an answer of the route
/// too.
pub async fn extracted<L, F>(request: Deferred<Nil, L>, run: impl FnOnce(L) -> F) -> HttpResponse
where
    F: Future<Output = HttpResponse>,
{
    let method = request.method.clone();
    match request.on_miss().await {
        Ok(arguments) => run(arguments).await,
        Err(rejection) => {
            let mut rejection = to_client(
                &method,
                PageServed::Loaded(rejection.map(AnswerBody::Through)),
            );
            rejection.extensions_mut().insert(OfAnExtractor);
            rejection
        }
    }
}

/// Changes the header fields of an answer.
pub(super) fn with_headers(
    mut answer: HttpResponse,
    change: impl FnOnce(StatusCode, &mut HeaderMap),
) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status().as_u16());
    if let (Ok(status), Some(mut headers)) = (status, headers_of(answer.headers())) {
        change(status, &mut headers);
        set_headers(answer.headers_mut(), &headers);
    }
    answer
}

/// Says that an answer differs by these headers, beside those that it names itself.
pub fn vary(answer: HttpResponse, names: &'static str) -> HttpResponse {
    with_headers(answer, |_, headers| {
        add(headers, names.split(',').map(str::trim));
    })
}

/// Says that nobody may keep an answer, whatever it says itself.
pub fn never_cache(answer: HttpResponse) -> HttpResponse {
    with_headers(answer, |_, headers| forbid(headers))
}

/// Has an answer carry what [`cache_control`] is to say of it, because that follows from the arguments of its handler.
pub fn told(mut answer: HttpResponse, told: CacheControl) -> HttpResponse {
    answer.extensions_mut().insert(told);
    answer
}

/// Tells browsers and other caches how to keep an answer.
pub fn cache_control(mut answer: HttpResponse, of_all: CacheControl) -> HttpResponse {
    let mut extensions = answer.extensions_mut();
    let is_rejection = extensions.remove::<OfAnExtractor>().is_some();
    let told: CacheControl = extensions.remove().unwrap_or(of_all);
    drop(extensions);
    with_headers(answer, |status, headers| {
        told.tell(status, headers, is_rejection);
    })
}
