//! What callers ask, and what can come of it for all who ask together.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::KEY;
use super::driver::{RowWrite, is_full};
use super::queue::Weighed;
use crate::error::{Error, Result};
use crate::store::{Answer, Written, fitting};

/// How long a call may take: longer than anybody waits, and a server that never answers holds no connection for ever.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

/// Keys to be read.
#[derive(Debug)]
pub(super) struct SqlRead {
    pub(super) keys: Vec<Vec<u8>>,
    pub(super) reply: oneshot::Sender<Result<Answer>>,
}

/// Something to be changed.
#[derive(Debug)]
pub(super) enum SqlWrite {
    Put(Vec<RowWrite>, oneshot::Sender<Result<Vec<Written>>>),
    Delete(Vec<Vec<u8>>, oneshot::Sender<Result<()>>),
}

impl Weighed for SqlRead {
    fn bytes(&self) -> usize {
        self.keys.iter().map(Vec::len).sum()
    }
}

impl Weighed for SqlWrite {
    fn bytes(&self) -> usize {
        match self {
            Self::Put(rows, _) => rows.iter().map(|row| row.key.len() + row.value.len()).sum(),
            Self::Delete(keys, _) => keys.iter().map(Vec::len).sum(),
        }
    }
}

/// Keys that the widest column takes.
pub(super) fn fitted(keys: &[&[u8]]) -> Vec<Vec<u8>> {
    let keys = keys.iter().map(|key| fitting(key, KEY).into_owned());
    keys.collect()
}

/// Why none of those who asked together have an answer.
#[derive(Clone, Debug)]
pub(super) enum SqlFault {
    TimedOut,
    Failed(Arc<sqlx::Error>),
}

impl SqlFault {
    pub(super) fn is_full(&self) -> bool {
        matches!(self, Self::Failed(error) if is_full(error))
    }

    /// For one of those who asked.
    pub(super) fn error(&self) -> Error {
        match self {
            Self::TimedOut => Error::timed_out_after(LIMIT, None),
            Self::Failed(error) => Error::store(error.clone()),
        }
    }

    /// What became of the rows of a put, where nothing is known of some of them.
    pub(super) fn told(&self, known: &[Option<Written>]) -> Result<Vec<Written>> {
        let otherwise = self.is_full().then_some(Written::TooLarge);
        let told = known.iter().map(|known| known.or(otherwise));
        told.collect::<Option<_>>().ok_or_else(|| self.error())
    }
}

impl From<sqlx::Error> for SqlFault {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(Arc::new(error))
    }
}
