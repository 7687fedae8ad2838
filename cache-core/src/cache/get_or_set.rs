//! A load by hand, with the same guarantees as a cached function.

use std::time::Duration;

use super::Cache;
use crate::clock;
use crate::context;
use crate::key::Key;
use crate::load::Opened;
use crate::name::Name;
use crate::policy::Life;
use crate::ttl::IntoTtl;
use crate::value::SharedValue;
use crate::wait::block_on;

impl Cache {
    /// Returns the value under a key; if there is none, what `load` returns, and stores that for `ttl` unless it is an `Err`.
    /// Concurrent calls share one load; after an `Err` they do not queue for the next one.
    ///
    /// A value is returned but not kept if something that it depends on was invalidated while it was loaded. If the store fails,
    /// the value is loaded and the failure counted.
    ///
    /// ```
    /// # async fn example(cache: cache_core::Cache) -> Result<(), std::io::Error> {
    /// let motd = cache
    ///     .get_or_set("motd", "10m", || async { std::fs::read_to_string("/etc/motd") })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `load`.
    ///
    /// # Panics
    ///
    /// If the ttl is a text that is not a duration.
    pub async fn get_or_set<T, E, F>(
        &self,
        key: impl Into<Key>,
        ttl: impl IntoTtl,
        load: impl FnOnce() -> F,
    ) -> Result<T, E>
    where
        T: SharedValue,
        F: Future<Output = Result<T, E>>,
    {
        let ttl = Some(ttl.into_ttl());
        self.get_or_load(key.into(), ttl, Box::default(), load)
            .await
    }

    /// [`get_or_set`](Self::get_or_set), under these names as well.
    pub(crate) async fn get_or_load<T, E, F>(
        &self,
        key: Key,
        ttl: Option<Duration>,
        names: Box<[Name]>,
        load: impl FnOnce() -> F,
    ) -> Result<T, E>
    where
        T: SharedValue,
        F: Future<Output = Result<T, E>>,
    {
        if let Some(value) = self.near_value(&key) {
            return Ok(value);
        }
        let request = self.request::<T>(&key, names);
        // In boxes, so that the future of a hit does not carry the room for a miss.
        let mut leader = match Box::pin(request.open()).await {
            Opened::Ready(entry, _) | Opened::Behind(entry, ..) => {
                self.tell(&entry);
                return match entry.value_as::<T>() {
                    Some(value) => Ok(value.clone()),
                    None => load().await,
                };
            }
            Opened::Run(leader) | Opened::Failed(_, leader) | Opened::TimedOut(leader) => leader,
        };
        context::request::note_miss();
        let outcome = leader.load_from(load).await;
        leader.tell(&[]);
        if let Ok(value) = &outcome {
            let life = Life::new(clock::now(), ttl);
            let entry = leader.entry(value.clone(), life, 0, &[]);
            Box::pin(leader.keep(entry)).await;
        } else {
            leader.note_failure();
            leader.fail(None);
        }
        outcome
    }

    /// [`get_or_set`](Self::get_or_set) on this thread.
    pub(super) fn get_or_set_blocking<T: SharedValue, E>(
        &self,
        key: Key,
        ttl: impl IntoTtl,
        load: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        block_on(self.get_or_set(key, ttl, || async { load() }))
    }

    fn near_value<T: SharedValue>(&self, key: &Key) -> Option<T> {
        self.nearby_as::<T>(key)?.value_as().cloned()
    }
}
