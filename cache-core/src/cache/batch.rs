//! Invalidations that are sent after a commit.

use super::invalidate::{invalidate_in, invalidate_later};
use super::{Cache, PendingInvalidation};
use crate::error::{Error, Result};
use crate::events;
use crate::invalidation::{Change, Changing, Invalidates, Invalidation};
use crate::key::{Key, Tag};
use crate::sync::OnDrop;

/// Invalidations to be sent once a transaction is committed: [`Cache::batch`] makes one for a cache, [`batch`](crate::batch) one
/// for all that are installed. If it is dropped, nothing is invalidated, as after a rollback.
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
    /// Since its first name: what it is to invalidate may have changed already.
    changing: Option<Changing>,
}

impl Cache {
    /// Collects invalidations until they are [committed](Batch::commit).
    #[track_caller]
    pub fn batch(&self) -> Batch {
        Batch::of(vec![self.clone()])
    }
}

impl Batch {
    #[track_caller]
    pub(crate) fn of(caches: Vec<Cache>) -> Self {
        Self {
            caches,
            stale: Invalidation::new(),
            changes: Vec::new(),
            changing: None,
        }
    }

    fn begin(&mut self) {
        self.changing.get_or_insert_with(Changing::begin);
    }

    /// Adds everything that carries this tag.
    pub fn tag(&mut self, tag: impl Into<Tag>) -> &mut Self {
        self.begin();
        self.stale.tag(tag);
        self
    }

    /// Adds the value under this key.
    pub fn key(&mut self, key: impl Into<Key>) -> &mut Self {
        self.begin();
        self.stale.key(key);
        self
    }

    /// Adds everything in this namespace.
    pub fn namespace(&mut self, name: impl Into<Key>) -> &mut Self {
        self.begin();
        self.stale.namespace(name);
        self
    }

    /// Adds what a change of `value` makes stale. Add the value before the change as well if it differs: the pages of the category
    /// that a post has left are stale too.
    pub fn changed<T>(&mut self, value: &T, change: Change) -> &mut Self
    where
        T: Invalidates + Clone + Send + 'static,
    {
        self.begin();
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

    /// Invalidates everything that was collected, in one round trip of the store, then notifies the listeners of changes.
    ///
    /// # Errors
    ///
    /// Those of [`Cache::invalidate_tag`].
    pub fn commit(self) -> PendingInvalidation<'static> {
        let caches = self.caches.clone();
        PendingInvalidation::new(&caches, async move {
            let reached = invalidate_in(&self.caches, &self.stale).await;
            for tell in self.changes {
                tell();
            }
            reached
        })
    }

    /// Commits a transaction, and then [the batch](Self::commit). A commit that fails may have happened all the same, so the
    /// invalidations are sent then too, which costs no more than loads. Listeners of changes are not notified then.
    ///
    /// # Errors
    ///
    /// The error of the transaction ([`Error::is_commit`]), or else that of [`commit`](Self::commit).
    pub async fn commit_with(self, transaction: impl Commit) -> Result<()> {
        // If this is dropped while the database commits, it may have committed.
        let dropped = OnDrop(|| invalidate_later(&self.caches, &self.stale));
        let committed = transaction.commit().await.map_err(Error::commit);
        std::mem::forget(dropped);
        match committed {
            Ok(()) => self.commit().await,
            Err(error) => {
                // What a store could not be told is delivered later: the error to return is the transaction's.
                let _ = invalidate_in(&self.caches, &self.stale).await;
                Err(error)
            }
        }
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Batch")
            .field("stale", &self.stale)
            .field("changes", &self.changes.len())
            .finish_non_exhaustive()
    }
}

/// A transaction of a database. With a feature of an SQL store, those of `sqlx` implement it; implement it for your database's.
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
