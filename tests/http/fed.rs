//! Bodies of pages that are fed by their tests.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use cache_tests::within;
use http_body::Frame;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::support::{Answer, get, request};

pub(crate) type Part = Result<Bytes, &'static str>;

/// The bodies of a page, each fed by its test.
pub(crate) struct Fed(Mutex<Vec<UnboundedReceiver<Part>>>);

pub(crate) struct FedBody(UnboundedReceiver<Part>);

impl Fed {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Feeds the next body; it ends when this is dropped.
    pub(crate) fn feed(&self) -> UnboundedSender<Part> {
        let (feeder, feed) = unbounded_channel();
        self.0.lock().expect("no panic").insert(0, feed);
        feeder
    }

    /// Feeds the next body with this text alone.
    pub(crate) fn feed_whole(&self, text: &'static str) {
        self.feed().send(part(text)).expect("a reader");
    }

    pub(crate) fn body(&self) -> Body {
        let feed = self.0.lock().expect("no panic").pop();
        Body::new(FedBody(feed.expect("a body for each run")))
    }
}

impl http_body::Body for FedBody {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let part = self.0.poll_recv(context);
        part.map(|part| part.map(|part| part.map(Frame::data)))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a part may be an error")]
pub(crate) fn part(text: &'static str) -> Part {
    Ok(Bytes::from_static(text.as_bytes()))
}

/// The head of an answer, whose body is on its way.
pub(crate) async fn begin(app: &Router, path: &str) -> Response {
    let asked = app.clone().oneshot(request("GET", path, &[]));
    within(asked).await.expect("an answer")
}

pub(crate) async fn next(response: &mut Response) -> Option<Result<Bytes, axum::Error>> {
    let body = response.body_mut();
    let frame = poll_fn(|context| http_body::Body::poll_frame(Pin::new(&mut *body), context));
    Some(
        within(frame)
            .await?
            .map(|frame| frame.into_data().expect("data")),
    )
}

pub(crate) fn start(app: &Router, path: &'static str) -> JoinHandle<Answer> {
    let app = app.clone();
    tokio::spawn(async move { get(&app, path).await })
}

pub(crate) fn field(response: &Response, name: &str) -> String {
    let value = response.headers().get(name);
    value.map_or_else(String::new, |value| {
        value.to_str().expect("text").to_owned()
    })
}
