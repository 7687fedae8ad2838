//! What one server says to the commands of one pipeline.

use std::time::Duration;

use redis::{Cmd, ErrorKind, RedisError, RedisResult, ServerError, ServerErrorKind, Value};

use super::commands::CommandPipeline;
use super::connection::Connection;
use super::request::spelled_out;
use super::resp::RespValue;
use crate::store::{Found, Written};

/// What came back from a trip, each with its place.
pub(super) struct Replies {
    pub(super) read: Vec<(usize, RedisResult<Option<Found>>)>,
    pub(super) written: Vec<(usize, RedisResult<Written>)>,
    pub(super) deleted: Vec<(usize, RedisResult<()>)>,
}

impl CommandPipeline {
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

    /// Sends again, with its script, what the server did not know by the script's hash.
    async fn send_scripts(
        &self,
        mut replies: Vec<RespValue>,
        connection: &Connection,
    ) -> RedisResult<Vec<RespValue>> {
        let unknown = |reply: &RespValue| matches!(reply, RespValue::Other(Value::ServerError(error)) if error.kind() == Some(ServerErrorKind::NoScript));
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

    fn understand(self, replies: Vec<RespValue>) -> Replies {
        let mut replies = replies.into_iter();
        let asked = self.lives().count();
        let lives: Vec<RespValue> = replies.by_ref().take(asked).collect();
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
                Some(RespValue::Int(ENDLESS))
            };
            (place, value.and_then(|value| found_of(value, left)))
        });
        let read = read.collect();
        let written = replies.by_ref().take(self.writes.len()).map(written_of);
        let written = self.writes.into_iter().zip(written).collect();
        let deleted = match replies.next() {
            Some(RespValue::Int(_)) => Ok(()),
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
fn values(reply: Option<RespValue>, count: usize) -> Vec<RedisResult<RespValue>> {
    match reply {
        Some(RespValue::List(values)) if values.len() == count => {
            values.into_iter().map(Ok).collect()
        }
        reply => vec![Err(unexpected(reply)); count],
    }
}

/// A value and its life. One that had gone when its life was asked has gone.
fn found_of(value: RespValue, life: Option<RespValue>) -> RedisResult<Option<Found>> {
    let left = match life {
        Some(RespValue::Int(ENDLESS)) => None,
        Some(RespValue::Int(-2)) => return Ok(None),
        Some(RespValue::Int(left)) => Some(Duration::from_millis(u64::try_from(left).unwrap_or(0))),
        reply => return Err(unexpected(reply)),
    };
    match value {
        RespValue::Text(value) => Ok(Some(Found { value, left })),
        RespValue::Nil => Ok(None),
        reply => Err(unexpected(Some(reply))),
    }
}

fn written_of(reply: RespValue) -> RedisResult<Written> {
    match reply {
        RespValue::Okay => Ok(Written::Yes),
        RespValue::Nil => Ok(Written::No),
        RespValue::Other(Value::ServerError(error)) if is_full(&error) => Ok(Written::TooLarge),
        reply => Err(unexpected(Some(reply))),
    }
}

/// Whether the server has no memory left. In a script, older servers give the error in the text of another.
fn is_full(error: &ServerError) -> bool {
    error.code() == "OOM" || error.details().is_some_and(|text| text.contains("-OOM "))
}

fn unexpected(reply: Option<RespValue>) -> RedisError {
    match reply {
        Some(RespValue::Other(Value::ServerError(error))) => error.into(),
        _ => (
            ErrorKind::UnexpectedReturnType,
            "the server gave another answer than was asked for",
        )
            .into(),
    }
}
