//! A part of a cache that is forgotten as one.

use super::{Cache, CacheEntry};
use crate::error::Result;
use crate::invalidation::Invalidation;
use crate::key::{Key, Tag};
use crate::value::SharedValue;

/// How often a set is tried that loads which had begun before it were faster at.
const ROUNDS: usize = 8;

/// A namespace: a beginning of keys, and a name that all of them carry. [`Cache::namespace`] gives it.
///
/// Made before a value is read, it keeps nothing that is older than an invalidation of it, as [`Cache::entry`] does.
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
    /// The namespace of this name.
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

    /// An entry of this namespace, to be made before its value is read; see [`Cache::entry`].
    pub fn entry(&self, key: impl Into<Key>) -> CacheEntry {
        let tag = Tag::namespace(self.name.clone());
        self.cache.entry_in(&tag, self.key(key))
    }

    /// The value under a key of this namespace; see [`Cache::get`].
    ///
    /// # Errors
    ///
    /// As of [`Cache::get`].
    pub async fn get<T: SharedValue>(&self, key: impl Into<Key>) -> Result<Option<T>> {
        self.cache.get(self.key(key)).await
    }

    /// Stores a value under a key of this namespace; see [`Cache::set`], and [`entry`](Self::entry) for a value that may be
    /// older than an invalidation.
    ///
    /// # Errors
    ///
    /// As of [`Cache::set`].
    pub async fn set<T: SharedValue>(&self, key: impl Into<Key>, value: &T) -> Result<()> {
        let key = key.into();
        for _ in 0..ROUNDS {
            let entry = self.entry(key.clone());
            entry.ready().await;
            // A load that began earlier may write first; a hand has the last word.
            if entry.set(value).await? {
                return Ok(());
            }
        }
        // A store that keeps nothing, or loses it at once, has it no longer; what is older must not stay in its place.
        self.delete(key).await.map(drop)
    }

    /// Removes a key of this namespace; see [`Cache::delete`].
    ///
    /// # Errors
    ///
    /// As of [`Cache::delete`].
    pub async fn delete(&self, key: impl Into<Key>) -> Result<bool> {
        self.cache.delete(self.key(key)).await
    }

    /// Forgets everything in this namespace: one write, however much there is. What functions keep under
    /// `namespace = "…"` of this name is in it.
    ///
    /// # Errors
    ///
    /// As of [`Cache::invalidate_tag`].
    pub async fn invalidate(&self) -> Result<()> {
        let mut stale = Invalidation::new();
        stale.namespace(self.name.clone());
        self.cache.invalidate(&stale).await
    }
}
