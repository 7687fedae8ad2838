//! The task that reads a connection.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use redis::{PushInfo, PushKind, RedisResult, Value, parse_redis_value};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{Pushes, WireInner, closed};
use crate::store::redis::resp::{self, ReplyScan};

/// How often it is looked whether an answer is late.
const LOOK: Duration = Duration::from_secs(1);

/// How much room there is for what is read at once: at the least, and at the most before it has come.
const CHUNK: usize = 16 << 10;
const LARGE: usize = 1 << 20;
/// And how much is taken before it has come because as much came before.
const USUAL: usize = 64 << 10;

type ReadSide = Box<dyn AsyncRead + Send + Unpin>;

/// Drives a connection, and ends it when it is dropped.
pub(super) struct WireDriver {
    inner: Arc<WireInner>,
    pushes: Option<Pushes>,
    /// What has come and was not handed out.
    bytes: BytesMut,
    /// How many of these bytes are replies for the first of those who wait, and how many replies they are.
    whole: usize,
    replies: usize,
    /// Of the reply behind these.
    scan: ReplyScan,
    /// How many bytes were handed out last: as many will come again.
    usual: usize,
}

impl WireDriver {
    pub(super) fn new(inner: Arc<WireInner>, pushes: Option<Pushes>) -> Self {
        Self {
            inner,
            pushes,
            bytes: BytesMut::new(),
            whole: 0,
            replies: 0,
            scan: ReplyScan::default(),
            usual: 0,
        }
    }

    pub(super) async fn drive(mut self, mut reading: ReadSide) {
        let error = match self.read(&mut reading).await {
            Ok(()) => closed().into(),
            Err(error) => error,
        };
        self.inner.end(&error);
    }

    async fn read(&mut self, reading: &mut ReadSide) -> RedisResult<()> {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut missing = 0;
        loop {
            let usual = self.usual.min(USUAL);
            self.bytes.reserve(missing.max(usual).clamp(CHUNK, LARGE));
            let more = more(&self.inner, reading, &mut self.bytes, &mut looks);
            if more.await? == 0 {
                return Ok(());
            }
            missing = self.understand()?;
        }
    }

    /// Hands out the replies that are there, and says how many bytes the next one lacks at the least.
    fn understand(&mut self) -> RedisResult<usize> {
        let mut ends = Vec::new();
        let (mut begin, mut wanted) = (0, None);
        let missing = loop {
            let rest = &self.bytes[begin + self.whole..];
            let length = match self.scan.length(rest)? {
                Ok(length) => length,
                Err(missing) => break missing,
            };
            self.whole += length;
            if resp::is_push(rest) {
                // It is heard before the replies that come behind it, and stays among them.
                if let Value::Push { kind, data } = parse_redis_value(&rest[..length])? {
                    self.hear(PushInfo { kind, data });
                }
                continue;
            }
            self.replies += 1;
            let wanted_now = match wanted {
                Some(wanted) => wanted,
                None => self.inner.wanted_at(ends.len())?,
            };
            wanted = Some(wanted_now);
            if self.replies == wanted_now {
                begin += self.whole;
                ends.push(begin);
                (self.whole, self.replies, wanted) = (0, 0, None);
            }
        };
        if begin > 0 {
            self.usual = begin;
            let all = self.bytes.split_to(begin).freeze();
            let begins = std::iter::once(0).chain(ends.iter().copied());
            let answers = begins.zip(&ends);
            self.inner
                .deliver(answers.map(|(begin, end)| all.slice(begin..*end)));
            if begin > LARGE {
                // What is left would hold on to the memory of all.
                self.bytes = BytesMut::from(&self.bytes[..]);
            }
        }
        Ok(missing)
    }

    fn hear(&self, push: PushInfo) {
        if let Some(pushes) = &self.pushes {
            pushes(push);
        }
    }
}

/// Waits for bytes, and meanwhile writes what others have left.
async fn more(
    inner: &WireInner,
    reading: &mut ReadSide,
    bytes: &mut BytesMut,
    looks: &mut Interval,
) -> io::Result<usize> {
    let mut read = pin!(reading.read_buf(bytes));
    let mut rest = pin!(inner.write_rest());
    let more = poll_fn(|context| {
        if let Poll::Ready(error) = rest.as_mut().poll(context) {
            return Poll::Ready(Err(error));
        }
        if let Poll::Ready(read) = read.as_mut().poll(context) {
            return Poll::Ready(read);
        }
        while looks.poll_tick(context).is_ready() {
            if inner.is_late() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        Poll::Pending
    });
    more.await
}

impl Drop for WireDriver {
    fn drop(&mut self) {
        self.inner.end(&closed().into());
        self.hear(PushInfo {
            kind: PushKind::Disconnection,
            data: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;
    use tokio::sync::oneshot;

    use super::*;
    use crate::clock;
    use crate::store::redis::wire::{PendingReplies, Stream, Wire};

    /// Those who ask over a connection, who reads it, and what keeps it open.
    fn driver() -> (Wire, WireDriver, impl Sized) {
        let (own, theirs) = duplex(64);
        let (wire, never_run) = Wire::new(Stream::of(own), None);
        let driver = WireDriver::new(wire.0.clone(), None);
        (wire, driver, (theirs, never_run))
    }

    fn ask(wire: &Wire) -> oneshot::Receiver<RedisResult<bytes::Bytes>> {
        let (answer, asked) = oneshot::channel();
        let since = clock::now();
        let waiting = PendingReplies {
            replies: 1,
            since,
            answer,
        };
        wire.0.send(b"x".to_vec(), waiting).expect("it is open");
        asked
    }

    fn text(length: usize) -> Vec<u8> {
        [
            format!("${length}\r\n").as_bytes(),
            &vec![b'x'; length],
            b"\r\n",
        ]
        .concat()
    }

    /// Who has its reply alone decides how long the memory lasts.
    #[test]
    fn the_memory_of_a_large_reply_is_given_back_with_it() {
        let (wire, mut driver, _open) = driver();
        for (length, is_shared) in [(LARGE / 2, true), (LARGE + 1, false)] {
            let mut reply = ask(&wire);
            let whole = text(length);
            // With the beginning of the next one.
            driver.bytes = BytesMut::from(&[&whole[..], b"$1000\r\n"].concat()[..]);
            assert!(driver.understand().expect("it is a reply") > 0);
            let bytes = reply.try_recv().expect("it is there").expect("it is one");
            assert_eq!(bytes, whole);
            assert_eq!(driver.bytes, b"$1000\r\n"[..]);
            assert_eq!(bytes.is_unique(), !is_shared, "{length}");
        }
    }
}
