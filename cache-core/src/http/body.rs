//! The bodies of answers, and how they are read.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use self::replay::Replay;
use self::stream::StreamedBody;

pub(crate) mod length;
pub(crate) mod replay;

pub(crate) mod reading;
pub(crate) mod stream;

/// The body of an answer.
pub(crate) enum AnswerBody<B: Body> {
    /// From the cache, or on its way there.
    Whole(Bytes),
    /// That of the handler or origin, untouched.
    Through(B),
    /// That of the handler or origin, of which something was read.
    Replayed(Replay<B>),
    /// It is kept while it is read.
    Streamed(StreamedBody<B>),
}

/// The bodies that can be kept.
pub(crate) trait SourceBody:
    Body<Data = Bytes, Error: Send> + Send + Unpin + 'static
{
}

impl<B: Body<Data = Bytes, Error: Send> + Send + Unpin + 'static> SourceBody for B {}

impl<B: Body<Data = Bytes> + Unpin> Body for AnswerBody<B> {
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
            Self::Replayed(body) => Pin::new(body).poll_frame(context),
            Self::Streamed(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Through(body) => body.is_end_stream(),
            Self::Replayed(body) => body.is_end_stream(),
            Self::Streamed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Through(body) => body.size_hint(),
            Self::Replayed(body) => body.size_hint(),
            Self::Streamed(body) => body.size_hint(),
        }
    }
}
