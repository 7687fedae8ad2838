//! A part of a cache that is invalidated as a whole.

use super::{Cache, CacheEntry, PendingInvalidation, invalidate_in};
use crate::error::Result;
use crate::invalidation::Invalidation;
use crate::key::{Key, Tag};
use crate::value::SharedValue;

/// How often a set is tried again because an earlier load has written first.
const ROUNDS: usize = 8;

/// A namespace: a prefix of keys, and a name that all their entries carry. [`Cache::namespace`] returns it.
///
/// If you make it before you read a value, no value is stored that is older than an invalidation, as with [`Cache::entry`].
///
/// ```
/// # async fn example(cache: cache_core::Cache) -> cache_core::Result<()> {
/// let rust = cache.namespace("category:rust");
/// rust.set("posts", &vec![1, 2, 3]).await?;
/// rust.invalidate().await?;
/// assert_eq!(rust.get::<Vec<i32>>("posts").await?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Namespace {
    cache: Cache,
    name: Key,
}

impl Cache {
    /// Returns the namespace of this name.
    pub fn namespace(&self, name: impl Into<Key>) -> Namespace {
        Namespace {
            cache: self.clone(),
            name: name.into(),
        }
    }
}

impl Namespace {
    fn key(&self, key: impl Into<Key>) -> Key {
        let mut full = Key::new();
        full.namespace(&self.name);
        full.append(&key.into());
        full
    }

    /// Returns an entry of this namespace; call this before you read its value, see [`Cache::entry`].
    pub fn entry(&self, key: impl Into<Key>) -> CacheEntry {
        let tag = Tag::namespace(self.name.clone());
        self.cache.entry_in(&tag, self.key(key))
    }

    /// Returns the value under a key of this namespace; see [`Cache::get`].
    ///
    /// # Errors
    ///
    /// Those of [`Cache::get`].
    pub async fn get<T: SharedValue>(&self, key: impl Into<Key>) -> Result<Option<T>> {
        self.cache.get(self.key(key)).await
    }

    /// Stores a value under a key of this namespace; see [`Cache::set`], and [`entry`](Self::entry) for a value that may be
    /// older than an invalidation.
    ///
    /// # Errors
    ///
    /// Those of [`Cache::set`].
    pub async fn set<T: SharedValue>(&self, key: impl Into<Key>, value: &T) -> Result<()> {
        let key = key.into();
        for _ in 0..ROUNDS {
            let entry = self.entry(key.clone());
            entry.ready().await;
            // A load that began earlier may have written first: try again, because a call of `set` wins.
            if entry.set(value).await? {
                return Ok(());
            }
        }
        // The store may keep nothing, or have lost it at once; an older value must not stay.
        self.delete(key).await.map(drop)
    }

    /// Removes a key of this namespace; see [`Cache::delete`].
    ///
    /// # Errors
    ///
    /// Those of [`Cache::delete`].
    #[track_caller]
    pub fn delete(&self, key: impl Into<Key>) -> impl Future<Output = Result<bool>> + Send {
        self.cache.delete(self.key(key))
    }

    /// Removes everything from this namespace, values of functions with `namespace = "…"` of this name included: one write, however
    /// many entries there are.
    ///
    /// # Errors
    ///
    /// Those of [`Cache::invalidate_tag`].
    #[track_caller]
    pub fn invalidate(&self) -> PendingInvalidation<'_> {
        let mut stale = Invalidation::new();
        stale.namespace(self.name.clone());
        let cache = &self.cache;
        PendingInvalidation::new(
            [cache],
            async move { invalidate_in(&[cache], &stale).await },
        )
    }
}
