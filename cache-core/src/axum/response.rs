//! Answers of the engine as axum's.

use ::axum::body::Body;
use ::axum::response::Response;
use bytes::Bytes;

use crate::http::answer::body::PageBody;

/// An answer that may be from the cache or the handler's own.
pub(super) fn answer(answer: ::http::Response<PageBody<Body>>) -> Response {
    let (parts, body) = answer.into_parts();
    match body {
        PageBody::Whole(bytes) => from_cache(Response::from_parts(parts, bytes)),
        PageBody::Through(body) => Response::from_parts(parts, body),
        PageBody::Replayed(body) => Response::from_parts(parts, Body::new(body)),
    }
}

/// An answer from the cache. That of a 304 says to layers outside that it is empty: a compression would make content of it.
pub(super) fn from_cache(answer: ::http::Response<Bytes>) -> Response {
    answer.map(Body::from)
}
