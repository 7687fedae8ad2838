//! The bodies of responses.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use send_wrapper::SendWrapper;

use crate::http::body::AnswerBody;

/// How a body of the app fails. It stays on the thread of its worker.
pub(super) type BodyError = SendWrapper<Box<dyn StdError>>;

/// A body of the app. It stays on the thread of its worker.
pub struct AppBody<B>(SendWrapper<Pin<Box<B>>>);

impl<B: MessageBody> AppBody<B> {
    pub(super) fn new(body: B) -> Self {
        Self(SendWrapper::new(Box::pin(body)))
    }

    pub(super) fn size(&self) -> BodySize {
        self.0.size()
    }
}

impl<B: MessageBody> Body for AppBody<B> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let part = ready!(self.0.as_mut().poll_next(context));
        Poll::Ready(part.map(|part| match part {
            Ok(part) => Ok(Frame::data(part)),
            Err(error) => Err(SendWrapper::new(error.into())),
        }))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0.size(), BodySize::None | BodySize::Sized(0))
    }

    fn size_hint(&self) -> SizeHint {
        match self.0.size() {
            BodySize::None => SizeHint::with_exact(0),
            BodySize::Sized(length) => SizeHint::with_exact(length),
            BodySize::Stream => SizeHint::default(),
        }
    }
}

/// The body of a response that came through a [`CachePage`](super::CachePage): from the cache, or that of the app.
pub struct CachedAppBody<B: MessageBody> {
    body: AnswerBody<AppBody<B>>,
    size: BodySize,
}

impl<B: MessageBody> CachedAppBody<B> {
    pub(super) fn new(body: AnswerBody<AppBody<B>>, size: BodySize) -> Self {
        Self { body, size }
    }
}

impl<B: MessageBody> MessageBody for CachedAppBody<B> {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.take()))),
                Some(Ok(frame)) => {
                    // actix-web has no trailers.
                    if let Ok(part) = frame.into_data() {
                        return Poll::Ready(Some(Ok(part)));
                    }
                }
            }
        }
    }

    /// What is all there is sent without a box around it.
    fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self.body {
            AnswerBody::Whole(bytes) if self.size == BodySize::Sized(bytes.len() as u64) => {
                Ok(bytes)
            }
            _ => Err(self),
        }
    }
}

impl<B: MessageBody> fmt::Debug for CachedAppBody<B> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("CachedAppBody");
        shown.field("size", &self.size).finish_non_exhaustive()
    }
}
