//! Bodies that are read to be kept.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};

use super::replay::Replay;
use crate::context;
use crate::wait;

/// How long a body is read whose reader has gone, or has to have the whole: one without an end would be read for ever.
pub(crate) const READ_ON_FOR: Duration = Duration::from_secs(30);

/// How long a body is read that nobody has asked for.
const UNASKED: Duration = Duration::from_secs(300);

/// How many frames are read at once.
const FRAMES: usize = 1024;

/// A frame of a body, or why there are no more.
pub(crate) type Framed<B> = Result<Frame<Bytes>, <B as Body>::Error>;

/// Who reads a body, beside the store.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reader {
    /// A client, who gets each part as it comes.
    Client,
    /// Somebody who has to have the whole.
    OfTheWhole,
    /// Nobody: it is read to be kept.
    Nobody,
}

impl Reader {
    /// The same reader; a load that encloses this one has to have the whole, to learn all that the body depends on.
    pub(crate) fn here(self) -> Self {
        match self {
            Self::Client if context::is_loading() => Self::OfTheWhole,
            reader => reader,
        }
    }
}

/// A body that is read to be stored.
pub(crate) struct BodyReading<B> {
    pub(super) body: B,
    parts: VecDeque<Bytes>,
    read: u64,
    length: Option<u64>,
    limit: u64,
}

/// What a body that is read comes to.
pub(crate) enum BodyRead<B: Body> {
    /// Its end, as it was promised.
    Whole(Bytes),
    /// It is longer than what is stored.
    TooLarge,
    /// It has not ended in time, and nobody has a use for its parts.
    TooSlow,
    /// It ended early, or late, or with this.
    Broken(Option<Framed<B>>),
}

impl<B: Body<Data = Bytes> + Unpin> BodyReading<B> {
    /// A body that says that it has this length, of which no more than `limit` is read.
    pub(crate) fn new(body: B, length: Option<u64>, limit: u64) -> Self {
        Self {
            body,
            parts: VecDeque::new(),
            read: 0,
            length,
            limit,
        }
    }

    /// Reads on, and shows each part.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
        mut see: impl FnMut(&Bytes),
    ) -> Poll<BodyRead<B>> {
        let promised = self.length.unwrap_or(0).max(self.body.size_hint().lower());
        if self.read == 0 && promised > self.limit {
            return Poll::Ready(BodyRead::TooLarge);
        }
        // A body that is always ready with nothing must not hold up the thread.
        for _ in 0..FRAMES {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                None if self.length.is_none_or(|length| length == self.read) => {
                    return Poll::Ready(BodyRead::Whole(self.joined()));
                }
                None => return Poll::Ready(BodyRead::Broken(None)),
                Some(Err(error)) => return Poll::Ready(BodyRead::Broken(Some(Err(error)))),
                Some(Ok(frame)) => match frame.into_data() {
                    Err(trailers) => return Poll::Ready(BodyRead::Broken(Some(Ok(trailers)))),
                    Ok(part) if part.is_empty() => {}
                    Ok(part) => {
                        self.read += part.len() as u64;
                        see(&part);
                        self.parts.push_back(part);
                        if self.read > self.limit {
                            return Poll::Ready(BodyRead::TooLarge);
                        }
                    }
                },
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Reads what this reader waits for; `None` if more is on its way to a client.
    pub(crate) async fn begin(&mut self, reader: Reader) -> Option<BodyRead<B>> {
        match reader {
            Reader::Client => self.read_ready().await,
            Reader::OfTheWhole => Some(self.read_whole(READ_ON_FOR).await),
            Reader::Nobody => Some(self.read_whole(UNASKED).await),
        }
    }

    /// Reads what is there; `None` if more is on its way.
    async fn read_ready(&mut self) -> Option<BodyRead<B>> {
        poll_fn(|context| match self.poll(context, |_| {}) {
            Poll::Pending => Poll::Ready(None),
            Poll::Ready(read) => Poll::Ready(Some(read)),
        })
        .await
    }

    /// Reads to the end of the body, within this time.
    async fn read_whole(&mut self, limit: Duration) -> BodyRead<B> {
        let mut gives_up = pin!(wait::pause(limit));
        poll_fn(|context| match self.poll(context, |_| {}) {
            Poll::Pending => gives_up.as_mut().poll(context).map(|()| BodyRead::TooSlow),
            read @ Poll::Ready(_) => read,
        })
        .await
    }

    /// What was read, in memory of its own: a part may be a slice of a buffer that is far larger, and what is kept must be what is
    /// weighed.
    fn joined(&mut self) -> Bytes {
        let mut whole = Vec::with_capacity(self.parts.iter().map(Bytes::len).sum());
        for part in self.parts.drain(..) {
            whole.extend_from_slice(&part);
        }
        whole.into()
    }

    /// The body as it was before it was read, with what its reading came to.
    pub(crate) fn into_replay(self, read: BodyRead<B>) -> Replay<B> {
        let (last, rest) = read.left_over(self.body);
        let parts = self.parts.into_iter().map(|part| Ok(Frame::data(part)));
        Replay::of(parts.chain(last).collect(), rest)
    }

    /// The length that the body says it has.
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    /// What was read so far.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Bytes> {
        self.parts.iter()
    }
}

impl<B: Body> BodyRead<B> {
    /// Why the body is not kept, in the words of who reads it.
    pub(crate) fn refused<R>(&self, too_large: R, too_slow: R, broken: R) -> R {
        match self {
            Self::TooLarge => too_large,
            Self::TooSlow => too_slow,
            Self::Broken(_) | Self::Whole(_) => broken,
        }
    }

    /// What is left for the reader of a body that is not stored: the last frame, and the body unless it has ended.
    pub(super) fn left_over(self, body: B) -> (Option<Framed<B>>, Option<B>) {
        match self {
            Self::TooLarge | Self::TooSlow => (None, Some(body)),
            Self::Broken(Some(last)) => (Some(last), Some(body)),
            Self::Broken(None) | Self::Whole(_) => (None, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http_body_util::BodyExt;

    use super::*;

    /// A body of these frames, which does not say how long it is.
    struct Frames(VecDeque<Result<Frame<Bytes>, &'static str>>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
            Poll::Ready(self.0.pop_front())
        }
    }

    fn reading(parts: &[&'static str], length: Option<u64>) -> BodyReading<Frames> {
        let parts = parts.iter().map(|part| match *part {
            "!" => Err("broken"),
            "trailers" => Ok(Frame::trailers(HeaderMap::new())),
            part => Ok(Frame::data(Bytes::from_static(part.as_bytes()))),
        });
        BodyReading::new(Frames(parts.collect()), length, 5)
    }

    async fn outcome(parts: &[&'static str], length: Option<u64>) -> Result<Bytes, &'static str> {
        let mut reading = reading(parts, length);
        match poll_fn(|context| reading.poll(context, |_| {})).await {
            BodyRead::Whole(bytes) => Ok(bytes),
            BodyRead::TooLarge => Err("too large"),
            BodyRead::Broken(_) => Err("broken"),
            BodyRead::TooSlow => Err("too slow"),
        }
    }

    #[tokio::test]
    async fn a_body_is_read_to_its_end() {
        let whole = Bytes::from_static(b"12345");
        assert_eq!(outcome(&["12", "", "345"], None).await, Ok(whole.clone()));
        assert_eq!(outcome(&["12345"], Some(5)).await, Ok(whole));
        assert_eq!(outcome(&[], None).await, Ok(Bytes::new()));
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_or_breaks_its_word_is_not_stored() {
        for (parts, length, reason) in [
            (&["123", "456"][..], None, "too large"),
            (&["1"], Some(6), "too large"),
            (&["12"], Some(3), "broken"),
            (&["1234"], Some(3), "broken"),
            (&["1", "!"], None, "broken"),
            (&["1", "trailers"], None, "broken"),
        ] {
            assert_eq!(outcome(parts, length).await, Err(reason), "{parts:?}");
        }
    }

    /// A body of nothing, again and again.
    struct Nothing;

    impl Body for Nothing {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
            Poll::Ready(Some(Ok(Frame::data(Bytes::new()))))
        }
    }

    #[test]
    fn a_body_of_nothing_holds_up_no_thread_and_takes_no_memory() {
        let mut reading = BodyReading::new(Nothing, None, 5);
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(reading.poll(&mut context, |_| {}).is_pending());
        assert_eq!(reading.parts().count(), 0);
    }

    #[tokio::test]
    async fn what_was_read_of_it_is_passed_on() {
        let mut reading = reading(&["123", "!", "7"], None);
        let read = poll_fn(|context| reading.poll(context, |_| {})).await;
        let mut body = reading.into_replay(read);
        let mut seen = Vec::new();
        while let Some(frame) = body.frame().await {
            seen.push(frame.map(|frame| frame.into_data().unwrap()));
        }
        let part = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
        assert_eq!(seen, [part("123"), Err("broken"), part("7")]);
    }
}
