//! The bodies of responses.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::http::body::AnswerBody;

/// The body of a response that came through a [`CachePageLayer`](crate::CachePageLayer): from the cache, or that of the inner service.
pub struct CachePageBody<B: Body>(AnswerBody<Pin<Box<B>>>);

impl<B: Body> CachePageBody<B> {
    pub(super) fn new(body: AnswerBody<Pin<Box<B>>>) -> Self {
        Self(body)
    }

    pub(super) fn whole(body: Bytes) -> Self {
        Self(AnswerBody::Whole(body))
    }
}

impl<B: Body<Data = Bytes>> Body for CachePageBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl<B: Body> Default for CachePageBody<B> {
    fn default() -> Self {
        Self(AnswerBody::Whole(Bytes::new()))
    }
}

impl<B: Body> fmt::Debug for CachePageBody<B> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CachePageBody").finish_non_exhaustive()
    }
}
