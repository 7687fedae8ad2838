//! A cache that several functions share, under keys that are text.

use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::entry::{BY_HAND, Entry, Holds, Object};
use crate::error::{Invalidated, Result};
use crate::key::{CacheKey, Key};
use crate::marks::marks;
use crate::near::{Bounds, Near};
use crate::policy::Life;
use crate::ttl::IntoTtl;
use crate::value::SharedValue;

/// A cache: values of any type, under keys that are text.
///
/// It is a handle: cheap to clone, and all clones are the same cache. What `#[cached(key = "user:{id}")]` stored is found
/// here under the same key.
///
/// ```
/// # async fn example() -> cache_core::Result<()> {
/// let cache = cache_core::Cache::builder().near(10_000).ttl("5m").build();
/// cache.set("greeting", &"hello".to_owned()).await?;
/// assert_eq!(cache.get::<String>("greeting").await?.as_deref(), Some("hello"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Cache(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    near: Near<Box<[u8]>, Object>,
    ttl: Option<Duration>,
}

impl Cache {
    /// A cache in this process's memory, which keeps at most `entries` values.
    pub fn memory(entries: usize) -> Self {
        Self::builder().near(entries).build()
    }

    /// A cache with settings.
    pub fn builder() -> Builder {
        Builder {
            entries: 10_000,
            ttl: None,
        }
    }

    /// How long values live where nothing else is said; `None`: until they are evicted.
    pub fn ttl(&self) -> Option<Duration> {
        self.0.ttl
    }

    pub(crate) fn near(&self) -> &Near<Box<[u8]>, Object> {
        &self.0.near
    }

    /// The value under a key, whoever stored it; `None` if there is none, or if it is not a `T`.
    ///
    /// # Errors
    ///
    /// If a store could not be asked. A cache in memory has none.
    pub async fn get<T: SharedValue>(&self, key: impl Into<Key>) -> Result<Option<T>> {
        let key = key.into();
        let near = self.near();
        let entry = near.get(near.hash(&key), &key, |entry| Some(entry.clone()));
        Ok(entry.and_then(|entry| entry.value().view().cloned()))
    }

    /// Stores a value under a key, in place of whatever is there, for as long as the cache says.
    ///
    /// It cannot know when the value was read: if it may be older than an invalidation, that invalidation is lost.
    ///
    /// # Errors
    ///
    /// If a store could not take it. A cache in memory has none.
    pub async fn set<T: SharedValue>(&self, key: impl Into<Key>, value: &T) -> Result<()> {
        let key = key.into();
        let near = self.near();
        let life = Life::new(clock::now(), self.0.ttl);
        let entry = Object::hold(Entry::new(value.clone(), near.birth(&[]), life, BY_HAND, 0));
        near.set(near.hash(&key), &key.store(), &entry);
        Ok(())
    }

    /// Removes a key; tells whether there was a value under it.
    ///
    /// # Errors
    ///
    /// If a store could not be reached. A cache in memory has none.
    pub async fn delete(&self, key: impl Into<Key>) -> Result<bool> {
        let key = key.into();
        let near = self.near();
        Ok(near.remove(near.hash(&key), &key))
    }

    /// Forgets everything in this cache, and nothing of its neighbours.
    pub async fn clear(&self) -> Invalidated {
        self.near().clear();
        Invalidated::done()
    }
}

/// The settings of a [`Cache`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    entries: usize,
    ttl: Option<Duration>,
}

impl Builder {
    /// How many values are kept in this process, as live values.
    pub fn near(mut self, entries: usize) -> Self {
        self.entries = entries;
        self
    }

    /// How long values live where nothing else is said: a [`Duration`], seconds, or text such as `"5m"`.
    ///
    /// # Panics
    ///
    /// If the text is no duration.
    pub fn ttl(mut self, ttl: impl IntoTtl) -> Self {
        self.ttl = Some(ttl.into_ttl());
        self
    }

    /// The cache.
    pub fn build(self) -> Cache {
        let bounds = Bounds {
            entries: self.entries,
            bytes: usize::MAX,
        };
        Cache(Arc::new(Shared {
            near: Near::new(bounds, marks()),
            ttl: self.ttl,
        }))
    }
}
