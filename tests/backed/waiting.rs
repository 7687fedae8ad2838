//! Many who ask at once, over a store that takes its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use cache_core::store::{Answer, Put, Written};
use cache_core::{Cache, MemoryStore, Result, Store};
use tokio::sync::Semaphore;
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

/// A store that holds back values until it has a permit for each; leases pass.
#[derive(Debug)]
struct Gate {
    store: MemoryStore,
    permits: Semaphore,
    gets: AtomicUsize,
    held: AtomicUsize,
}

impl Store for Gate {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.gets.fetch_add(1, SeqCst);
        self.store.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        if puts.iter().any(|put| put.value.len() > 64) {
            self.held.fetch_add(1, SeqCst);
            self.permits.acquire().await.unwrap().forget();
        }
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.store.delete(keys).await
    }
}

/// Without near copies, a call that comes while a loaded value is being written waits for it, and does not load again.
#[tokio::test]
async fn a_call_during_the_write_of_a_value_does_not_load_it_again() {
    static RUNS: Runs = Runs::new();
    let store = Arc::new(Gate {
        store: MemoryStore::bounded(100, 1 << 20),
        permits: Semaphore::new(0),
        gets: AtomicUsize::new(0),
        held: AtomicUsize::new(0),
    });
    let cache = Cache::builder()
        .near(0)
        .timeout("1m")
        .store(store.clone())
        .build();
    let call = || {
        let cache = cache.clone();
        tokio::spawn(async move {
            let load = || async { Ok::<_, String>(RUNS.run() as u64) };
            cache.get_or_set("key", "1h", load).await
        })
    };
    let first = call();
    while store.held.load(SeqCst) == 0 {
        yield_now().await;
    }
    let gets = store.gets.load(SeqCst);
    let second = call();
    while store.gets.load(SeqCst) == gets {
        yield_now().await;
    }
    for _ in 0..1_000 {
        yield_now().await;
    }
    store.permits.add_permits(10);
    assert_eq!(first.await.unwrap(), second.await.unwrap());
    assert_eq!(RUNS.count(), 1);
}
