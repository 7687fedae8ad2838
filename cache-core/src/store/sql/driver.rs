//! What a kind of database is asked for, in its own words.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use super::KEY;
use crate::store::{Found, Put, When, Written, fitting};

/// One kind of database. Its clock alone says what has expired, and each call is one statement wherever the database can
/// answer truthfully in one.
pub(super) trait Driver: Debug + Send + Sync + 'static {
    /// Makes the table, if there is none that can be read. Whoever does so at the same time does not fail, nor do we.
    fn create(&self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Whether what was made is where others find it, as far as that can be told without asking the database.
    fn is_there(&self) -> bool {
        true
    }

    /// The rows that are there and have not expired. The keys differ.
    fn get(&self, keys: &[Vec<u8>]) -> impl Future<Output = sqlx::Result<Vec<RowRead>>> + Send;

    /// Writes groups one after the other, and says of each row of those that it has `written` what became of it.
    fn put(
        &self,
        groups: &[Vec<RowWrite>],
        written: &mut Vec<Vec<Written>>,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Whether only one connection at a time can write.
    fn writes_alone(&self) -> bool {
        false
    }

    /// Whether there is a connection more to read than the queue of calls uses, for a caller that is alone.
    #[cfg(feature = "sqlite")]
    fn has_spare_reader(&self) -> bool {
        false
    }

    /// Removes rows. The keys differ.
    fn delete(&self, keys: &[Vec<u8>]) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Removes up to `most` rows, and says how many.
    fn remove(&self, which: Which, most: u64) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// How many rows there are.
    fn count(&self) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// How many bytes a value may have.
    fn largest(&self) -> usize;

    /// What its connections are busy with before they can be used.
    fn doing(&self) -> Option<String>;
}

/// A row that was read.
pub(super) struct RowRead {
    pub(super) key: Vec<u8>,
    pub(super) found: Found,
}

/// A row to be written. In a group all keys differ and all conditions are of one kind.
#[derive(Debug)]
pub(super) struct RowWrite {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
    /// Milliseconds.
    pub(super) ttl: Option<i64>,
    pub(super) when: When,
}

/// A thousand years: longer lives would not fit beside the time of day.
const LONGEST: Duration = Duration::from_secs(1_000 * 365 * 86_400);

impl RowWrite {
    pub(super) fn new(put: &Put<'_>) -> Self {
        Self {
            key: fitting(put.key, KEY).into_owned(),
            value: put.value.to_vec(),
            ttl: put.ttl.map(milliseconds),
            when: put.when,
        }
    }

    /// The token that must be there.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn token(&self) -> Option<Vec<u8>> {
        match self.when {
            When::Is(token) => Some(token.0.to_vec()),
            When::Always | When::Absent => None,
        }
    }
}

/// Rounded up.
fn milliseconds(ttl: Duration) -> i64 {
    let ttl = ttl.min(LONGEST);
    i64::try_from(ttl.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

/// Rows that a sweep removes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// Those that have expired.
    Expired,
    /// Those that will expire, the nearest to it first.
    Soonest,
    /// Those that will not expire.
    Lasting,
}

impl Which {
    /// As a condition, and an order where there is one.
    pub(super) fn clause(self, now: &str) -> String {
        match self {
            Self::Expired => format!("expires_at <= {now} ORDER BY expires_at"),
            Self::Soonest => "expires_at IS NOT NULL ORDER BY expires_at".to_owned(),
            Self::Lasting => "expires_at IS NULL".to_owned(),
        }
    }
}

/// How often a statement is repeated that the database has undone because another was in its way.
const TRIES: usize = 8;

/// Counts the repetitions of a statement.
#[derive(Default)]
pub(super) struct Tries(usize);

impl Tries {
    /// Whether this error means that nothing happened and that the same may pass now.
    pub(super) fn again<T>(&mut self, done: &sqlx::Result<T>) -> bool {
        let Err(error) = done else { return false };
        self.0 += 1;
        self.0 < TRIES && in_the_way(error)
    }
}

/// A deadlock or a failed serialisation of `PostgreSQL` (class 40) or `MySQL` (its SQL state is the same; 1205 is its wait for a
/// lock), or a file that others kept locked (5, 6 and their extended codes) of `SQLite`.
fn in_the_way(error: &sqlx::Error) -> bool {
    let Some(code) = code(error) else {
        return false;
    };
    let locked = |code: &str| {
        code.parse::<u32>()
            .is_ok_and(|code| matches!(code & 0xff, 5 | 6) && code < 1_000)
    };
    matches!(code.as_str(), "40001" | "40P01") || number(error) == Some(1205) || locked(&code)
}

/// Whether the database has no room for what it was given.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    let of_mysql = matches!(number(error), Some(1021 | 1114 | 1118 | 1153));
    // SQLite: full, too big. PostgreSQL: disk full, a limit of the program.
    of_mysql
        || matches!(
            code(error).as_deref(),
            Some("13" | "18" | "53100" | "54000")
        )
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// The number of an error of `MySQL`, whose SQL states are too coarse.
fn number(error: &sqlx::Error) -> Option<u16> {
    #[cfg(feature = "mysql")]
    {
        let error = error.as_database_error()?;
        let error = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
        Some(error.number())
    }
    #[cfg(not(feature = "mysql"))]
    {
        let _ = error;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_rounded_up_and_never_overflow() {
        assert_eq!(milliseconds(Duration::from_nanos(1)), 1);
        assert_eq!(milliseconds(Duration::from_millis(2)), 2);
        assert!(milliseconds(Duration::MAX) < i64::MAX / 2);
    }
}
