//! A body, or none where its service has failed.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

/// A body, or none where its service has failed.
pub(crate) struct OptionalBody<B>(Option<B>);

impl<B> OptionalBody<B> {
    pub(crate) fn some(body: B) -> Self {
        Self(Some(body))
    }

    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn into_inner(self) -> Option<B> {
        self.0
    }
}

impl<B: Body + Unpin> Body for OptionalBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match &mut self.0 {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.0.as_ref().map(Body::size_hint);
        hint.unwrap_or(SizeHint::with_exact(0))
    }
}
