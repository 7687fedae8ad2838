//! A cache that several functions share, under keys that are text.

use std::sync::Arc;
use std::time::Duration;

use crate::entry::AnyEntry;
use crate::error::Result;
use crate::far::{Far, StoreStats};
use crate::key::Key;
use crate::name::NameScope;
use crate::near::Near;
use crate::sync::{AtomicBool, Mutex, Ordering};
use crate::ttl::IntoTtl;
use crate::value::SharedValue;
use crate::wait::pause;

pub use self::batch::{Batch, Commit};
pub use self::blocking::Blocking;
pub use self::builder::Builder;
pub use self::fragment::Fragment;
pub use self::handle::CacheEntry;
pub(crate) use self::invalidate::invalidate_in;
pub use self::namespace::Namespace;

mod batch;
mod blocking;
mod builder;
mod bulk;
mod claim;
mod fragment;
mod get_or_set;
mod handle;
mod invalidate;
mod namespace;
mod number;
mod program;
mod reach;
mod set;
mod tiers;
mod touch;
mod url;

/// A cache: values of any type, under keys that are text.
///
/// It is a handle: cheap to clone, and all clones are the same cache. What `#[cached(key = "user:{id}")]` stored is found
/// here under the same key.
///
/// Without a store it keeps live values in this process. With one, values lie there as bytes, and copies of them here for at
/// most `near_ttl`: so long another process's invalidation may go unseen.
///
/// ```
/// # async fn example() -> cache_core::Result<()> {
/// let cache = cache_core::Cache::builder().near(10_000).ttl("5m").build();
/// cache.set("greeting", &"hello".to_owned()).await?;
/// assert_eq!(cache.get::<String>("greeting").await?.as_deref(), Some("hello"));
/// # Ok(())
/// # }
/// ```
///
/// A value is found only as the type that it was stored as: a stored `usize` is not found as a `u64`. `None`, `0` and `""` are
/// values; the outer `None` means that there is no value.
#[derive(Clone, Debug)]
pub struct Cache(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    near: Near<Box<[u8]>, dyn AnyEntry>,
    scope: NameScope,
    /// Where the functions are that keep their values for themselves and that its tags reach from everywhere.
    reached: Mutex<Vec<NameScope>>,
    far: Option<Arc<Far>>,
    ttl: Option<Duration>,
    near_ttl: Duration,
    entries: usize,
    counting: number::Turns,
    /// Whether a page has asked for its store whose `key = "…"` stands among the keys of this cache.
    pages_under_keys: AtomicBool,
    warning: Option<String>,
}

impl Cache {
    /// A cache in this process's memory, which keeps at most `entries` values.
    pub fn memory(entries: usize) -> Self {
        Self::builder().near(entries).build()
    }

    /// A cache with settings.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// How long values live where nothing else is said; `None`: until they are evicted.
    pub fn ttl(&self) -> Option<Duration> {
        self.0.ttl
    }

    /// The same calls for code that is not async: each blocks the thread until the store has answered, or has not in time.
    pub fn blocking(&self) -> Blocking<'_> {
        Blocking::new(self)
    }

    /// What has happened between this cache and its store; all zero if it has none.
    pub fn store_stats(&self) -> StoreStats {
        self.far().map(Far::stats).unwrap_or_default()
    }

    /// What is doubtful about its settings, for the log of a program that starts.
    pub(crate) fn warning(&self) -> Option<&str> {
        self.0.warning.as_deref()
    }

    /// Errors of its store name the cache so from now on, if it has no name yet.
    pub(crate) fn name(&self, name: &str) {
        if let Some(far) = self.far() {
            far.name(name);
        }
    }

    pub(crate) fn near(&self) -> &Near<Box<[u8]>, dyn AnyEntry> {
        &self.0.near
    }

    pub(crate) fn far(&self) -> Option<&Far> {
        self.0.far.as_deref()
    }

    pub(crate) fn scope(&self) -> NameScope {
        self.0.scope
    }

    #[cfg(feature = "http")]
    pub(crate) fn near_ttl(&self) -> Duration {
        self.0.near_ttl
    }

    /// Whether there may be pages here that a key of this cache names.
    fn has_pages_under_keys(&self) -> bool {
        self.0.pages_under_keys.load(Ordering::Relaxed)
    }

    /// A page is about to be kept that a key of this cache names.
    #[cfg(feature = "http")]
    pub(crate) fn note_page_under_key(&self) {
        self.0.pages_under_keys.store(true, Ordering::Relaxed);
    }

    /// How many values it keeps here.
    pub(crate) fn entries(&self) -> usize {
        self.0.entries
    }

    /// The value under a key, whoever stored it; `None` if there is none, or if it is not a `T`.
    ///
    /// # Errors
    ///
    /// If the store could not be asked. A cache without one has none.
    pub async fn get<T: SharedValue>(&self, key: impl Into<Key>) -> Result<Option<T>> {
        let key = key.into();
        let mut found = self.nearby_as::<T>(&key);
        if found.is_none() {
            let fetched = self.request::<T>(&key, Box::default()).peek().await?;
            found = fetched.inspect(|entry| self.tell(entry));
        }
        Ok(found.and_then(|entry| entry.value_as().cloned()))
    }

    /// Whether there is a value under a key, of whatever type.
    ///
    /// # Errors
    ///
    /// If the store could not be asked. A cache without one has none.
    pub async fn contains(&self, key: impl Into<Key>) -> Result<bool> {
        let key = key.into();
        if self.nearby(&key).is_some() {
            return Ok(true);
        }
        match self.far() {
            Some(far) => far.contains(key.as_bytes()).await,
            None => Ok(false),
        }
    }

    /// Stores a value under a key, in place of whatever is there, for as long as the cache says.
    ///
    /// It cannot know when the value was read: if it may be older than an invalidation, that invalidation is lost. See
    /// [`entry`](Self::entry) for a way that can. One that a store did not answer in time may still arrive there, after a
    /// later delete as well.
    ///
    /// One round trip of the store. The first one of a process, the first one after the whole cache was cleared, and one whose
    /// ttl is longer than what is left to the cache's stamp, are two to four; while the value is then written again, whoever
    /// reads the key may find nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the store could not be reached, the value is too large for it, or the value cannot be serialized to
    /// bytes that are read back as the same value. The older value is then removed, or removed later, as by
    /// [`delete`](Self::delete). A cache without a store returns no error.
    pub async fn set<T: SharedValue>(&self, key: impl Into<Key>, value: &T) -> Result<()> {
        self.put(&key.into(), value, self.0.ttl).await
    }

    /// Stores a value if there is none under its key; tells whether it did.
    ///
    /// # Errors
    ///
    /// As of [`set`](Self::set).
    pub async fn add<T: SharedValue>(&self, key: impl Into<Key>, value: &T) -> Result<bool> {
        self.put_absent(&key.into(), value, self.0.ttl).await
    }

    /// Gives the value under a key another life from now on; tells whether there is one. With zero it is removed.
    ///
    /// # Errors
    ///
    /// If the store could not be reached. A cache without one has none.
    ///
    /// # Panics
    ///
    /// If the ttl is text that is no duration.
    pub async fn touch(&self, key: impl Into<Key>, ttl: impl IntoTtl) -> Result<bool> {
        self.prolong(&key.into(), ttl.into_ttl()).await
    }

    /// Removes a key; tells whether there was a value under it. Pages whose `key = "…"` came to this key go with it, on every
    /// host and in every variant.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: the value may be there still, for other processes. This one does not use the store
    /// before it is gone. A cache without a store has none.
    pub async fn delete(&self, key: impl Into<Key>) -> Result<bool> {
        let key = key.into();
        self.take(key).await
    }

    /// Forgets everything in this cache, and nothing of its neighbours: one write, however much there is.
    ///
    /// # Errors
    ///
    /// As of [`invalidate_tag`](Self::invalidate_tag).
    pub async fn clear(&self) -> Result<()> {
        self.forget().await
    }

    /// Waits until the store has been told of every invalidation that it could not be told of when it was made.
    ///
    /// A process that ends before has lost them: until their ttl, other processes may use what was invalidated.
    pub async fn settled(&self) {
        let Some(far) = self.far() else { return };
        while far.deliver().await.is_err() {
            pause(Duration::from_millis(100)).await;
        }
    }
}
