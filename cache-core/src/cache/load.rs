//! A load by hand with rules about stale values.

use std::sync::Arc;
use std::time::Duration;

use super::Cache;
use super::handle::CacheEntry;
use crate::clock;
use crate::entry::AnyEntry;
use crate::key::{Key, Tag};
use crate::load::{How, Leader, LoadRequest, Opened};
use crate::name::Name;
use crate::policy::{Life, Staleness};
use crate::scope::{self, InScope};
use crate::spawn::spawn;
use crate::ttl::IntoTtl;
use crate::value::SharedValue;

/// A key whose value may be served past its life: the methods of [`CacheEntry`] that say when return it.
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
}

impl CacheEntry {
    /// Loads a value anew behind the call that finds it past this part of its life, a number between 0 and 1.
    pub fn refresh_ahead(self, part: f64) -> CacheLoad {
        CacheLoad::of(&self).refresh_ahead(part)
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

    /// Shortens each life at random, by this part of it at most: values of one moment do not end in one moment.
    pub fn jitter(self, part: f64) -> CacheLoad {
        CacheLoad::of(&self).jitter(part)
    }
}

impl CacheLoad {
    fn of(entry: &CacheEntry) -> Self {
        Self {
            cache: entry.cache.clone(),
            key: entry.key.clone(),
            ttl: entry.ttl,
            names: entry.names(),
            rules: Staleness::NONE,
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
        let opened = match self.cache.fresh_as::<T>(&self.key) {
            Some(entry) => Opened::Ready(entry, How::Hit),
            None => self.request::<T>().open().await,
        };
        match opened {
            Opened::Ready(entry, how) => match self.serve::<T>(&entry, how) {
                Some(value) => Ok(value),
                None => load().await,
            },
            Opened::Behind(entry, how, leader) => {
                let Some(value) = self.serve::<T>(&entry, how) else {
                    return load().await;
                };
                // The task begins the load itself: what it borrows must be its own.
                drop(leader);
                self.clone().load_behind(load).await;
                Ok(value)
            }
            Opened::Run(leader) | Opened::Failed(_, leader) => self.load(leader, load).await,
            Opened::TimedOut(request) => self.load(request.into_solo(), load).await,
        }
    }

    fn request<T: SharedValue>(&self) -> LoadRequest<'_, Box<[u8]>> {
        let mut request = self
            .cache
            .request::<T>(&self.key, self.names.clone().into());
        request.follow(self.rules);
        request
    }

    /// The value of an entry, which a load that encloses this call depends on.
    fn serve<T: SharedValue>(&self, entry: &Arc<dyn AnyEntry>, how: How) -> Option<T> {
        how.tell(self.cache.near(), entry);
        entry.value_as().cloned()
    }

    /// Runs the load, and ends it.
    async fn load<T, E, F>(
        &self,
        mut leader: Leader<'_, Box<[u8]>>,
        load: impl FnOnce() -> F,
    ) -> Result<T, E>
    where
        T: SharedValue,
        F: Future<Output = Result<T, E>>,
    {
        let outcome = leader.load(load()).await;
        leader.tell(&[]);
        let error = match outcome {
            Ok(value) => {
                let ttl = self.ttl.map(|ttl| self.rules.jittered(ttl));
                let entry = leader.entry(value.clone(), Life::new(clock::now(), ttl), 0, &[]);
                leader.keep(entry).await;
                return Ok(value);
            }
            Err(error) => error,
        };
        let stale = leader.stale();
        leader.fail(None);
        let served = stale.and_then(|entry| self.serve(&entry, How::Stale));
        served.ok_or(error)
    }

    /// Begins the load behind the call, unless another one is under way by then.
    async fn load_behind<T, E, F>(self, load: impl FnOnce() -> F + Send + 'static)
    where
        T: SharedValue,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let task = async move {
            let opened = self.request::<T>().open().await;
            if let Opened::Behind(_, _, leader) = opened
                && let Some(leader) = leader.prepared().await
            {
                // Its error is nobody's: the stale value serves until the next try.
                drop(self.load(leader, load).await);
            }
        };
        if let Err(task) = spawn(InScope::new(scope::here(), task)) {
            task.await;
        }
    }
}
