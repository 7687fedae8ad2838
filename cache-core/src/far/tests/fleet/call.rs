//! What one caller asks of a store, in commands, and what it is answered.

use std::time::Duration;

use super::server::{Command, PlainWrite, Reply};
use super::state::Micros;
use crate::store::{Answer, Found, Put, When, Written};
use crate::sync::AtomicBool;
use crate::wait::WaitCell;

/// What one caller asks.
pub(super) struct Call {
    pub(super) reads: Vec<Vec<u8>>,
    pub(super) lives: bool,
    pub(super) writes: Vec<(Vec<u8>, Command)>,
    pub(super) deletes: Vec<Vec<u8>>,
    pub(super) answer: WaitCell<Option<Outcome>>,
    pub(super) is_abandoned: AtomicBool,
}

pub(super) type Outcome = std::result::Result<Answered, &'static str>;

pub(super) struct Answered {
    pub(super) incarnation: u64,
    pub(super) found: Vec<Option<Found>>,
    pub(super) written: Vec<Written>,
}

impl Call {
    pub(super) fn new() -> Self {
        Self {
            reads: Vec::new(),
            lives: false,
            writes: Vec::new(),
            deletes: Vec::new(),
            answer: WaitCell::new(None),
            is_abandoned: AtomicBool::new(false),
        }
    }

    pub(super) fn reading(self, keys: &[&[u8]], lives: bool) -> Self {
        let reads = keys.iter().map(|key| key.to_vec()).collect();
        Self {
            reads,
            lives,
            ..self
        }
    }

    pub(super) fn writing(self, puts: &[Put<'_>]) -> Self {
        let writes = puts.iter().map(|put| (put.key.to_vec(), command_of(put)));
        let writes = writes.collect();
        Self { writes, ..self }
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.writes.is_empty() && self.deletes.is_empty()
    }

    pub(super) fn asks(&self) -> Vec<Command> {
        let lives = self.reads.iter().filter(|_| self.lives);
        let mut asks: Vec<Command> = lives.cloned().map(Command::Pttl).collect();
        if !self.reads.is_empty() {
            asks.push(Command::Mget(self.reads.clone()));
        }
        asks
    }

    pub(super) fn understand(
        &self,
        incarnation: u64,
        asked: Vec<Reply>,
        written: Vec<Reply>,
    ) -> Outcome {
        let mut asked = asked.into_iter();
        let lives = if self.lives { self.reads.len() } else { 0 };
        let lives: Vec<Reply> = asked.by_ref().take(lives).collect();
        let values = match (self.reads.len(), asked.next()) {
            (0, _) => Vec::new(),
            (_, Some(Reply::Values(values))) => values,
            _ => return Err("another answer"),
        };
        let mut lives = lives.into_iter();
        let found = values.into_iter().map(|value| {
            let left = match lives.next() {
                Some(Reply::Number(-2)) => return None,
                Some(Reply::Number(left)) if left >= 0 => {
                    Some(Duration::from_millis(u64::try_from(left).unwrap()))
                }
                _ => None,
            };
            value.map(|value| Found {
                value: value.into(),
                left,
            })
        });
        let found = found.collect();
        let written = written.into_iter().map(|reply| match reply {
            Reply::Done => Ok(Written::Yes),
            Reply::Nil => Ok(Written::No),
            Reply::Full => Ok(Written::TooLarge),
            _ => Err("refused"),
        });
        Ok(Answered {
            incarnation,
            found,
            written: written.collect::<std::result::Result<_, _>>()?,
        })
    }
}

fn command_of(put: &Put<'_>) -> Command {
    let life = put.ttl.map(|ttl| {
        let milliseconds = ttl.as_nanos().div_ceil(1_000_000).clamp(1, 1 << 50);
        Micros::try_from(milliseconds).unwrap() * 1_000
    });
    let write = PlainWrite {
        key: put.key.to_vec(),
        value: put.value.to_vec(),
        life,
        if_absent: put.when == When::Absent,
    };
    match put.when {
        When::Always | When::Absent => Command::Set(write),
        When::Is(token) => Command::WriteIf(token, write, true),
    }
}

impl Answered {
    pub(super) fn into_answer(self) -> Answer {
        Answer {
            incarnation: self.incarnation,
            found: self.found,
        }
    }
}
