//! Bodies that come as a test wants.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The origin, or its body, has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OriginError;

impl std::fmt::Display for OriginError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the origin was told to fail")
    }
}

impl std::error::Error for OriginError {}

/// A part of a body.
#[derive(Debug)]
pub(crate) enum BodyFrame {
    Data(Bytes),
    Trailers,
    Error,
    Panic,
}

/// A part of a body, of this text.
pub(crate) fn data(text: &str) -> BodyFrame {
    BodyFrame::Data(Bytes::copy_from_slice(text.as_bytes()))
}

/// Feeds a body. It ends when this is dropped.
pub(crate) struct BodyFeeder(pub(super) UnboundedSender<BodyFrame>);

impl BodyFeeder {
    pub(crate) fn data(&self, text: &str) {
        let _ = self.0.send(data(text));
    }

    pub(crate) fn error(&self) {
        let _ = self.0.send(BodyFrame::Error);
    }

    /// Whether nobody reads the body any more.
    pub(crate) fn is_let_go(&self) -> bool {
        self.0.is_closed()
    }
}

/// The body of an answer of the origin.
pub(crate) struct ScriptedBody {
    pub(super) frames: VecDeque<BodyFrame>,
    pub(super) feed: Option<UnboundedReceiver<BodyFrame>>,
    pub(super) says: Option<u64>,
    /// Whether nobody may ask for more after its end.
    pub(super) ends_once: bool,
    pub(super) has_ended: bool,
}

impl http_body::Body for ScriptedBody {
    type Data = Bytes;
    type Error = OriginError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, OriginError>>> {
        let is_over = self.ends_once && self.has_ended;
        assert!(!is_over, "a body is polled after its end");
        let this = &mut *self;
        let frame = match (this.frames.pop_front(), &mut this.feed) {
            (Some(frame), _) => Some(frame),
            (None, Some(feed)) => std::task::ready!(feed.poll_recv(context)),
            (None, None) => None,
        };
        this.has_ended = frame.is_none();
        Poll::Ready(frame.map(|frame| match frame {
            BodyFrame::Data(bytes) => Ok(Frame::data(bytes)),
            BodyFrame::Trailers => {
                let lines = [(
                    HeaderName::from_static("x-trailer"),
                    HeaderValue::from_static("1"),
                )];
                Ok(Frame::trailers(lines.into_iter().collect()))
            }
            BodyFrame::Error => Err(OriginError),
            BodyFrame::Panic => panic!("the body was told to panic"),
        }))
    }

    fn size_hint(&self) -> SizeHint {
        self.says
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl ScriptedBody {
    /// A body that is fed by hand, and does not say how long it is.
    pub(super) fn fed() -> (Self, BodyFeeder) {
        let (feeder, feed) = unbounded_channel();
        let body = Self {
            frames: VecDeque::new(),
            feed: Some(feed),
            says: None,
            ends_once: false,
            has_ended: false,
        };
        (body, BodyFeeder(feeder))
    }
}

/// The body of a request that does not say how long it is.
pub(crate) fn unsized_body() -> (Body, BodyFeeder) {
    let (body, feeder) = ScriptedBody::fed();
    (Body::new(body), feeder)
}
