//! A cache that several functions share, under keys that are text.

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "http")]
use crate::cdn::CdnField;
use crate::context::request;
use crate::entry::AnyForm;
use crate::error::Result;
use crate::far::{Far, StoreHealth, StoreStats};
use crate::key::Key;
use crate::name::{Name, NameScope};
#[cfg(feature = "http")]
use crate::near::ExtraLoad;
use crate::near::Near;
use crate::sync::{AtomicBool, Mutex, Ordering};
use crate::ttl::IntoTtl;
use crate::value::SharedValue;
use crate::wait::pause;
use crate::why::CallSite;

pub use self::batch::{Batch, Commit};
pub use self::blocking::Blocking;
pub use self::builder::Builder;
pub use self::everywhere::PendingInvalidation;
pub use self::fragment::{BlockingFragment, Fragment};
pub use self::handle::CacheEntry;
pub(crate) use self::invalidate::{invalidate_in, pending_in};
#[cfg(feature = "tokio")]
pub use self::load::CacheLoad;
pub use self::namespace::Namespace;

mod batch;
mod blocking;
mod builder;
mod bulk;
mod claim;
mod everywhere;
mod fragment;
mod get_or_set;
mod handle;
mod invalidate;
#[cfg(feature = "tokio")]
mod load;
mod namespace;
mod number;
mod program;
mod purge;
mod reach;
mod set;
mod straight;
mod tiers;
mod touch;
mod url;

/// A cache: values of any type, under keys that are text.
///
/// It is a handle: cheap to clone, and all clones are the same cache. What `#[cached(key = "user:{id}")]` stored is found
/// here under the same key.
///
/// Without a store it keeps live values in this process. With a store, it keeps them there as bytes, and copies of them in this
/// process for at most `near_ttl`: for that long, another process's invalidation may go unseen. A store that reports changes ends
/// the copies itself.
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
    near: Near<Box<[u8]>, AnyForm>,
    scope: NameScope,
    /// The functions that keep their values for themselves and that its tags reach.
    reached: Mutex<Vec<NameScope>>,
    far: Option<Arc<Far>>,
    ttl: Option<Duration>,
    near_ttl: Duration,
    entries: usize,
    counting: number::Turns,
    /// Whether a page with a `key = "…"` uses this cache: then its keys are among those of the cache.
    pages_under_keys: AtomicBool,
    warning: Option<String>,
    #[cfg(feature = "http")]
    cdn_fields: Vec<CdnField>,
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

    /// The default ttl of its values; without one, they live until they are evicted.
    pub fn ttl(&self) -> Option<Duration> {
        self.0.ttl
    }

    /// The same calls for code that is not async: each blocks the thread until the store has answered or its time is over.
    pub fn blocking(&self) -> Blocking<'_> {
        Blocking::new(self)
    }

    /// What has happened between this cache and its store; all zero if it has none.
    pub fn store_stats(&self) -> StoreStats {
        self.far().map(Far::stats).unwrap_or_default()
    }

    /// How its store does, as this process sees it; `None` if it has none.
    pub fn store_health(&self) -> Option<StoreHealth> {
        self.far().map(Far::health)
    }

    /// What refreshes may add to the loads of its values.
    #[cfg(feature = "http")]
    pub(crate) fn extra_load(&self) -> &ExtraLoad {
        self.near().extra_load()
    }

    /// Warnings about its settings, to be logged at start-up.
    pub(crate) fn warning(&self) -> Option<&str> {
        self.0.warning.as_deref()
    }

    /// Gives it a name for the errors of its store, unless it has one.
    pub(crate) fn name(&self, name: &str) {
        if let Some(far) = self.far() {
            far.name(name);
        }
    }

    pub(crate) fn near(&self) -> &Near<Box<[u8]>, AnyForm> {
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

    /// Whether a key of this cache may name pages.
    fn has_pages_under_keys(&self) -> bool {
        self.0.pages_under_keys.load(Ordering::Relaxed)
    }

    /// Notes that a page is about to be kept under a key of this cache.
    #[cfg(feature = "http")]
    pub(crate) fn note_page_under_key(&self) {
        self.0.pages_under_keys.store(true, Ordering::Relaxed);
    }

    /// The name of all that is made of its values, for CDNs.
    pub(crate) fn whole_name(&self) -> Name {
        self.near().name()
    }

    /// In which fields its pages send their tags.
    #[cfg(feature = "http")]
    pub(crate) fn cdn_fields(&self) -> &[CdnField] {
        &self.0.cdn_fields
    }

    /// How many values it keeps here.
    pub(crate) fn entries(&self) -> usize {
        self.0.entries
    }

    /// Returns the value under a key, whoever stored it; `None` if there is none, or if it is not a `T`.
    ///
    /// # Errors
    ///
    /// If the store could not be asked. A cache without a store returns no error.
    pub async fn get<T: SharedValue>(&self, key: impl Into<Key>) -> Result<Option<T>> {
        let key = key.into();
        if let Some(far) = self.straight() {
            return far.value(&key).await;
        }
        let mut found = self.nearby_as::<T>(&key);
        if found.is_none() {
            let fetched = self.request::<T>(&key, Box::default()).peek().await?;
            found = fetched.inspect(|entry| self.tell(entry));
        }
        if found.is_none() {
            request::note_miss();
        }
        Ok(found.and_then(|entry| entry.value_as().cloned()))
    }

    /// Whether there is a value under a key, of whatever type.
    ///
    /// # Errors
    ///
    /// If the store could not be asked. A cache without a store returns no error.
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

    /// Stores a value under a key, in place of whatever is there, for the ttl of the cache.
    ///
    /// It cannot know when you read the value: a value that is older than an invalidation is stored all the same.
    /// [`entry`](Self::entry) prevents that. A call that timed out may still reach the store, even after a later delete.
    ///
    /// It takes one round trip of the store. It takes two to four for the first call of a process, for the first one after the whole
    /// cache was cleared, and if the ttl is longer than what is left of the cache's stamp; meanwhile, readers of the key may find nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the store could not be reached, the value is too large for it, or the value cannot be serialized to
    /// bytes that are read back as the same value. The older value is then removed, or removed later, as by
    /// [`delete`](Self::delete). A cache without a store returns no error.
    pub async fn set<T: SharedValue>(&self, key: impl Into<Key>, value: &T) -> Result<()> {
        self.put(&key.into(), value, self.0.ttl).await
    }

    /// Stores a value if there is none under its key; returns whether it did.
    ///
    /// # Errors
    ///
    /// Those of [`set`](Self::set).
    pub async fn add<T: SharedValue>(&self, key: impl Into<Key>, value: &T) -> Result<bool> {
        self.put_absent(&key.into(), value, self.0.ttl).await
    }

    /// Gives the value under a key a new ttl, which begins now; returns whether there is a value. A ttl of zero removes it.
    ///
    /// # Errors
    ///
    /// If the store could not be reached. A cache without a store returns no error.
    ///
    /// # Panics
    ///
    /// If the ttl is a text that is not a duration.
    pub async fn touch(&self, key: impl Into<Key>, ttl: impl IntoTtl) -> Result<bool> {
        self.prolong(&key.into(), ttl.into_ttl()).await
    }

    /// Removes a key; returns whether there was a value under it. Pages with this key (`key = "…"`) are removed too, on every host
    /// and in every variant.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: other processes may still find the value. This one does not use the store until the value
    /// is gone. A cache without a store returns no error.
    #[track_caller]
    pub fn delete(&self, key: impl Into<Key>) -> impl Future<Output = Result<bool>> + Send {
        self.take(key.into(), CallSite::here())
    }

    /// Removes everything from this cache, and nothing from others in the same store: one write, however much there is.
    ///
    /// # Errors
    ///
    /// Those of [`invalidate_tag`](Self::invalidate_tag).
    #[track_caller]
    pub fn clear(&self) -> impl Future<Output = Result<()>> + Send {
        self.forget(CallSite::here())
    }

    /// Waits until every invalidation that could not be delivered to the store has been.
    ///
    /// If the process ends earlier, they are lost: other processes may use what was invalidated until its ttl ends.
    pub async fn settled(&self) {
        let Some(far) = self.far() else { return };
        while far.deliver().await.is_err() {
            pause(Duration::from_millis(100)).await;
        }
    }
}
