//! Answers of the engine as axum's.

use ::axum::body::Body;
use ::axum::response::Response;
use ::http::HeaderMap;
use bytes::Bytes;

use crate::http::body::AnswerBody;
use crate::http::serve::PageServed;

/// An answer that may be from the cache or the handler's own. That of a 304 says to layers outside that it is empty: a compression would
/// make content of it.
pub(super) fn answer(answer: PageServed<HeaderMap, Body>) -> Response {
    match answer {
        PageServed::Ready(answer) => answer.response().map(whole),
        PageServed::Loaded(answer) => answer.map(|body| match body {
            AnswerBody::Whole(bytes) => whole(bytes),
            AnswerBody::Through(body) => body,
            AnswerBody::Replayed(body) => Body::new(body),
            AnswerBody::Streamed(body) => Body::new(body),
        }),
    }
}

fn whole(bytes: Bytes) -> Body {
    if bytes.is_empty() {
        // Without memory of its own.
        Body::empty()
    } else {
        Body::from(bytes)
    }
}
