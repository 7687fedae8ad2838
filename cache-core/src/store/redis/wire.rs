//! The bytes of a connection to one server. Whoever asks writes by itself, and one task reads for all: a caller that is alone wakes no
//! other thread before the server. That task hands out the bytes of the replies, and each caller makes values of its own: memory is
//! given back by the thread that took it, which is where its allocator has it at hand.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, PushInfo, RedisError, RedisFuture, RedisResult, Value};
use tokio::io::{AsyncWrite, WriteHalf, split};
use tokio::sync::{Notify, oneshot};

use self::driver::WireDriver;
use super::resp;
use crate::clock::{self, Moment};
use crate::store::socket::Stream;
use crate::sync::Mutex;

mod driver;

/// How long an answer may take. Callers have limits of their own, and shorter ones; this one ends a connection that is dead
/// without having been closed.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// What is done with each message that a server sends by itself, in their order and before later answers are given.
pub(super) type Pushes = Arc<dyn Fn(PushInfo) + Send + Sync>;

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
    waiting: VecDeque<PendingReplies>,
    /// Why there is no connection any more.
    over: Option<RedisError>,
}

/// One who waits for some replies.
struct PendingReplies {
    replies: usize,
    since: Moment,
    answer: oneshot::Sender<RedisResult<Bytes>>,
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
        let driver = WireDriver::new(inner.clone(), pushes);
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
        if replies == 0 {
            return Ok(Vec::new());
        }
        let (answer, asked) = oneshot::channel();
        let since = clock::now();
        self.0.send(
            commands,
            PendingReplies {
                replies,
                since,
                answer,
            },
        )?;
        let bytes = asked.await.unwrap_or_else(|_| Err(closed().into()))?;
        resp::values(&bytes, replies)
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
    fn send(&self, commands: Vec<u8>, waiting: PendingReplies) -> RedisResult<()> {
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

    /// Writes what others have left, as long as there is a connection.
    async fn write_rest(&self) -> io::Error {
        loop {
            let has_rest = self.outgoing.lock().has_rest;
            if has_rest && let Err(error) = poll_fn(|context| self.poll_rest(context)).await {
                return error;
            }
            if self.outgoing.lock().over.is_some() {
                return closed();
            }
            self.rest.notified().await;
        }
    }

    fn poll_rest(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut outgoing = self.outgoing.lock();
        ready!(outgoing.poll_write(context))?;
        outgoing.has_rest = false;
        Poll::Ready(Ok(()))
    }

    /// How many replies one of those wants who wait, by its turn.
    ///
    /// # Errors
    ///
    /// If nobody waits: a reply that nobody has asked for belongs to nobody, and all that follow would go wrong.
    fn wanted_at(&self, turn: usize) -> io::Result<usize> {
        let outgoing = self.outgoing.lock();
        let waiting = outgoing.waiting.get(turn).ok_or_else(closed)?;
        Ok(waiting.replies)
    }

    /// Hands replies to those who wait for them, in their order.
    fn deliver(&self, answers: impl Iterator<Item = Bytes>) {
        let mut outgoing = self.outgoing.lock();
        for bytes in answers {
            let Some(first) = outgoing.waiting.pop_front() else {
                return;
            };
            // Who has stopped waiting wants no answer.
            drop(first.answer.send(Ok(bytes)));
        }
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

pub(super) fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the connection was closed")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};
    use tokio::task::JoinSet;

    use super::*;

    /// A server that says each line again, in steps of some bytes.
    async fn echo(stream: DuplexStream, step: usize) {
        let (reading, mut writing) = split(stream);
        let mut lines = BufReader::new(reading).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let reply = format!("{line}\r\n").into_bytes();
            for part in reply.chunks(step) {
                if writing.write_all(part).await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        }
    }

    fn wire(room: usize, step: usize) -> Wire {
        let (own, theirs) = duplex(room);
        tokio::spawn(echo(theirs, step));
        let (wire, driver) = Wire::new(Box::new(own), None);
        tokio::spawn(driver);
        wire
    }

    async fn ask(wire: &Wire, number: i64) -> RedisResult<Vec<Value>> {
        let commands = format!(":{number}\r\n:{}\r\n", number + 1).into_bytes();
        wire.ask(commands, 2).await
    }

    /// Whether all fits, or what is written must wait for room and replies come in parts.
    #[tokio::test]
    async fn each_of_many_callers_has_its_own_replies() {
        for (room, step) in [(1 << 16, 1 << 10), (64, 16), (7, 3), (1, 1)] {
            let wire = wire(room, step);
            let mut callers = JoinSet::new();
            for caller in 0..64 {
                let wire = wire.clone();
                callers.spawn(async move {
                    for turn in 0..20 {
                        let number = caller * 1_000 + turn;
                        let replies = ask(&wire, number).await.expect("there is a connection");
                        assert_eq!(replies, [Value::Int(number), Value::Int(number + 1)]);
                    }
                });
            }
            while let Some(caller) = callers.join_next().await {
                caller.expect("it has its own replies");
            }
            assert!(wire.is_idle());
        }
    }

    /// Who stops waiting leaves its reply to nobody else.
    #[tokio::test]
    async fn a_caller_that_is_gone_takes_its_reply_along() {
        let wire = wire(64, 16);
        for number in 0..10 {
            let mut gone = Box::pin(ask(&wire, 1_000 + number));
            assert!(
                poll_fn(|context| Poll::Ready(gone.as_mut().poll(context)))
                    .await
                    .is_pending()
            );
            drop(gone);
            let replies = ask(&wire, number).await.expect("there is a connection");
            assert_eq!(replies, [Value::Int(number), Value::Int(number + 1)]);
        }
    }

    #[tokio::test]
    async fn all_who_wait_learn_that_the_connection_has_ended() {
        let (own, theirs) = duplex(64);
        let (wire, driver) = Wire::new(Box::new(own), None);
        let driver = tokio::spawn(driver);
        let mut waiting = JoinSet::new();
        for number in 0..8 {
            let wire = wire.clone();
            waiting.spawn(async move { ask(&wire, number).await });
        }
        tokio::task::yield_now().await;
        drop(theirs);
        while let Some(asked) = waiting.join_next().await {
            let error = asked.expect("it ends").unwrap_err();
            assert!(error.is_io_error(), "{error}");
        }
        driver.await.expect("it ends");
        assert!(wire.is_over() && ask(&wire, 1).await.is_err());
    }

    #[tokio::test]
    async fn a_reply_that_nobody_has_asked_for_ends_the_connection() {
        let (own, mut theirs) = duplex(64);
        let (wire, driver) = Wire::new(Box::new(own), None);
        theirs.write_all(b":1\r\n").await.expect("there is room");
        driver.await;
        assert!(wire.is_over());
    }
}
