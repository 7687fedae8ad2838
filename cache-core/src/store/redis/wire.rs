//! The bytes of a connection to one server. Whoever asks writes by itself, and one task reads the replies of all: a caller that is
//! alone wakes no other thread before the server.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, PushInfo, PushKind, RedisError, RedisFuture, RedisResult, Value};
use tokio::io::{AsyncReadExt, AsyncWrite, ReadHalf, WriteHalf, split};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::link::Pushes;
use super::resp;
use crate::clock::{self, Moment};
use crate::store::socket::Stream;
use crate::sync::Mutex;

/// How long an answer may take. Callers have limits of their own, and shorter ones; this one ends a connection that is dead
/// without having been closed.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// How often it is looked whether an answer is late.
const LOOK: Duration = Duration::from_secs(1);

/// What is read at once at the least, and kept between two replies at the most.
const CHUNK: usize = 16 << 10;
const KEPT: usize = 1 << 20;

/// A connection, as those have it who ask over it.
#[derive(Clone)]
pub(super) struct Wire(Arc<WireInner>);

struct WireInner {
    outgoing: Mutex<Outgoing>,
    /// There is something to write for which the connection had no room.
    rest: Notify,
}

struct Outgoing {
    stream: WriteHalf<Box<dyn Stream>>,
    bytes: Vec<u8>,
    written: usize,
    /// Whether the rest is being written: then nobody else writes.
    has_rest: bool,
    waiting: VecDeque<Waiting>,
    /// Why there is no connection any more.
    over: Option<RedisError>,
}

/// One who waits for some replies.
struct Waiting {
    replies: usize,
    got: Vec<Value>,
    since: Moment,
    answer: oneshot::Sender<RedisResult<Vec<Value>>>,
}

impl Wire {
    /// A connection over a stream, and the task that drives it until the stream ends.
    pub(super) fn new(
        stream: Box<dyn Stream>,
        pushes: Option<Pushes>,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (reading, writing) = split(stream);
        let inner = Arc::new(WireInner {
            outgoing: Mutex::new(Outgoing {
                stream: writing,
                bytes: Vec::new(),
                written: 0,
                has_rest: false,
                waiting: VecDeque::new(),
                over: None,
            }),
            rest: Notify::new(),
        });
        let driver = Driver {
            inner: inner.clone(),
            pushes,
        };
        (Self(inner), driver.drive(reading))
    }

    /// Whether nobody waits for a reply.
    pub(super) fn is_idle(&self) -> bool {
        self.0.outgoing.lock().waiting.is_empty()
    }

    /// Whether there is no connection any more.
    pub(super) fn is_over(&self) -> bool {
        self.0.outgoing.lock().over.is_some()
    }

    /// Sends commands, and returns their replies, errors of the server among them.
    pub(super) async fn ask(&self, commands: Vec<u8>, replies: usize) -> RedisResult<Vec<Value>> {
        let (answer, asked) = oneshot::channel();
        self.0.send(
            commands,
            Waiting {
                replies,
                got: Vec::with_capacity(replies),
                since: clock::now(),
                answer,
            },
        )?;
        asked.await.unwrap_or_else(|_| Err(closed().into()))
    }

    /// [`ask`](Self::ask) of a pipeline.
    pub(super) async fn ask_all(&self, pipeline: &Pipeline) -> RedisResult<Vec<Value>> {
        self.ask(pipeline.get_packed_pipeline(), pipeline.len())
            .await
    }
}

impl ConnectionLike for Wire {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut replies = self.ask(command.get_packed_command(), 1).await?;
            Ok(replies.pop().unwrap_or_default())
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let replies = self.ask(pipeline.get_packed_pipeline(), offset + count);
            Ok(replies.await?.split_off(offset))
        })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

impl WireInner {
    fn send(&self, commands: Vec<u8>, waiting: Waiting) -> RedisResult<()> {
        let mut outgoing = self.outgoing.lock();
        if let Some(error) = &outgoing.over {
            return Err(error.clone());
        }
        if outgoing.bytes.is_empty() {
            outgoing.bytes = commands;
        } else {
            outgoing.bytes.extend_from_slice(&commands);
        }
        outgoing.waiting.push_back(waiting);
        if outgoing.has_rest {
            return Ok(());
        }
        // Nobody is woken for room: for the rest there is the task that drives the connection.
        match outgoing.poll_write(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => {
                drop(outgoing);
                self.end(&error.into());
            }
            Poll::Pending => {
                outgoing.has_rest = true;
                drop(outgoing);
                self.rest.notify_one();
            }
        }
        Ok(())
    }

    /// Writes what others could not.
    fn poll_rest(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut outgoing = self.outgoing.lock();
        ready!(outgoing.poll_write(context))?;
        outgoing.has_rest = false;
        Poll::Ready(Ok(()))
    }

    /// Hands replies to those who wait for them, in their order.
    fn deliver(&self, replies: impl Iterator<Item = Value>) -> io::Result<()> {
        let mut outgoing = self.outgoing.lock();
        for reply in replies {
            let first = outgoing.waiting.front_mut();
            // A reply that nobody has asked for belongs to nobody: all that follow would go wrong.
            let first = first.ok_or_else(closed)?;
            first.got.push(reply);
            if first.got.len() == first.replies
                && let Some(done) = outgoing.waiting.pop_front()
            {
                // Who has stopped waiting wants no answer.
                drop(done.answer.send(Ok(done.got)));
            }
        }
        Ok(())
    }

    fn is_late(&self) -> bool {
        let outgoing = self.outgoing.lock();
        let first = outgoing.waiting.front();
        first.is_some_and(|first| clock::now().since(first.since) >= ANSWER)
    }

    /// Tells all who wait, and all who come, that there is no connection any more.
    fn end(&self, error: &RedisError) {
        let mut outgoing = self.outgoing.lock();
        outgoing.over.get_or_insert_with(|| error.clone());
        let waiting = std::mem::take(&mut outgoing.waiting);
        drop(outgoing);
        for waiting in waiting {
            drop(waiting.answer.send(Err(error.clone())));
        }
        // Whoever drives the connection ends it.
        self.rest.notify_one();
    }
}

impl Outgoing {
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.bytes.len() {
            let rest = &self.bytes[self.written..];
            match ready!(Pin::new(&mut self.stream).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                more => self.written += more,
            }
        }
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.bytes.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

/// Drives a connection, and ends it when it is dropped.
struct Driver {
    inner: Arc<WireInner>,
    pushes: Option<Pushes>,
}

impl Driver {
    async fn drive(self, mut reading: ReadHalf<Box<dyn Stream>>) {
        let error = match self.read(&mut reading).await {
            Ok(()) => closed().into(),
            Err(error) => error,
        };
        self.inner.end(&error);
    }

    async fn read(&self, reading: &mut ReadHalf<Box<dyn Stream>>) -> RedisResult<()> {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut bytes = Vec::new();
        let mut missing = 0;
        loop {
            bytes.reserve(missing.clamp(CHUNK, KEPT));
            if self.more(reading, &mut bytes, &mut looks).await? == 0 {
                return Ok(());
            }
            missing = self.understand(&mut bytes)?;
        }
    }

    /// Waits for bytes, and meanwhile writes what others could not.
    async fn more(
        &self,
        reading: &mut ReadHalf<Box<dyn Stream>>,
        bytes: &mut Vec<u8>,
        looks: &mut Interval,
    ) -> RedisResult<usize> {
        let mut read = pin!(reading.read_buf(bytes));
        let mut rest = pin!(self.write_rest());
        let more = poll_fn(|context| {
            if let Poll::Ready(read) = read.as_mut().poll(context) {
                return Poll::Ready(read);
            }
            if let Poll::Ready(error) = rest.as_mut().poll(context) {
                return Poll::Ready(Err(error));
            }
            while looks.poll_tick(context).is_ready() {
                if self.inner.is_late() {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
            Poll::Pending
        });
        Ok(more.await?)
    }

    async fn write_rest(&self) -> io::Error {
        loop {
            let has_rest = self.inner.outgoing.lock().has_rest;
            if has_rest && let Err(error) = poll_fn(|context| self.inner.poll_rest(context)).await {
                return error;
            }
            if self.inner.outgoing.lock().over.is_some() {
                return closed();
            }
            self.inner.rest.notified().await;
        }
    }

    /// Reads the replies that are there, and says how many bytes the next one lacks at the least.
    fn understand(&self, bytes: &mut Vec<u8>) -> RedisResult<usize> {
        let mut at = 0;
        let mut replies = Vec::new();
        let missing = loop {
            let length = match resp::length(&bytes[at..])? {
                Ok(length) => length,
                Err(missing) => break missing,
            };
            match resp::value(&bytes[at..at + length])? {
                Value::Push { kind, data } => self.hear(PushInfo { kind, data }),
                reply => replies.push(reply),
            }
            at += length;
        };
        // Messages have been heard before the replies that came behind them, and those before them say nothing that is older.
        self.inner.deliver(replies.into_iter())?;
        bytes.drain(..at);
        if bytes.is_empty() && bytes.capacity() > KEPT {
            *bytes = Vec::new();
        }
        Ok(missing)
    }

    fn hear(&self, push: PushInfo) {
        if let Some(pushes) = &self.pushes {
            pushes(push);
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.inner.end(&closed().into());
        self.hear(PushInfo {
            kind: PushKind::Disconnection,
            data: Vec::new(),
        });
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the connection was closed")
}
