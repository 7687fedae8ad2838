//! What callers hand to the dispatcher.

use std::time::Duration;

use redis::{Cmd, Script};
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::store::{Answer, Put, When, Written};

/// The longest life that is sent, in milliseconds: some 285,000 years. A server adds it to its clock, and refuses a sum that
/// does not fit.
const LONGEST: u64 = 1 << 53;

/// Writes if what is there begins with the token. `pcall`, so that what is no string is just another beginning.
///
/// It reads the key once more at the end: a write ends what a server tells the writer of the key, and a read begins it again.
/// In one step, so that no change of another falls between the two.
const WRITE_IF: &str = "if redis.pcall('GETRANGE', KEYS[1], 0, 15) ~= ARGV[1] then return false end \
    local written = redis.call('SET', KEYS[1], ARGV[2], unpack(ARGV, 3)) \
    redis.call('PTTL', KEYS[1]) \
    return written";

/// A call of the store.
pub(super) enum RedisRequest {
    Get(PendingCall<RedisRead, Answer>),
    Put(PendingCall<Vec<RedisWrite>, Vec<Written>>),
    GetAndPut(
        PendingCall<RedisRead, Answer>,
        PendingCall<Vec<RedisWrite>, Vec<Written>>,
    ),
    Delete(PendingCall<Keys, ()>),
}

/// Keys, each behind its length: they go to the connection's thread, and come back from there, in one piece.
#[derive(Default)]
pub(super) struct Keys(Vec<u8>);

impl Keys {
    pub(super) fn of(keys: &[&[u8]]) -> Self {
        let length = keys.iter().map(|key| LENGTH + key.len()).sum();
        let mut all = Self(Vec::with_capacity(length));
        for key in keys {
            all.push(key);
        }
        all
    }

    pub(super) fn push(&mut self, key: &[u8]) {
        self.0.extend_from_slice(&key.len().to_ne_bytes());
        self.0.extend_from_slice(key);
    }

    /// How many bytes they take, with their lengths.
    pub(super) fn length(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (length, others) = rest.split_first_chunk()?;
            let (key, others) = others.split_at_checked(usize::from_ne_bytes(*length))?;
            rest = others;
            Some(key)
        })
    }
}

const LENGTH: usize = size_of::<usize>();

/// Keys that are read.
pub(super) struct RedisRead {
    pub(super) keys: Keys,
    /// Whether it matters how long their values will be there.
    pub(super) lives: bool,
}

/// What one caller asks, and where it waits for the reply.
pub(super) struct PendingCall<I, O> {
    pub(super) items: I,
    reply: oneshot::Sender<RedisReply<I, O>>,
}

/// An answer, and what it was asked with: memory is given back by the thread that took it, which is where its allocator has
/// it at hand.
pub(super) struct RedisReply<I, O> {
    pub(super) answer: Result<O>,
    _items: I,
}

impl<I, O> PendingCall<I, O> {
    pub(super) fn new(items: I, reply: oneshot::Sender<RedisReply<I, O>>) -> Self {
        Self { items, reply }
    }

    /// Whether nobody waits any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    pub(super) fn answer(self, answer: redis::RedisResult<O>) {
        // Who has stopped waiting wants no answer.
        drop(self.reply.send(RedisReply {
            answer: answer.map_err(Error::store),
            _items: self.items,
        }));
    }
}

/// A value on its way: the command that writes it, made by the caller so that its bytes are copied once and on the caller's
/// thread.
pub(super) struct RedisWrite {
    pub(super) key: Vec<u8>,
    pub(super) command: Cmd,
    /// Whether it is a plain write, after which the server tells of no change of the key.
    pub(super) is_plain: bool,
}

impl RedisWrite {
    pub(super) fn of(put: &Put<'_>, write_if: &Script) -> Self {
        let mut command = Cmd::with_capacity(8, put.key.len() + put.value.len() + 96);
        match put.when {
            When::Always | When::Absent => command.arg("SET").arg(put.key).arg(put.value),
            When::Is(token) => command
                .arg("EVALSHA")
                .arg(write_if.get_hash())
                .arg(1)
                .arg(put.key)
                .arg(&token.0)
                .arg(put.value),
        };
        if let Some(ttl) = put.ttl {
            command.arg("PX").arg(milliseconds(ttl));
        }
        if put.when == When::Absent {
            command.arg("NX");
        }
        Self {
            key: put.key.to_vec(),
            command,
            is_plain: !matches!(put.when, When::Is(_)),
        }
    }
}

/// The script of [`When::Is`].
pub(super) fn write_if() -> Script {
    Script::new(WRITE_IF)
}

/// The same command for a server that does not know the script yet: with the script instead of its hash.
pub(super) fn spelled_out(command: &Cmd) -> Cmd {
    let mut whole = redis::cmd("EVAL");
    whole.arg(WRITE_IF);
    for arg in command.args_iter().skip(2) {
        if let redis::Arg::Simple(bytes) = arg {
            whole.arg(bytes);
        }
    }
    whole
}

/// Rounded up, as a life of zero is refused.
fn milliseconds(ttl: Duration) -> u64 {
    let whole = ttl.as_nanos().div_ceil(1_000_000);
    u64::try_from(whole).unwrap_or(LONGEST).clamp(1, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_rounded_up_and_fit_the_server() {
        assert_eq!(milliseconds(Duration::from_nanos(1)), 1);
        assert_eq!(milliseconds(Duration::from_micros(1001)), 2);
        assert_eq!(milliseconds(Duration::from_secs(5)), 5000);
        assert_eq!(milliseconds(Duration::MAX), LONGEST);
    }
}
