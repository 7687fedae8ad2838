//! Responses as clients read them.

use std::pin::Pin;

use bytes::Bytes;
use cache_tests::within;
use http::{HeaderMap, Response};
use http_body::Frame;

/// A response, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct ReadResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Whether the body has ended without an error.
    pub(crate) is_whole: bool,
}

impl ReadResponse {
    /// All lines of a field, joined; empty where there is none.
    pub(crate) fn field(&self, name: &str) -> String {
        let lines = self.headers.get_all(name).iter();
        let lines: Vec<_> = lines
            .map(|line| String::from_utf8_lossy(line.as_bytes()))
            .collect();
        lines.join(", ")
    }

    /// What the cache says that it did.
    pub(crate) fn cache(&self) -> String {
        let said = self.field("cache-status");
        said.rsplit("cache-core; ").next().unwrap_or("").to_owned()
    }

    pub(crate) fn is_hit(&self) -> bool {
        self.cache().starts_with("hit")
    }

    #[track_caller]
    pub(crate) fn assert_hit(&self) -> &Self {
        assert!(self.is_hit(), "no hit: {self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn assert_miss(&self) -> &Self {
        assert!(!self.is_hit(), "a hit: {self:?}");
        self
    }
}

pub(crate) async fn read<B>(response: Response<B>) -> ReadResponse
where
    B: http_body::Body<Data = Bytes>,
{
    let (parts, body) = response.into_parts();
    let mut body = std::pin::pin!(body);
    let (mut bytes, mut is_whole) = (Vec::new(), true);
    while let Some(frame) = next(body.as_mut()).await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => bytes.extend_from_slice(&data),
            Ok(Err(_)) => {}
            Err(_) => {
                is_whole = false;
                break;
            }
        }
    }
    ReadResponse {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&bytes).into_owned(),
        is_whole,
    }
}

/// The next frame of a body.
pub(crate) async fn next<B: http_body::Body>(
    mut body: Pin<&mut B>,
) -> Option<Result<Frame<B::Data>, B::Error>> {
    within(std::future::poll_fn(|context| {
        body.as_mut().poll_frame(context)
    }))
    .await
}
