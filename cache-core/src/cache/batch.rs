//! Invalidations that wait for a commit.

use super::Cache;
use super::invalidate::{Owing, invalidate_in};
use crate::error::{Error, Result};
use crate::events;
use crate::invalidation::{Change, Invalidates, Invalidation};
use crate::key::{Key, Tag};

/// What is to be invalidated once a transaction is committed: [`Cache::batch`] gives it for one cache,
/// [`batch`](crate::batch) for all that are installed. Dropped, it forgets everything, as a rollback should.
///
/// ```
/// # async fn example(cache: cache_core::Cache) -> cache_core::Result<()> {
/// let mut batch = cache.batch();
/// batch.tag("category:rust").key("recent_posts");
/// // … write to the database, and commit …
/// batch.commit().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a batch that is dropped has invalidated nothing"]
pub struct Batch {
    caches: Vec<Cache>,
    stale: Invalidation,
    changes: Vec<Box<dyn FnOnce() + Send>>,
}

impl Cache {
    /// Collects invalidations until they are [committed](Batch::commit).
    pub fn batch(&self) -> Batch {
        Batch::of(vec![self.clone()])
    }
}

impl Batch {
    pub(crate) fn of(caches: Vec<Cache>) -> Self {
        Self {
            caches,
            stale: Invalidation::new(),
            changes: Vec::new(),
        }
    }

    /// Adds everything that carries this tag.
    pub fn tag(&mut self, tag: impl Into<Tag>) -> &mut Self {
        self.stale.tag(tag);
        self
    }

    /// Adds what lies under this key.
    pub fn key(&mut self, key: impl Into<Key>) -> &mut Self {
        self.stale.key(key);
        self
    }

    /// Adds everything in this namespace.
    pub fn namespace(&mut self, name: impl Into<Key>) -> &mut Self {
        self.stale.namespace(name);
        self
    }

    /// Adds what a change of `value` makes stale. Add what it was before the change as well, where that differs: the pages of
    /// the category that a post has left are stale, too.
    pub fn changed<T>(&mut self, value: &T, change: Change) -> &mut Self
    where
        T: Invalidates + Clone + Send + 'static,
    {
        value.stale(change.clone(), &mut self.stale);
        let value = value.clone();
        self.changes
            .push(Box::new(move || events::changed(&value, &change)));
        self
    }

    /// What has been collected so far.
    pub fn stale(&self) -> &Invalidation {
        &self.stale
    }

    /// Invalidates everything that was collected, in one round trip of the store, then tells those who listen for changes.
    ///
    /// # Errors
    ///
    /// As of [`Cache::invalidate_tag`].
    pub async fn commit(self) -> Result<()> {
        let reached = send(&self.caches, &self.stale).await;
        for tell in self.changes {
            tell();
        }
        reached
    }

    /// Commits a transaction, and then [itself](Self::commit). If the commit fails it may have happened all the same: so the
    /// invalidation is sent, which costs loads and no more. Nobody is told of changes then, as nobody knows whether they are.
    ///
    /// # Errors
    ///
    /// That of the transaction, as [`Error::is_commit`]; else as of [`commit`](Self::commit).
    pub async fn commit_with(self, transaction: impl Commit) -> Result<()> {
        // Dropped while the database commits, nobody knows whether it has.
        let owing = Owing::new(&self.caches, &self.stale);
        let committed = transaction.commit().await.map_err(Error::commit);
        owing.paid();
        match committed {
            Ok(()) => self.commit().await,
            Err(error) => {
                // What a store could not be told is owed: the caller's trouble is the transaction.
                let _ = send(&self.caches, &self.stale).await;
                Err(error)
            }
        }
    }
}

async fn send(caches: &[Cache], stale: &Invalidation) -> Result<()> {
    let caches: Vec<&Cache> = caches.iter().collect();
    invalidate_in(&caches, stale).await
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Batch")
            .field("stale", &self.stale)
            .field("changes", &self.changes.len())
            .finish_non_exhaustive()
    }
}

/// A transaction of a database that can be committed: those of `sqlx` are (with a feature of an SQL store). Implement it for
/// your database's.
pub trait Commit {
    /// Why a commit failed.
    type Error: Into<Box<dyn std::error::Error + Send + Sync>>;

    /// Commits.
    fn commit(self) -> impl Future<Output = std::result::Result<(), Self::Error>> + Send;
}

#[cfg(feature = "sql")]
impl<D: sqlx::Database> Commit for sqlx::Transaction<'_, D> {
    type Error = sqlx::Error;

    fn commit(self) -> impl Future<Output = std::result::Result<(), sqlx::Error>> + Send {
        sqlx::Transaction::commit(self)
    }
}
