//! A load by hand with rules about stale values.

use std::time::Duration;

use super::Cache;
use super::handle::CacheEntry;
use crate::key::{Key, Tag};
use crate::load::Replaced;
use crate::name::Name;
use crate::policy::Staleness;
use crate::ttl::IntoTtl;
use crate::value::SharedValue;

mod run;

/// A key with rules about stale values, such as [`CacheEntry::refresh_ahead`] returns.
///
/// ```
/// # async fn load() -> Result<u64, std::io::Error> { Ok(7) }
/// # async fn example(cache: cache_core::Cache) -> Result<(), std::io::Error> {
/// let posts: u64 = cache
///     .entry("posts")
///     .ttl("30m")
///     .refresh_ahead(0.8)
///     .stale_if_error("6h")
///     .get_or_set(|| async { load().await })
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// A value that was invalidated is never served. A load that runs behind the call needs a tokio runtime; without one, it runs
/// before the call returns.
///
/// On a cache with a store, [`Cache::entry`] asks the store also if this process has the value. On hot paths use a function with
/// `#[cached]`, which asks the store only on a miss.
#[derive(Clone, Debug)]
#[must_use = "a load does nothing until `get_or_set`"]
pub struct CacheLoad {
    cache: Cache,
    key: Key,
    ttl: Option<Duration>,
    /// Of the namespace, and of the tags that were given before.
    names: Vec<Name>,
    rules: Staleness,
    /// Whether the load is given what it replaces.
    revalidates: bool,
}

impl CacheEntry {
    /// Loads a value anew behind the call that finds it past this part of its life, a number between 0 and 1.
    pub fn refresh_ahead(self, part: f64) -> CacheLoad {
        CacheLoad::of(&self).refresh_ahead(part)
    }

    /// Loads a value anew behind the call that finds it so near its end, or so likely to have changed, that it is worth that:
    /// see [`Builder::extra_load`](super::Builder::extra_load).
    pub fn refresh_adaptively(self) -> CacheLoad {
        CacheLoad::of(&self).refresh_adaptively()
    }

    /// Serves a value for so long past its life, and loads it anew behind the call.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn stale_while_revalidate(self, time: impl IntoTtl) -> CacheLoad {
        CacheLoad::of(&self).stale_while_revalidate(time)
    }

    /// Serves a value for so long past its life if its load fails, and does not try again for a while.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn stale_if_error(self, time: impl IntoTtl) -> CacheLoad {
        CacheLoad::of(&self).stale_if_error(time)
    }

    /// Has one process at a time load the value, of all that share the store; the others wait for what it stores. Without a store
    /// this does nothing: in one process, calls share a load anyway. See `lock` of [`cached`](crate::cached).
    pub fn distributed_lock(self) -> CacheLoad {
        CacheLoad::of(&self).distributed_lock()
    }

    /// Shortens each life at random, by this part of it at most: values of one moment do not end in one moment.
    pub fn jitter(self, part: f64) -> CacheLoad {
        CacheLoad::of(&self).jitter(part)
    }

    /// Returns the value under the key, or what `load` returns, which can ask whether the value that it replaces is still good; see
    /// [`CacheLoad::get_or_refresh`].
    ///
    /// # Errors
    ///
    /// Those of `load`.
    pub async fn get_or_refresh<T, E, F>(
        self,
        load: impl FnOnce(Option<Replaced<T>>) -> F + Send + 'static,
    ) -> Result<T, E>
    where
        T: SharedValue,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        CacheLoad::of(&self).get_or_refresh(load).await
    }
}

#[cfg(test)]
impl Cache {
    /// A load that has asked for nothing yet, as those of functions.
    pub(crate) fn load_later(&self, key: &Key, names: Vec<Name>, rules: Staleness) -> CacheLoad {
        CacheLoad {
            rules,
            ..CacheLoad::new(self, key, self.ttl(), names)
        }
    }
}

impl CacheLoad {
    fn of(entry: &CacheEntry) -> Self {
        Self::new(&entry.cache, &entry.key, entry.ttl, entry.names())
    }

    fn new(cache: &Cache, key: &Key, ttl: Option<Duration>, names: Vec<Name>) -> Self {
        Self {
            cache: cache.clone(),
            key: key.clone(),
            ttl,
            names,
            rules: Staleness::NONE,
            revalidates: false,
        }
    }

    /// Sets how long the value is fresh; by default, for the ttl of the cache.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn ttl(mut self, ttl: impl IntoTtl) -> Self {
        self.ttl = Some(ttl.into_ttl());
        self
    }

    /// Adds tags by which it can be invalidated.
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<Tag>>) -> Self {
        let tags = tags.into_iter().map(|tag| tag.into().name());
        self.names.extend(tags);
        self
    }

    /// See [`CacheEntry::refresh_ahead`].
    pub fn refresh_ahead(mut self, part: f64) -> Self {
        self.rules.refresh_ahead = part;
        self.rules.adaptive = false;
        self
    }

    /// See [`CacheEntry::refresh_adaptively`]; in place of [`refresh_ahead`](Self::refresh_ahead), whichever comes last.
    pub fn refresh_adaptively(mut self) -> Self {
        self.rules.adaptive = true;
        self
    }

    /// See [`CacheEntry::stale_while_revalidate`].
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn stale_while_revalidate(mut self, time: impl IntoTtl) -> Self {
        self.rules.while_revalidate = time.into_ttl();
        self
    }

    /// See [`CacheEntry::stale_if_error`].
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn stale_if_error(mut self, time: impl IntoTtl) -> Self {
        self.rules.if_error = time.into_ttl();
        self
    }

    /// See [`CacheEntry::jitter`].
    pub fn jitter(mut self, part: f64) -> Self {
        self.rules.jitter = part;
        self
    }

    /// See [`CacheEntry::distributed_lock`].
    pub fn distributed_lock(mut self) -> Self {
        self.rules.lock = true;
        self
    }

    /// Returns the value under the key, or what `load` returns; see [`Cache::get_or_set`]. The load may run behind the call, so it
    /// borrows nothing.
    ///
    /// # Errors
    ///
    /// Those of `load`, if no stale value serves.
    pub async fn get_or_set<T, E, F>(
        self,
        load: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T, E>
    where
        T: SharedValue,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        self.get_or_load(move |_| load()).await
    }

    /// [`get_or_set`](Self::get_or_set) for a source that can say whether the old value is still good: `load` gets the value that
    /// it replaces, see [`Replaced`]. It gets `None` if there is none, if it was invalidated, and on a cache with a store also where
    /// the store does not have it any more: a value stays there past its life for as long as it may be served stale.
    ///
    /// ```
    /// # async fn page(etag: Option<String>) -> Result<Option<(String, String)>, std::io::Error> { Ok(None) }
    /// # async fn example(cache: cache_core::Cache) -> Result<(), std::io::Error> {
    /// let (etag, text): (String, String) = cache
    ///     .entry("terms")
    ///     .ttl("10m")
    ///     .stale_while_revalidate("1d")
    ///     .get_or_refresh(|old| async move {
    ///         let etag = old.as_ref().map(|old| old.validator(|(etag, _): &(String, String)| etag.clone()));
    ///         match (page(etag).await?, old) {
    ///             (Some(new), _) => Ok(new),
    ///             (None, Some(old)) => Ok(old.not_modified()),
    ///             (None, None) => Err(std::io::Error::other("no page")),
    ///         }
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `load`, if no stale value serves.
    pub async fn get_or_refresh<T, E, F>(
        mut self,
        load: impl FnOnce(Option<Replaced<T>>) -> F + Send + 'static,
    ) -> Result<T, E>
    where
        T: SharedValue,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        self.revalidates = true;
        self.get_or_load(load).await
    }
}
