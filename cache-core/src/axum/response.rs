//! Answers of the engine as axum's.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::axum::body::{Body, HttpBody};
use ::axum::response::Response;
use ::http::StatusCode;
use bytes::Bytes;
use http_body::Frame;

use crate::http::verdict::PageBody;

/// An answer that may be from the cache or the handler's own.
pub(super) fn answer(answer: ::http::Response<PageBody<Body>>) -> Response {
    let (parts, body) = answer.into_parts();
    match body {
        PageBody::Whole(bytes) => from_cache(Response::from_parts(parts, bytes)),
        PageBody::Through(body) => Response::from_parts(parts, body),
        PageBody::Replayed(body) => Response::from_parts(parts, Body::new(body)),
    }
}

/// An answer from the cache. A 304 has a body of no length at all: axum would announce that it is 0 bytes long, and a 304
/// speaks of the length of the page (RFC 9110, section 8.6).
pub(super) fn from_cache(answer: ::http::Response<Bytes>) -> Response {
    if answer.status() == StatusCode::NOT_MODIFIED {
        return answer.map(|_| Body::new(Absent));
    }
    answer.map(Body::from)
}

/// No body, of a length that nobody states.
struct Absent;

impl HttpBody for Absent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}
