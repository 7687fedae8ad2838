//! What one server is asked in one pipeline, and what it says.

use std::time::Duration;

use redis::cluster_routing::Slot;
use redis::{
    Cmd, ErrorKind, Pipeline, RedisError, RedisResult, ServerError, ServerErrorKind, Value,
};

use super::connection::Connection;
use super::request::spelled_out;
use crate::store::{Found, Written};

/// Commands for one server: `PTTL key` for each key whose life is asked, `MGET keys`, the writes, `UNLINK keys`; and the places
/// of their items in the batch.
///
/// Lives are asked before values, since the two are two steps: if another value is put in between, it seems to end sooner than
/// it does and never later.
pub(super) struct CommandPipeline {
    slot: Option<Slot>,
    pipeline: Pipeline,
    values: Cmd,
    writing: Vec<Cmd>,
    unlink: Cmd,
    /// Each with whether its life is asked.
    reads: Vec<(usize, bool)>,
    writes: Vec<usize>,
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
            pipeline: Pipeline::new(),
            values: redis::cmd("MGET"),
            writing: Vec::new(),
            unlink: redis::cmd("UNLINK"),
            reads: Vec::new(),
            writes: Vec::new(),
            deletes: Vec::new(),
        }
    }

    pub(super) fn read(&mut self, place: usize, key: &[u8], life: bool) {
        if life {
            let mut left = Cmd::with_capacity(2, 4 + key.len());
            left.arg("PTTL").arg(key);
            self.pipeline.add_command(left);
        }
        self.values.arg(key);
        self.reads.push((place, life));
    }

    pub(super) fn write(&mut self, place: usize, command: Cmd) {
        self.writing.push(command);
        self.writes.push(place);
    }

    pub(super) fn delete(&mut self, place: usize, key: &[u8]) {
        self.unlink.arg(key);
        self.deletes.push(place);
    }

    pub(super) async fn go(mut self, connection: &Connection) -> Replies {
        if !self.reads.is_empty() {
            self.pipeline.add_command(std::mem::take(&mut self.values));
        }
        for command in self.writing.drain(..) {
            self.pipeline.add_command(command);
        }
        if !self.deletes.is_empty() {
            self.pipeline.add_command(std::mem::take(&mut self.unlink));
        }
        let replies = match connection.send(self.slot, &self.pipeline).await {
            Ok(replies) => self.send_scripts(replies, connection).await,
            Err(error) => Err(error),
        };
        match replies {
            Ok(replies) => self.understand(replies),
            Err(error) => self.fail(&error),
        }
    }

    /// Sends again, with its script, what the server did not know by the script's hash.
    async fn send_scripts(
        &self,
        mut replies: Vec<Value>,
        connection: &Connection,
    ) -> RedisResult<Vec<Value>> {
        let unknown = |reply: &Value| matches!(reply, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript));
        let unknown: Vec<usize> = (0..replies.len())
            .filter(|at| unknown(&replies[*at]))
            .collect();
        if unknown.is_empty() {
            return Ok(replies);
        }
        let mut again = Pipeline::with_capacity(unknown.len());
        for command in unknown
            .iter()
            .filter_map(|at| self.pipeline.cmd_iter().nth(*at))
        {
            again.add_command(spelled_out(command));
        }
        for (at, reply) in unknown
            .into_iter()
            .zip(connection.send(self.slot, &again).await?)
        {
            replies[at] = reply;
        }
        Ok(replies)
    }

    fn understand(self, replies: Vec<Value>) -> Replies {
        let mut replies = replies.into_iter();
        let asked = self.reads.iter().filter(|(_, life)| *life).count();
        let lives: Vec<Value> = replies.by_ref().take(asked).collect();
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
                Some(Value::Int(ENDLESS))
            };
            (place, value.and_then(|value| found_of(value, left)))
        });
        let read = read.collect();
        let written = replies.by_ref().take(self.writes.len()).map(written_of);
        let written = self.writes.into_iter().zip(written).collect();
        let deleted = match replies.next() {
            Some(Value::Int(_)) => Ok(()),
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
fn values(reply: Option<Value>, count: usize) -> Vec<RedisResult<Value>> {
    match reply {
        Some(Value::Array(values)) if values.len() == count => values.into_iter().map(Ok).collect(),
        reply => vec![Err(unexpected(reply)); count],
    }
}

/// A value and its life. One that had gone when its life was asked has gone.
fn found_of(value: Value, life: Option<Value>) -> RedisResult<Option<Found>> {
    let left = match life {
        Some(Value::Int(ENDLESS)) => None,
        Some(Value::Int(-2)) => return Ok(None),
        Some(Value::Int(left)) => Some(Duration::from_millis(u64::try_from(left).unwrap_or(0))),
        reply => return Err(unexpected(reply)),
    };
    match value {
        Value::BulkString(value) => Ok(Some(Found { value, left })),
        Value::Nil => Ok(None),
        reply => Err(unexpected(Some(reply))),
    }
}

fn written_of(reply: Value) -> RedisResult<Written> {
    match reply {
        Value::Okay => Ok(Written::Yes),
        Value::Nil => Ok(Written::No),
        Value::ServerError(error) if is_full(&error) => Ok(Written::TooLarge),
        reply => Err(unexpected(Some(reply))),
    }
}

/// Whether the server has no memory left. In a script, older servers give the error in the text of another.
fn is_full(error: &ServerError) -> bool {
    error.code() == "OOM" || error.details().is_some_and(|text| text.contains("-OOM "))
}

fn unexpected(reply: Option<Value>) -> RedisError {
    match reply {
        Some(Value::ServerError(error)) => error.into(),
        _ => (
            ErrorKind::UnexpectedReturnType,
            "the server gave another answer than was asked for",
        )
            .into(),
    }
}
