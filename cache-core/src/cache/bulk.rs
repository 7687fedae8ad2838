//! Many keys in one call, and in one round trip of the store.

use super::Cache;
use super::set::for_store;
use crate::context::request;
use crate::error::Result;
use crate::invalidation::Invalidation;
use crate::key::Key;
use crate::load::peek_many;
use crate::value::SharedValue;

impl Cache {
    /// Returns the values under these keys, in their order; `None` where there is none, or none that is a `T`. The values that this
    /// process has no copies of take one round trip of the store.
    ///
    /// ```
    /// # async fn example(cache: cache_core::Cache) -> cache_core::Result<()> {
    /// cache.set_many([("a", &1), ("b", &2)]).await?;
    /// assert_eq!(cache.get_many::<i32>(["a", "x", "b"]).await?, [Some(1), None, Some(2)]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store could not be asked. A cache without a store returns no error.
    pub async fn get_many<T: SharedValue>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key>>,
    ) -> Result<Vec<Option<T>>> {
        let keys: Vec<Key> = keys.into_iter().map(Into::into).collect();
        if let Some(far) = self.straight() {
            return far.values(&keys).await;
        }
        let mut found: Vec<_> = keys.iter().map(|key| self.nearby_as::<T>(key)).collect();
        let missing: Vec<usize> = (0..keys.len()).filter(|at| found[*at].is_none()).collect();
        let misses: Vec<_> = missing
            .iter()
            .map(|at| self.request::<T>(&keys[*at], Box::default()))
            .collect();
        let fetched = peek_many(&misses).await?;
        for (at, entry) in missing.into_iter().zip(fetched) {
            match &entry {
                Some(entry) => self.tell(entry),
                None => request::note_miss(),
            }
            found[at] = entry;
        }
        Ok(found
            .into_iter()
            .map(|entry| entry?.value_as().cloned())
            .collect())
    }

    /// Stores values under their keys, for the ttl of the cache. They are not stored in one step: a reader may see some of them
    /// earlier than others. It takes one round trip of the store for all of them, with the exceptions of [`set`](Self::set).
    ///
    /// ```
    /// # async fn example(cache: cache_core::Cache) -> cache_core::Result<()> {
    /// let prices = [("apple", 30_u32), ("pear", 45)];
    /// cache.set_many(prices.iter().map(|(key, price)| (*key, price))).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`set`](Self::set), for any of the values: then no older value is left under any key. The others may have been stored,
    /// unless a value could not be serialized.
    pub async fn set_many<'v, T: SharedValue>(
        &self,
        values: impl IntoIterator<Item = (impl Into<Key>, &'v T)>,
    ) -> Result<()> {
        let values: Vec<(Key, &T)> = values
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect();
        let Some(far) = self.far() else {
            for (key, value) in values {
                self.put(&key, value, self.ttl()).await?;
            }
            return Ok(());
        };
        let new = values.iter();
        let new: Vec<_> = new
            .map(|(key, value)| for_store(key, *value, self.ttl()))
            .collect();
        let stored = far.set(&new).await;
        let near = self.near();
        for (key, _) in &values {
            near.remove(near.hash(key), &near.key(key), 0);
        }
        stored
    }

    /// Removes these keys.
    ///
    /// # Errors
    ///
    /// Those of [`delete`](Self::delete).
    #[track_caller]
    pub fn delete_many(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key>>,
    ) -> impl Future<Output = Result<()>> + Send {
        let mut stale = Invalidation::new();
        for key in keys {
            stale.key(key);
        }
        async move { self.invalidate(&stale).await }
    }
}
