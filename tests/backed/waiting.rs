//! Many concurrent callers over a slow store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use cache_core::store::{Answer, Put, Token, Written};
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

/// A caller that has waited for a copy which is too old for it asks the store itself.
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

/// A store that holds back a write, or the answer to the next read, until it has a permit.
#[derive(Debug)]
struct Gate {
    store: MemoryStore,
    holds: Holds,
    permits: Semaphore,
    written: AtomicBool,
    gets: AtomicUsize,
    held: AtomicUsize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Write,
    Check,
}

impl Gate {
    fn new(holds: Holds) -> Arc<Self> {
        Arc::new(Self {
            store: MemoryStore::bounded(100, 1 << 20),
            holds,
            permits: Semaphore::new(0),
            written: AtomicBool::new(false),
            gets: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
        })
    }

    async fn hold(&self, holds: Holds) {
        if self.holds == holds && self.held.fetch_add(1, SeqCst) == 0 {
            self.permits.acquire().await.unwrap().forget();
        }
    }

    /// Waits until the next call of `count` has begun and got as far as it can.
    async fn more_than(count: &AtomicUsize, number: usize) {
        while count.load(SeqCst) <= number {
            yield_now().await;
        }
        for _ in 0..1_000 {
            yield_now().await;
        }
    }
}

impl Store for Gate {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.gets.fetch_add(1, SeqCst);
        let answer = self.store.get(keys).await;
        if self.written.load(SeqCst) {
            self.hold(Holds::Check).await;
        }
        answer
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let is_value = puts.iter().any(|put| put.value.len() > 2 * Token::LENGTH); // and neither lease nor stamp
        if is_value {
            self.hold(Holds::Write).await;
        }
        let written = self.store.put(puts).await;
        self.written.fetch_or(is_value, SeqCst);
        written
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.store.delete(keys).await
    }
}

/// Without near copies, a call during the write of a loaded value waits for the write and does not load again, unless another
/// process has invalidated the value meanwhile.
#[tokio::test]
async fn a_call_during_the_write_of_a_value_waits_and_then_asks_the_store() {
    for (holds, invalidates, loads) in [
        (Holds::Write, false, 1),
        (Holds::Check, false, 1),
        (Holds::Check, true, 2),
    ] {
        let (store, runs) = (Gate::new(holds), Arc::new(Runs::new()));
        let process = || {
            let builder = Cache::builder().near(0).timeout("1m");
            builder.store(store.clone()).build()
        };
        let (cache, other) = (process(), process());
        let call = || {
            let (cache, runs) = (cache.clone(), runs.clone());
            tokio::spawn(async move {
                let load = || async { Ok::<_, String>(runs.run()) };
                cache.get_or_set("key", "1h", load).await
            })
        };
        let first = call();
        Gate::more_than(&store.held, 0).await;
        if invalidates {
            other.delete("key").await.unwrap();
        }
        let gets = store.gets.load(SeqCst);
        let second = call();
        Gate::more_than(&store.gets, gets).await;
        assert_eq!(runs.count(), 1, "{holds:?} {invalidates}");
        store.permits.add_permits(1);
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert_eq!(first == second, !invalidates, "{holds:?} {invalidates}");
        assert_eq!(runs.count(), loads, "{holds:?} {invalidates}");
    }
}

/// A store that holds back its first two answers after it has read them.
#[derive(Debug)]
struct LateAnswers {
    store: Arc<MemoryStore>,
    permits: Semaphore,
    gets: AtomicUsize,
}

impl Store for LateAnswers {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let answer = self.store.get(keys).await;
        if self.gets.fetch_add(1, SeqCst) < 2 {
            self.permits.acquire().await.unwrap().forget();
        }
        answer
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.store.delete(keys).await
    }
}

/// Without near copies, a call may join a load that has already read the store. It does not get a value that another process removed
/// before the call.
#[tokio::test]
async fn who_joins_late_does_not_get_what_was_removed_before() {
    let store = Arc::new(MemoryStore::bounded(100, 1 << 20));
    let late = Arc::new(LateAnswers {
        store: store.clone(),
        permits: Semaphore::new(0),
        gets: AtomicUsize::new(0),
    });
    let builder = || Cache::builder().near(0).timeout("1m");
    let (cache, other) = (
        builder().store(late.clone()).build(),
        builder().store(store).build(),
    );
    let (begun, go) = (Arc::new(Runs::new()), Arc::new(Semaphore::new(0)));
    let theirs = tokio::spawn({
        let (other, begun, go) = (other.clone(), begun.clone(), go.clone());
        async move {
            let load = || async {
                begun.run();
                go.acquire().await.unwrap().forget();
                Ok::<u32, String>(1)
            };
            other.get_or_set("key", "1h", load).await
        }
    });
    while begun.count() == 0 {
        yield_now().await;
    }
    let call = |value: u32| {
        let cache = cache.clone();
        tokio::spawn(async move {
            let load = || async move { Ok::<_, String>(value) };
            cache.get_or_set("key", "1h", load).await
        })
    };
    let first = call(2); // sees that the other process is loading
    Gate::more_than(&late.gets, 0).await;
    go.add_permits(1);
    assert_eq!(theirs.await.unwrap(), Ok(1));
    late.permits.add_permits(1);
    Gate::more_than(&late.gets, 1).await; // and now that it has loaded
    other.delete("key").await.unwrap();
    let second = call(3);
    Gate::more_than(&late.gets, 2).await;
    late.permits.add_permits(1);
    assert_eq!(first.await.unwrap(), Ok(1), "it began before the removal");
    assert_eq!(second.await.unwrap(), Ok(3), "it did not");
}
