//! What one server is asked in one pipeline, and what it says.

use std::time::Duration;

use redis::cluster_routing::Slot;
use redis::{
    Cmd, ErrorKind, Pipeline, RedisError, RedisResult, ServerError, ServerErrorKind, Value,
};

use super::connection::Connection;
use super::request::{Keys, spelled_out};
use super::resp::{Reply, write_command};
use crate::store::{Found, Written};

/// Commands for one server: `PTTL key` for each key whose life is asked, `MGET keys`, the writes, `UNLINK keys`; and the places
/// of their items in the batch.
///
/// Lives are asked before values, since the two are two steps: if another value is put in between, it seems to end sooner than
/// it does and never later.
pub(super) struct CommandPipeline {
    pub(super) slot: Option<Slot>,
    read_keys: Keys,
    /// Each with whether its life is asked.
    reads: Vec<(usize, bool)>,
    writing: Vec<Cmd>,
    writes: Vec<usize>,
    deleted_keys: Keys,
    deletes: Vec<usize>,
}

/// What came back from a trip, each with its place.
pub(super) struct Replies {
    pub(super) read: Vec<(usize, RedisResult<Option<Found>>)>,
    pub(super) written: Vec<(usize, RedisResult<Written>)>,
    pub(super) deleted: Vec<(usize, RedisResult<()>)>,
}

impl CommandPipeline {
    pub(super) fn to(slot: Option<Slot>) -> Self {
        Self {
            slot,
            read_keys: Keys::default(),
            reads: Vec::new(),
            writing: Vec::new(),
            writes: Vec::new(),
            deleted_keys: Keys::default(),
            deletes: Vec::new(),
        }
    }

    pub(super) fn read(&mut self, place: usize, key: &[u8], life: bool) {
        self.read_keys.push(key);
        self.reads.push((place, life));
    }

    pub(super) fn write(&mut self, place: usize, command: Cmd) {
        self.writing.push(command);
        self.writes.push(place);
    }

    pub(super) fn delete(&mut self, place: usize, key: &[u8]) {
        self.deleted_keys.push(key);
        self.deletes.push(place);
    }

    pub(super) async fn go(self, connection: &Connection) -> Replies {
        let replies = match connection.send(&self).await {
            Ok(replies) => self.send_scripts(replies, connection).await,
            Err(error) => Err(error),
        };
        match replies {
            Ok(replies) => self.understand(replies),
            Err(error) => self.fail(&error),
        }
    }

    /// The keys whose lives are asked.
    fn lives(&self) -> impl Iterator<Item = &[u8]> {
        let asked = self.reads.iter().zip(self.read_keys.iter());
        asked.filter_map(|((_, life), key)| life.then_some(key))
    }

    /// How many commands there are.
    pub(super) fn count(&self) -> usize {
        let lists = usize::from(!self.reads.is_empty()) + usize::from(!self.deletes.is_empty());
        self.lives().count() + self.writing.len() + lists
    }

    /// The commands, as a server reads them.
    pub(super) fn packed(&self) -> Vec<u8> {
        let keys = self.read_keys.length() + self.deleted_keys.length();
        let mut out = Vec::with_capacity(64 + 2 * keys);
        for key in self.lives() {
            write_command(&mut out, "PTTL", 1, std::iter::once(key));
        }
        if !self.reads.is_empty() {
            write_command(&mut out, "MGET", self.reads.len(), self.read_keys.iter());
        }
        for command in &self.writing {
            command.write_packed_command(&mut out);
        }
        if !self.deletes.is_empty() {
            let keys = self.deleted_keys.iter();
            write_command(&mut out, "UNLINK", self.deletes.len(), keys);
        }
        out
    }

    /// The same commands, for the client of a cluster.
    pub(super) fn pipeline(&self) -> Pipeline {
        let mut pipeline = Pipeline::new();
        for key in self.lives() {
            pipeline.cmd("PTTL").arg(key);
        }
        if !self.reads.is_empty() {
            let keys: Vec<&[u8]> = self.read_keys.iter().collect();
            pipeline.cmd("MGET").arg(keys);
        }
        for command in &self.writing {
            pipeline.add_command(command.clone());
        }
        if !self.deletes.is_empty() {
            let keys: Vec<&[u8]> = self.deleted_keys.iter().collect();
            pipeline.cmd("UNLINK").arg(keys);
        }
        pipeline
    }

    /// Sends again, with its script, what the server did not know by the script's hash.
    async fn send_scripts(
        &self,
        mut replies: Vec<Reply>,
        connection: &Connection,
    ) -> RedisResult<Vec<Reply>> {
        let unknown = |reply: &Reply| matches!(reply, Reply::Other(Value::ServerError(error)) if error.kind() == Some(ServerErrorKind::NoScript));
        let first = self.lives().count() + usize::from(!self.reads.is_empty());
        let written = replies.iter().skip(first).zip(&self.writing);
        let unknown: Vec<(usize, Cmd)> = written
            .enumerate()
            .filter(|(_, (reply, _))| unknown(reply))
            .map(|(at, (_, command))| (at, spelled_out(command)))
            .collect();
        if unknown.is_empty() {
            return Ok(replies);
        }
        let mut again = Self::to(self.slot);
        for (at, command) in unknown {
            again.write(first + at, command);
        }
        for (at, reply) in again.writes.iter().zip(connection.send(&again).await?) {
            replies[*at] = reply;
        }
        Ok(replies)
    }

    fn understand(self, replies: Vec<Reply>) -> Replies {
        let mut replies = replies.into_iter();
        let asked = self.lives().count();
        let lives: Vec<Reply> = replies.by_ref().take(asked).collect();
        let mut lives = lives.into_iter();
        let values = if self.reads.is_empty() {
            Vec::new()
        } else {
            values(replies.next(), self.reads.len())
        };
        let read = self.reads.into_iter().zip(values);
        let read = read.map(|((place, life), value)| {
            let left = if life {
                lives.next()
            } else {
                Some(Reply::Int(ENDLESS))
            };
            (place, value.and_then(|value| found_of(value, left)))
        });
        let read = read.collect();
        let written = replies.by_ref().take(self.writes.len()).map(written_of);
        let written = self.writes.into_iter().zip(written).collect();
        let deleted = match replies.next() {
            Some(Reply::Int(_)) => Ok(()),
            reply => Err(unexpected(reply)),
        };
        let deleted = self
            .deletes
            .into_iter()
            .map(|place| (place, deleted.clone()))
            .collect();
        Replies {
            read,
            written,
            deleted,
        }
    }

    fn fail(self, error: &RedisError) -> Replies {
        let all = |places: Vec<usize>| places.into_iter();
        Replies {
            read: all(self.reads.iter().map(|(place, _)| *place).collect())
                .map(|place| (place, Err(error.clone())))
                .collect(),
            written: all(self.writes)
                .map(|place| (place, Err(error.clone())))
                .collect(),
            deleted: all(self.deletes)
                .map(|place| (place, Err(error.clone())))
                .collect(),
        }
    }
}

/// What `PTTL` says of a key that does not expire.
const ENDLESS: i64 = -1;

/// The values of `MGET`, or its error for each of them.
fn values(reply: Option<Reply>, count: usize) -> Vec<RedisResult<Reply>> {
    match reply {
        Some(Reply::List(values)) if values.len() == count => values.into_iter().map(Ok).collect(),
        reply => vec![Err(unexpected(reply)); count],
    }
}

/// A value and its life. One that had gone when its life was asked has gone.
fn found_of(value: Reply, life: Option<Reply>) -> RedisResult<Option<Found>> {
    let left = match life {
        Some(Reply::Int(ENDLESS)) => None,
        Some(Reply::Int(-2)) => return Ok(None),
        Some(Reply::Int(left)) => Some(Duration::from_millis(u64::try_from(left).unwrap_or(0))),
        reply => return Err(unexpected(reply)),
    };
    match value {
        Reply::Text(value) => Ok(Some(Found { value, left })),
        Reply::Nil => Ok(None),
        reply => Err(unexpected(Some(reply))),
    }
}

fn written_of(reply: Reply) -> RedisResult<Written> {
    match reply {
        Reply::Okay => Ok(Written::Yes),
        Reply::Nil => Ok(Written::No),
        Reply::Other(Value::ServerError(error)) if is_full(&error) => Ok(Written::TooLarge),
        reply => Err(unexpected(Some(reply))),
    }
}

/// Whether the server has no memory left. In a script, older servers give the error in the text of another.
fn is_full(error: &ServerError) -> bool {
    error.code() == "OOM" || error.details().is_some_and(|text| text.contains("-OOM "))
}

fn unexpected(reply: Option<Reply>) -> RedisError {
    match reply {
        Some(Reply::Other(Value::ServerError(error))) => error.into(),
        _ => (
            ErrorKind::UnexpectedReturnType,
            "the server gave another answer than was asked for",
        )
            .into(),
    }
}
