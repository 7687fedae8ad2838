//! Whether a request has a body, where neither the server nor a header says.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use ::axum::body::{Body, HttpBody};
use ::http::request::Parts;
use ::http::{Method, Version};

use crate::http::body::replay::Replay;

/// The body of a request, with the word that it is empty where it is. From HTTP/2 on no header says so, and a layer that wraps the body
/// forgets what the server knew: one look shows the end that has come with the request.
pub(super) fn settled(request: &Parts, mut body: Body) -> Body {
    let hint = body.size_hint();
    let is_unknown = hint.upper().is_none() && hint.lower() == 0 && !body.is_end_stream();
    let is_asked = matches!(request.method, Method::GET | Method::HEAD);
    if !is_unknown || !is_asked || request.version < Version::HTTP_2 {
        return body;
    }
    // Whoever reads the body polls it again, and is woken then.
    let mut context = Context::from_waker(Waker::noop());
    match Pin::new(&mut body).poll_frame(&mut context) {
        Poll::Ready(None) => Body::empty(),
        Poll::Ready(Some(first)) => Body::new(Replay::after(first, body)),
        Poll::Pending => body,
    }
}
