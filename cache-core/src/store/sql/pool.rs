//! Connections, lent one at a time. sqlx has a pool, which asks the server twice for each call that we make (once more when
//! a connection comes back) and hides why a server cannot be reached behind a time-out.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::clock::{self, Moment};

/// How long a call waits for a connection, a new connection for its server, and one that was idle for a sign of life.
const WAIT: Duration = Duration::from_secs(2);

/// How long a connection may be idle and still be taken to be alive.
const FRESH: Duration = Duration::from_secs(1);

/// Up to so many connections, opened when they are needed.
pub(super) struct Pool<C: Connection> {
    options: C::Options,
    /// What each connection is told first.
    opening: &'static str,
    permits: Arc<Semaphore>,
    size: usize,
    spare: Arc<Mutex<Spare<C>>>,
    waiting: AtomicUsize,
    connecting: AtomicUsize,
}

/// The connections that nobody uses.
struct Spare<C> {
    idle: Vec<Idle<C>>,
    /// How often all that were open have been given up.
    renewals: u64,
}

struct Idle<C> {
    connection: C,
    since: Moment,
}

impl<C: Connection> Pool<C> {
    pub(super) fn new(options: C::Options, opening: &'static str, size: usize) -> Self {
        Self {
            options,
            opening,
            permits: Arc::new(Semaphore::new(size)),
            size,
            waiting: AtomicUsize::new(0),
            connecting: AtomicUsize::new(0),
            spare: Arc::new(Mutex::new(Spare {
                idle: Vec::new(),
                renewals: 0,
            })),
        }
    }

    /// Gives up all connections that are open: what they lead to is not what a new one leads to. Those on loan are not taken
    /// back.
    #[cfg(feature = "sqlite")]
    pub(super) fn renew(&self) {
        let mut spare = held(&self.spare);
        spare.renewals += 1;
        let idle = std::mem::take(&mut spare.idle);
        drop(spare);
        drop(idle);
    }

    /// A connection that was alive a moment ago.
    pub(super) async fn lend(&self) -> sqlx::Result<PooledConn<C>>
    where
        for<'c> &'c mut C: Executor<'c, Database = C::Database>,
    {
        let waiting = Counted::new(&self.waiting);
        let permit = timeout(WAIT, self.permits.clone().acquire_owned()).await;
        drop(waiting);
        let permit = permit
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let renewals = held(&self.spare).renewals;
        let connection = if let Some(connection) = self.alive().await {
            connection
        } else {
            let _connecting = Counted::new(&self.connecting);
            timeout(WAIT, self.open()).await.map_err(late)??
        };
        Ok(PooledConn {
            connection: Some(connection),
            renewals,
            spare: self.spare.clone(),
            _permit: permit,
        })
    }

    /// What those who want a connection wait for; `None` if nobody waits for one.
    pub(super) fn doing(&self) -> Option<String> {
        if self.connecting.load(Relaxed) > 0 {
            Some("connecting to the database".to_owned())
        } else if self.waiting.load(Relaxed) > 0 {
            Some(all_busy(self.size))
        } else {
            None
        }
    }

    async fn alive(&self) -> Option<C> {
        let Idle {
            mut connection,
            since,
        } = self.pop()?;
        if clock::now().since(since) < FRESH {
            return Some(connection);
        }
        let _connecting = Counted::new(&self.connecting);
        if let Ok(Ok(())) = timeout(WAIT, connection.ping()).await {
            return Some(connection);
        }
        // The server went away, and with it the other connections.
        forget(&self.spare);
        None
    }

    fn pop(&self) -> Option<Idle<C>> {
        held(&self.spare).idle.pop()
    }

    async fn open(&self) -> sqlx::Result<C>
    where
        for<'c> &'c mut C: Executor<'c, Database = C::Database>,
    {
        let mut connection = self.options.connect().await?;
        if !self.opening.is_empty() {
            sqlx::raw_sql(AssertSqlSafe(self.opening))
                .execute(&mut connection)
                .await?;
        }
        Ok(connection)
    }
}

/// A connection on loan. Only [`give_back`](PooledConn::give_back) keeps it: one whose call failed or was dropped half-way may
/// still carry an answer, which must not reach the next caller.
pub(super) struct PooledConn<C> {
    connection: Option<C>,
    renewals: u64,
    spare: Arc<Mutex<Spare<C>>>,
    _permit: OwnedSemaphorePermit,
}

impl<C> PooledConn<C> {
    pub(super) fn give_back(mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        let since = clock::now();
        let mut spare = held(&self.spare);
        if spare.renewals == self.renewals {
            spare.idle.push(Idle { connection, since });
        }
    }
}

impl<C> Drop for PooledConn<C> {
    fn drop(&mut self) {
        if self.connection.take().is_some() {
            // What ended this one has most often ended them all; and all are cheap beside a call that fails for nothing.
            forget(&self.spare);
        }
    }
}

impl<C> Deref for PooledConn<C> {
    type Target = C;

    fn deref(&self) -> &C {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("a loan that was given back is gone"),
        }
    }
}

impl<C> DerefMut for PooledConn<C> {
    fn deref_mut(&mut self) -> &mut C {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("a loan that was given back is gone"),
        }
    }
}

fn held<C>(spare: &Mutex<Spare<C>>) -> MutexGuard<'_, Spare<C>> {
    spare.lock().unwrap_or_else(PoisonError::into_inner)
}

fn forget<C>(spare: &Mutex<Spare<C>>) {
    let idle = std::mem::take(&mut held(spare).idle);
    // Outside of the lock: to end a connection may take a while.
    drop(idle);
}

fn late(_: tokio::time::error::Elapsed) -> sqlx::Error {
    let fault = format!("could not connect within {} s", WAIT.as_secs());
    std::io::Error::new(std::io::ErrorKind::TimedOut, fault).into()
}

/// What a call waits for while others have all connections.
pub(super) fn all_busy(size: usize) -> String {
    match size {
        1 => "waiting for the only connection, which is busy".to_owned(),
        size => format!("waiting for one of {size} connections, which are all busy"),
    }
}

/// Counts one more for as long as it lives.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl<C: Connection> fmt::Debug for Pool<C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options hold a password.
        out.debug_struct("Pool").finish_non_exhaustive()
    }
}
