//! A body that is read for its first reader and for the store at once. It is read as fast as it comes, however slow its reader is. When
//! the reader has gone, it is read on for a while; once it is too long for the store, its reader has it alone.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::reading::{BodyRead, BodyReading, Framed, READ_ON_FOR};
use crate::sync::Mutex;
use crate::wait;

/// How long other requests wait for a body that streams.
pub(crate) const SHARED_FOR: Duration = Duration::from_secs(1);

/// The body of an answer that is stored while it is read.
pub(crate) struct StreamedBody<B: Body> {
    queue: Arc<Mutex<Queue<B>>>,
    /// What is left of the length that was promised.
    left: Option<u64>,
    /// The body itself, once it is not stored.
    rest: Option<B>,
}

/// What lies between a body and its reader.
struct Queue<B: Body> {
    frames: VecDeque<Framed<B>>,
    end: Option<End<B>>,
    reader: Option<Waker>,
    reader_is_gone: bool,
    /// Who reads the body for the store.
    writer: Option<Waker>,
}

/// What follows the frames that are in the queue.
enum End<B> {
    Nothing,
    /// The body itself: it is not read for the store any more.
    Rest(B),
    /// Nobody knows: who read it has panicked, or was dropped with its runtime.
    Lost,
}

/// The end of a queue at which a body is read.
pub(crate) struct StreamWriter<B: Body>(Arc<Mutex<Queue<B>>>);

/// A queue for a body of which some may have been read.
pub(crate) fn streamed<B>(reading: &BodyReading<B>) -> (StreamWriter<B>, StreamedBody<B>)
where
    B: Body<Data = Bytes> + Unpin,
{
    let frames = reading.parts().map(|part| Ok(Frame::data(part.clone())));
    let queue = Arc::new(Mutex::new(Queue {
        frames: frames.collect(),
        end: None,
        reader: None,
        reader_is_gone: false,
        writer: None,
    }));
    let body = StreamedBody {
        queue: queue.clone(),
        left: reading.length(),
        rest: None,
    };
    (StreamWriter(queue), body)
}

impl<B: Body<Data = Bytes> + Unpin> StreamWriter<B> {
    /// Reads a body to its end, or until it is clear that it is not stored. Once its reader has gone, it has [`READ_ON_FOR`] to end.
    pub(crate) async fn read(&self, reading: &mut BodyReading<B>) -> BodyRead<B> {
        let push = |part: &Bytes| self.push(Ok(Frame::data(part.clone())));
        let mut gives_up = pin!(async {
            self.reader_is_gone().await;
            wait::pause(READ_ON_FOR).await;
        });
        poll_fn(|context| match reading.poll(context, push) {
            Poll::Pending => gives_up.as_mut().poll(context).map(|()| BodyRead::TooSlow),
            read @ Poll::Ready(_) => read,
        })
        .await
    }

    /// Waits until the reader has gone.
    async fn reader_is_gone(&self) {
        poll_fn(|context| {
            // Outside of the lock: cloning or dropping a waker runs foreign code.
            let waker = context.waker().clone();
            let mut queue = self.0.lock();
            if queue.reader_is_gone {
                return Poll::Ready(());
            }
            let former = queue.writer.replace(waker);
            drop(queue);
            drop(former);
            Poll::Pending
        })
        .await;
    }

    /// The body has ended.
    pub(crate) fn end(self) {
        self.finish(End::Nothing);
    }

    /// The body is not stored, by what its reading has come to: its reader has what is left of it.
    pub(crate) fn hand_over(self, read: BodyRead<B>, reading: BodyReading<B>) {
        let (last, rest) = read.left_over(reading.body);
        if let Some(last) = last {
            self.push(last);
        }
        self.finish(rest.map_or(End::Nothing, End::Rest));
    }

    fn push(&self, frame: Framed<B>) {
        self.change(|queue| queue.frames.push_back(frame));
    }
}

impl<B: Body> StreamWriter<B> {
    fn finish(&self, end: End<B>) {
        self.change(|queue| {
            queue.end.get_or_insert(end);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Queue<B>)) {
        let reader = {
            let mut queue = self.0.lock();
            change(&mut queue);
            queue.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl<B: Body> Drop for StreamWriter<B> {
    fn drop(&mut self) {
        self.finish(End::Lost);
    }
}

impl<B: Body> Drop for StreamedBody<B> {
    fn drop(&mut self) {
        let writer = {
            let mut queue = self.queue.lock();
            queue.reader_is_gone = true;
            queue.writer.take()
        };
        if let Some(writer) = writer {
            writer.wake();
        }
    }
}

// Frames are moved out, never pinned.
impl<B: Body + Unpin> Unpin for StreamedBody<B> {}

impl<B: Body<Data = Bytes> + Unpin> Body for StreamedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    /// # Panics
    ///
    /// If reading the body has panicked, or its runtime is gone: the reader must not take what it has for the whole.
    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Framed<B>>> {
        if let Some(rest) = &mut self.rest {
            return Pin::new(rest).poll_frame(context);
        }
        let waker = context.waker().clone();
        let queue = self.queue.clone();
        let mut queue = queue.lock();
        if let Some(frame) = queue.frames.pop_front() {
            let length = frame
                .as_ref()
                .ok()
                .and_then(Frame::data_ref)
                .map_or(0, Bytes::len);
            self.left = self.left.map(|left| left.saturating_sub(length as u64));
            return Poll::Ready(Some(frame));
        }
        match queue.end.take() {
            Some(End::Nothing) => {
                queue.end = Some(End::Nothing);
                Poll::Ready(None)
            }
            Some(End::Rest(rest)) => {
                drop(queue);
                self.rest = Some(rest);
                self.poll_frame(context)
            }
            Some(End::Lost) => {
                drop(queue);
                panic!("the body of a response was lost while it was read")
            }
            None => {
                let former = queue.reader.replace(waker);
                drop(queue);
                drop(former);
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0) && self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.rest, self.left) {
            (Some(rest), _) => rest.size_hint(),
            (None, Some(left)) => SizeHint::with_exact(left),
            (None, None) => SizeHint::default(),
        }
    }
}
