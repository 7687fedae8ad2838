//! Bodies of which something was read.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

/// A body of which some was read: the same frames and the same end as if it had been left alone.
pub(crate) struct Replay<B: Body> {
    frames: VecDeque<Result<Frame<B::Data>, B::Error>>,
    /// None once it has ended.
    rest: Option<B>,
}

impl<B: Body> Replay<B> {
    /// A body of which these frames were read already.
    pub(crate) fn of(frames: VecDeque<Result<Frame<B::Data>, B::Error>>, rest: Option<B>) -> Self {
        Self { frames, rest }
    }

    /// A body whose first frame was read already.
    pub(crate) fn after(first: Result<Frame<B::Data>, B::Error>, rest: B) -> Self {
        Self {
            frames: VecDeque::from([first]),
            rest: Some(rest),
        }
    }
}

// Frames are moved out, never pinned.
impl<B: Body + Unpin> Unpin for Replay<B> {}

impl<B: Body + Unpin> Body for Replay<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        if let Some(frame) = self.frames.pop_front() {
            return Poll::Ready(Some(frame));
        }
        match &mut self.rest {
            Some(rest) => Pin::new(rest).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.rest {
            Some(rest) if self.frames.is_empty() => rest.size_hint(),
            _ => SizeHint::default(),
        }
    }
}
