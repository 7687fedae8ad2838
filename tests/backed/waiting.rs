//! Many who ask at once, over a store that takes its time.

use std::time::Duration;

use cache_core::store::{Answer, Put, Written};
use cache_core::{Cache, MemoryStore, Result, Store};
use tokio::task::{JoinSet, yield_now};

use crate::support::Runs;

/// A store that lets others run before it answers.
#[derive(Debug)]
struct Slow(MemoryStore);

impl Store for Slow {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        yield_now().await;
        self.0.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        yield_now().await;
        self.0.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        yield_now().await;
        self.0.delete(keys).await
    }
}

/// Who has waited for a copy that is too old for him asks the store himself.
#[tokio::test]
async fn what_the_store_has_is_not_loaded_although_near_copies_end_at_once() {
    static RUNS: Runs = Runs::new();
    for near_ttl in [Duration::ZERO, Duration::from_nanos(1)] {
        let store = Slow(MemoryStore::bounded(100, 1 << 20));
        let cache = Cache::builder().near_ttl(near_ttl).store(store).build();
        cache.set("key", &7_u64).await.unwrap();
        let mut callers = JoinSet::new();
        for _ in 0..16 {
            let cache = cache.clone();
            callers.spawn(async move {
                let load = || async { Ok::<_, String>(RUNS.run() as u64) };
                cache.get_or_set("key", "1h", load).await
            });
        }
        assert_eq!(callers.join_all().await, vec![Ok(7); 16]);
        assert_eq!(RUNS.count(), 0);
    }
}
