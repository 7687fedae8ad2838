//! `SQLite` behind a small pool: blocking work runs off the async threads, and every statement is counted.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, Params, Row, Transaction, TransactionBehavior};
use tokio::sync::Semaphore;

use crate::work;

/// Connections at most. `SQLite` reads in parallel and writes one after the other.
const CONNECTIONS: usize = 4;

/// A handle to the database; clones share its connections.
#[derive(Clone)]
pub struct Db(Arc<Pool>);

struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A failed query. It is `Clone`, so that everybody who waited for one load can have it.
#[derive(Clone, Debug)]
pub struct DbError(Arc<rusqlite::Error>);

/// The outcome of a query.
pub type Result<T, E = DbError> = std::result::Result<T, E>;

impl Db {
    /// Opens the database, and makes it if it is not there.
    pub fn open(path: &Path) -> Result<Self> {
        let first = connect(path)?;
        first.execute_batch(include_str!("schema.sql"))?;
        Ok(Self(Arc::new(Pool {
            path: path.to_owned(),
            idle: Mutex::new(vec![first]),
            permits: Arc::new(Semaphore::new(CONNECTIONS)),
        })))
    }

    /// Every row of a query. The text is `'static`: what a user typed can only be bound, never spliced in.
    pub async fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<Vec<T>>
    where
        T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error> + Send + 'static,
    {
        self.with(move |connection| {
            connection
                .prepare_cached(sql)?
                .query_map(params, |row| T::try_from(row))?
                .collect()
        })
        .await
    }

    /// The first row of a query.
    pub async fn first<T>(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<Option<T>>
    where
        T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error> + Send + 'static,
    {
        self.with(move |connection| {
            connection
                .prepare_cached(sql)?
                .query_map(params, |row| T::try_from(row))?
                .next()
                .transpose()
        })
        .await
    }

    /// Runs a statement; how many rows it changed.
    pub async fn execute(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<usize> {
        self.with(move |connection| connection.prepare_cached(sql)?.execute(params))
            .await
    }

    /// Runs several statements as one; an error undoes them all.
    pub async fn transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.with(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
        .await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let pool = self.0.clone();
        // It goes with the work, which a reader who leaves does not stop.
        let permit = pool.permits.clone().acquire_owned().await;
        let outcome = work::blocking(move || {
            let _permit = permit;
            let mut connection = match pool.idle().pop() {
                Some(connection) => connection,
                None => connect(&pool.path)?,
            };
            let outcome = work(&mut connection);
            pool.idle().push(connection);
            outcome
        });
        Ok(outcome.await?)
    }
}

impl Pool {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;",
    )?;
    let count = |event: TraceEvent<'_>| {
        if let TraceEvent::Stmt(_, sql) = event {
            work::count_query(sql);
        }
    };
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count));
    Ok(connection)
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl std::fmt::Display for DbError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl std::error::Error for DbError {}
