//! Answers of the engine as axum's.

use ::axum::body::Body;
use ::axum::response::Response;

use crate::http::answer::body::PageBody;

/// An answer that may be from the cache or the handler's own. That of a 304 says to layers outside that it is empty: a compression would
/// make content of it.
pub(super) fn answer(answer: ::http::Response<PageBody<Body>>) -> Response {
    answer.map(|body| match body {
        PageBody::Whole(bytes) => Body::from(bytes),
        PageBody::Through(body) => body,
        PageBody::Replayed(body) => Body::new(body),
    })
}
