//! The bodies of answers.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::stream::StreamedBody;
use crate::http::answer::body::Replay;

/// The body of an answer of the cache.
pub(crate) enum ExchangeBody<B: Body> {
    /// It is there.
    Whole(Bytes),
    /// That of the origin, untouched.
    Through(B),
    /// That of the origin, of which something was read.
    Undone(Replay<B>),
    /// It is stored while it is read.
    Streamed(StreamedBody<B>),
}

/// The bodies that an origin's responses have.
pub(crate) trait StoredBody:
    Body<Data = Bytes, Error: Send> + Send + Unpin + 'static
{
}

impl<B: Body<Data = Bytes, Error: Send> + Send + Unpin + 'static> StoredBody for B {}

impl<B: Body<Data = Bytes> + Unpin> Body for ExchangeBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Through(body) => Pin::new(body).poll_frame(context),
            Self::Undone(body) => Pin::new(body).poll_frame(context),
            Self::Streamed(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Through(body) => body.is_end_stream(),
            Self::Undone(body) => body.is_end_stream(),
            Self::Streamed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Through(body) => body.size_hint(),
            Self::Undone(body) => body.size_hint(),
            Self::Streamed(body) => body.size_hint(),
        }
    }
}
