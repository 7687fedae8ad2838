//! Reading a handler's body, or leaving it alone.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

use crate::http::refusal::Refusal;

/// The longest body that is kept.
pub(crate) const BODY_LIMIT: u64 = 1 << 20;

/// The length that a response says of itself; one that cannot be read, or two, agree with no body.
pub(crate) fn announced(headers: &HeaderMap) -> Option<u64> {
    let mut lines = headers.get_all(CONTENT_LENGTH).into_iter();
    let length = lines.next()?;
    let is_one = lines.all(|other| other == length);
    let digits = length.to_str().ok().filter(|_| is_one);
    let digits = digits.filter(|length| length.bytes().all(|byte| byte.is_ascii_digit()));
    Some(
        digits
            .and_then(|length| length.parse().ok())
            .unwrap_or(u64::MAX),
    )
}

/// The body of an answer.
pub(crate) enum PageBody<B: Body> {
    /// From the cache, or on its way there.
    Whole(Bytes),
    /// The handler's own, untouched.
    Through(B),
    /// The handler's own, of which something was read.
    Replayed(Replay<B>),
}

/// Why a body is not read at all. `announced` is the response's `Content-Length`.
pub(crate) fn unreadable<B: Body>(body: &B, announced: Option<u64>) -> Option<Refusal> {
    let Some(length) = body.size_hint().exact() else {
        return Some(Refusal::BodyUnsized);
    };
    if length > BODY_LIMIT {
        return Some(Refusal::BodyTooLarge);
    }
    announced
        .is_some_and(|announced| announced != length)
        .then_some(Refusal::BodyBroken)
}

/// Reads a body that says how long it is, if it is not too long.
///
/// # Errors
///
/// The body as it was, and why it cannot be kept.
pub(crate) async fn read<B: Body<Data = Bytes> + Unpin>(
    mut body: B,
    announced: Option<u64>,
) -> Result<Bytes, (PageBody<B>, Refusal)> {
    if let Some(reason) = unreadable(&body, announced) {
        return Err((PageBody::Through(body), reason));
    }
    let length = body.size_hint().lower();
    let mut frames = VecDeque::new();
    let mut read = 0u64;
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => {
                read += data.len() as u64;
                frames.push_back(Ok(Frame::data(data)));
            }
            Ok(Err(trailers)) => frames.push_back(Ok(trailers)),
            Err(error) => frames.push_back(Err(error)),
        }
        let as_promised =
            matches!(frames.back(), Some(Ok(frame)) if frame.is_data()) && read <= length;
        if !as_promised {
            return Err(broken(frames, Some(body)));
        }
    }
    if read < length {
        // A body that has ended is not asked for more.
        return Err(broken(frames, None));
    }
    Ok(joined(frames))
}

fn broken<B: Body>(
    frames: VecDeque<Result<Frame<B::Data>, B::Error>>,
    rest: Option<B>,
) -> (PageBody<B>, Refusal) {
    let body = PageBody::Replayed(Replay::of(frames, rest));
    (body, Refusal::BodyBroken)
}

fn joined<E>(mut frames: VecDeque<Result<Frame<Bytes>, E>>) -> Bytes {
    let mut data = frames
        .drain(..)
        .filter_map(|frame| frame.ok()?.into_data().ok());
    let Some(first) = data.next() else {
        return Bytes::new();
    };
    let Some(second) = data.next() else {
        return first;
    };
    let mut all = BytesMut::from(first);
    all.extend_from_slice(&second);
    data.for_each(|more| all.extend_from_slice(&more));
    all.freeze()
}

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

    /// The same with another body behind those frames.
    #[cfg(feature = "layer")]
    pub(crate) fn map_rest<R>(self, other: impl FnOnce(B) -> Option<R>) -> Replay<R>
    where
        R: Body<Data = B::Data, Error = B::Error>,
    {
        Replay {
            frames: self.frames,
            rest: self.rest.and_then(other),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that says one thing and does another.
    struct Liar {
        says: Option<u64>,
        frames: VecDeque<Result<Frame<Bytes>, &'static str>>,
        polled: bool,
    }

    impl Body for Liar {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
            self.polled = true;
            Poll::Ready(self.frames.pop_front())
        }

        fn size_hint(&self) -> SizeHint {
            self.says
                .map_or_else(SizeHint::default, SizeHint::with_exact)
        }
    }

    fn liar(says: Option<u64>, parts: &[&'static str]) -> Liar {
        let frames = parts.iter().map(|part| {
            if *part == "!" {
                Err("broken")
            } else {
                Ok(Frame::data(Bytes::from_static(part.as_bytes())))
            }
        });
        Liar {
            says,
            frames: frames.collect(),
            polled: false,
        }
    }

    async fn replayed(mut body: Replay<Liar>) -> Vec<Result<Bytes, &'static str>> {
        let mut seen = Vec::new();
        while let Some(frame) = body.frame().await {
            seen.push(frame.map(|frame| frame.into_data().unwrap_or_default()));
        }
        seen
    }

    #[tokio::test]
    async fn a_body_that_keeps_its_word_is_read() {
        for (parts, expected) in [
            (&[][..], ""),
            (&["page"], "page"),
            (&["pa", "", "ge", "s"], "pages"),
        ] {
            let read = read(liar(Some(expected.len() as u64), parts), None).await;
            assert!(matches!(read, Ok(bytes) if bytes == expected), "{parts:?}");
        }
    }

    #[tokio::test]
    async fn one_frame_is_not_copied() {
        let data = Bytes::from_static(b"page");
        let Ok(bytes) = read(http_body_util::Full::new(data.clone()), Some(4)).await else {
            panic!("not whole")
        };
        assert_eq!(bytes.as_ptr(), data.as_ptr());
    }

    #[tokio::test]
    async fn a_body_that_is_left_alone_is_not_polled() {
        for (says, announced, reason) in [
            (None, None, Refusal::BodyUnsized),
            (Some(BODY_LIMIT + 1), None, Refusal::BodyTooLarge),
            (Some(4), Some(100), Refusal::BodyBroken),
        ] {
            let Err((PageBody::Through(body), found)) =
                read(liar(says, &["page"]), announced).await
            else {
                panic!("{reason:?}")
            };
            assert_eq!((found, body.polled), (reason, false));
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_its_word_passes_as_it_is() {
        for (says, parts) in [
            (4, &["pa"][..]),
            (4, &["pa", "!"]),
            (4, &["pa", "ges", "more"]),
            (0, &["x"]),
            (1, &[]),
        ] {
            let Err((PageBody::Replayed(replay), Refusal::BodyBroken)) =
                read(liar(Some(says), parts), None).await
            else {
                panic!("{parts:?}")
            };
            let expected: Vec<_> = parts
                .iter()
                .map(|part| {
                    if *part == "!" {
                        Err("broken")
                    } else {
                        Ok(Bytes::from_static(part.as_bytes()))
                    }
                })
                .collect();
            assert_eq!(replayed(replay).await, expected);
        }
    }

    #[tokio::test]
    async fn trailers_are_passed_on_and_not_kept() {
        let mut body = liar(Some(4), &["page"]);
        body.frames
            .push_back(Ok(Frame::trailers(http::HeaderMap::new())));
        let Err((PageBody::Replayed(mut replay), _)) = read(body, None).await else {
            panic!("kept")
        };
        assert!(replay.frame().await.unwrap().unwrap().is_data());
        assert!(replay.frame().await.unwrap().unwrap().is_trailers());
        assert!(replay.frame().await.is_none());
    }
}
