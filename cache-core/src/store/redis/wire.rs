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
use tokio::io::AsyncWrite;
use tokio::sync::{Notify, oneshot};

use self::driver::WireDriver;
use super::resp::{self, RespValue};
use crate::clock::{self, Moment};
use crate::store::socket::Stream;
use crate::sync::{AtomicBool, Mutex, Ordering};

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
    /// Apart from what is written: who hands out replies does not wait for the system to take a question.
    waiting: Mutex<WaitingCallers>,
    /// Whether there is something to write for which the connection had no room. Then nobody writes but the task that drives it.
    has_rest: AtomicBool,
    /// Tells that task of it.
    rest: Notify,
}

struct Outgoing {
    stream: Box<dyn AsyncWrite + Send + Unpin>,
    bytes: Vec<u8>,
    written: usize,
}

/// Those who wait, in the order in which they have asked.
#[derive(Default)]
struct WaitingCallers {
    all: VecDeque<PendingReplies>,
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
        stream: Stream,
        pushes: Option<Pushes>,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let Stream { reading, writing } = stream;
        let inner = Arc::new(WireInner {
            outgoing: Mutex::new(Outgoing {
                stream: writing,
                bytes: Vec::new(),
                written: 0,
            }),
            waiting: Mutex::default(),
            has_rest: AtomicBool::new(false),
            rest: Notify::new(),
        });
        let driver = WireDriver::new(inner.clone(), pushes);
        (Self(inner), driver.drive(reading))
    }

    /// Whether nobody waits for a reply, and there is a connection.
    pub(super) fn is_idle(&self) -> bool {
        let waiting = self.0.waiting.lock();
        waiting.all.is_empty() && waiting.over.is_none()
    }

    /// Whether there is no connection any more.
    pub(super) fn is_over(&self) -> bool {
        self.0.waiting.lock().over.is_some()
    }

    /// Sends commands, and returns their replies, errors of the server among them.
    pub(super) async fn ask(
        &self,
        commands: Vec<u8>,
        replies: usize,
    ) -> RedisResult<Vec<RespValue>> {
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
        resp::replies(&bytes, replies)
    }

    /// [`ask`](Self::ask) of a pipeline.
    pub(super) async fn ask_all(&self, pipeline: &Pipeline) -> RedisResult<Vec<Value>> {
        let replies = self.ask(pipeline.get_packed_pipeline(), pipeline.len());
        Ok(replies.await?.into_iter().map(Value::from).collect())
    }
}

impl ConnectionLike for Wire {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut replies = self.ask(command.get_packed_command(), 1).await?;
            Ok(replies.pop().map(Value::from).unwrap_or_default())
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
            let replies = replies.await?.into_iter().skip(offset);
            Ok(replies.map(Value::from).collect())
        })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

impl WireInner {
    fn send(&self, commands: Vec<u8>, asked: PendingReplies) -> RedisResult<()> {
        // Held until all is written or left to the driver: who asks next is also the next to be answered.
        let mut outgoing = self.outgoing.lock();
        {
            let mut waiting = self.waiting.lock();
            if let Some(error) = &waiting.over {
                return Err(error.clone());
            }
            waiting.all.push_back(asked);
        }
        if outgoing.bytes.is_empty() {
            outgoing.bytes = commands;
        } else {
            outgoing.bytes.extend_from_slice(&commands);
        }
        if self.has_rest.load(Ordering::Relaxed) {
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
                self.has_rest.store(true, Ordering::Relaxed);
                drop(outgoing);
                self.rest.notify_one();
            }
        }
        Ok(())
    }

    /// Writes what others have left, as long as there is a connection.
    async fn write_rest(&self) -> io::Error {
        loop {
            // A note of the rest may have been taken by a call that was dropped before it was written.
            if self.has_rest.load(Ordering::Relaxed)
                && let Err(error) = poll_fn(|context| self.poll_rest(context)).await
            {
                return error;
            }
            self.rest.notified().await;
            if self.waiting.lock().over.is_some() {
                return closed();
            }
        }
    }

    fn poll_rest(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut outgoing = self.outgoing.lock();
        ready!(outgoing.poll_write(context))?;
        self.has_rest.store(false, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    /// How many replies one of those wants who wait, by its turn.
    ///
    /// # Errors
    ///
    /// If nobody waits: a reply that nobody has asked for belongs to nobody, and all that follow would go wrong.
    fn wanted_at(&self, turn: usize) -> io::Result<usize> {
        let waiting = self.waiting.lock();
        let asked = waiting.all.get(turn).ok_or_else(closed)?;
        Ok(asked.replies)
    }

    /// Hands replies to those who wait for them, in their order.
    fn deliver(&self, answers: impl Iterator<Item = Bytes>) {
        for bytes in answers {
            let Some(first) = self.waiting.lock().all.pop_front() else {
                return;
            };
            // Who has stopped waiting wants no answer.
            drop(first.answer.send(Ok(bytes)));
        }
    }

    fn is_late(&self) -> bool {
        let waiting = self.waiting.lock();
        let first = waiting.all.front();
        first.is_some_and(|first| clock::now().since(first.since) >= ANSWER)
    }

    /// Tells all who wait, and all who come, that there is no connection any more.
    fn end(&self, error: &RedisError) {
        let all = {
            let mut waiting = self.waiting.lock();
            waiting.over.get_or_insert_with(|| error.clone());
            std::mem::take(&mut waiting.all)
        };
        for asked in all {
            drop(asked.answer.send(Err(error.clone())));
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
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex, split};
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
        let (wire, driver) = Wire::new(Stream::of(own), None);
        tokio::spawn(driver);
        wire
    }

    async fn ask(wire: &Wire, number: i64) -> RedisResult<Vec<RespValue>> {
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
                        assert_eq!(
                            replies,
                            [RespValue::Int(number), RespValue::Int(number + 1)]
                        );
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
            assert_eq!(
                replies,
                [RespValue::Int(number), RespValue::Int(number + 1)]
            );
        }
    }

    #[tokio::test]
    async fn all_who_wait_learn_that_the_connection_has_ended() {
        let (own, theirs) = duplex(64);
        let (wire, driver) = Wire::new(Stream::of(own), None);
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
        let (wire, driver) = Wire::new(Stream::of(own), None);
        theirs.write_all(b":1\r\n").await.expect("there is room");
        driver.await;
        assert!(wire.is_over());
    }
}
