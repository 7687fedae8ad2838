//! Answers of the engine as axum's.

use ::axum::body::Body;
use ::axum::response::Response;

use crate::http::body::AnswerBody;

/// An answer that may be from the cache or the handler's own. That of a 304 says to layers outside that it is empty: a compression would
/// make content of it.
pub(super) fn answer(answer: ::http::Response<AnswerBody<Body>>) -> Response {
    answer.map(|body| match body {
        AnswerBody::Whole(bytes) => Body::from(bytes),
        AnswerBody::Through(body) => body,
        AnswerBody::Replayed(body) => Body::new(body),
        AnswerBody::Streamed(body) => Body::new(body),
    })
}
