//! Look-ups of a cache that keeps nothing in this process: a value goes from the bytes of the store to the caller, and no entry is made
//! of it. Of 50 hits in one call that is a third of the instructions.

use super::Cache;
use crate::context;
use crate::error::Result;
use crate::far::{BESIDE, Far, Snapshot, beside};
use crate::format::codec::coder::coder;
use crate::key::Key;
use crate::value::SharedValue;

impl Cache {
    /// The store, if nothing of what it has is kept here and nobody wants to know what the running code finds: whoever does needs an
    /// entry, with what it depends on.
    pub(super) fn straight(&self) -> Option<&Far> {
        let is_straight = self.near().keeps_nothing() && !context::is_observed();
        self.far().filter(|_| is_straight)
    }
}

impl Far {
    /// The value under a key, if there is a good one of this type, or one beside that of another type.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(super) async fn value<T: SharedValue>(&self, key: &Key) -> Result<Option<T>> {
        let seen = self.read_one(key.as_bytes(), &[], false).await?;
        self.value_or_beside(key, &seen).await
    }

    /// [`value`](Self::value) under each of these keys, in one round trip where none lies beside another.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(super) async fn values<T: SharedValue>(&self, keys: &[Key]) -> Result<Vec<Option<T>>> {
        let entries: Vec<_> = keys.iter().map(|key| (key.as_bytes(), &[][..])).collect();
        let seen = self.read(&entries, false).await?;
        let mut values = Vec::with_capacity(keys.len());
        for (key, seen) in keys.iter().zip(seen) {
            values.push(self.value_or_beside(key, &seen).await?);
        }
        Ok(values)
    }

    async fn value_or_beside<T: SharedValue>(
        &self,
        key: &Key,
        seen: &Snapshot,
    ) -> Result<Option<T>> {
        let value = self.decoded(seen);
        if value.is_some() {
            return Ok(value);
        }
        let fingerprint = coder::<T>().fingerprint();
        if !seen.is_of_another_type(fingerprint) {
            return Ok(None);
        }
        let key = beside(key.as_bytes(), fingerprint);
        let seen = self.read_one(&key, &[BESIDE], false).await?;
        Ok(self.decoded(&seen))
    }

    fn decoded<T: SharedValue>(&self, seen: &Snapshot) -> Option<T> {
        let coder = coder::<T>();
        let blob = self.entry(seen, None, Some(coder.fingerprint()))?;
        let value = coder.decode(blob.codec(), blob.body()).ok();
        if value.is_none() {
            self.unreadable();
        }
        value
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use crate::wait::block_on;

    /// Caches over one store, of which the second is straight.
    fn caches() -> [Cache; 2] {
        let store = std::sync::Arc::new(MemoryStore::bounded(100, 1 << 20));
        [100, 0].map(|near| Cache::builder().near(near).store(store.clone()).build())
    }

    #[test]
    fn it_finds_what_others_have_put_and_nothing_else() {
        let [other, straight] = caches();
        assert!(other.straight().is_none() && straight.straight().is_some());
        block_on(async {
            other.set("a", &7_u64).await?;
            assert_eq!(straight.get("a").await?, Some(7_u64));
            assert_eq!(straight.get::<String>("a").await?, None);
            let many = straight.get_many::<u64>(["b", "a", "a"]);
            assert_eq!(many.await?, [None, Some(7), Some(7)]);
            other.delete("a").await?;
            assert_eq!(straight.get::<u64>("a").await?, None);
            Ok::<_, crate::Error>(())
        })
        .expect("the store works");
    }

    #[test]
    fn a_load_depends_on_what_it_finds() {
        let [_, straight] = caches();
        let outer = Cache::builder().build();
        block_on(async {
            let entry = straight.entry("a").tags(["red"]);
            entry.ready().await;
            assert!(entry.set(&7_u64).await?);
            for many in [false, true] {
                let load = || async {
                    Ok::<_, crate::Error>(if many {
                        straight.get_many::<u64>(["a"]).await?.remove(0)
                    } else {
                        straight.get::<u64>("a").await?
                    })
                };
                let loaded: Option<u64> = outer.get_or_set("made of it", "1h", load).await?;
                assert!(loaded == Some(7) && outer.contains("made of it").await?);
                straight.invalidate_tag("red").await?;
                assert!(!outer.contains("made of it").await?, "{many}");
                let entry = straight.entry("a").tags(["red"]);
                entry.ready().await;
                assert!(entry.set(&7_u64).await?);
            }
            Ok::<_, crate::Error>(())
        })
        .expect("the store works");
    }
}
