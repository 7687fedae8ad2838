//! Calls that block the thread of an async load. The load goes on only after they have returned, so they must not wait for it for
//! ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::yield_now;
use std::time::{Duration, Instant};

use cache_core::store::{Answer, Put, Written};
use cache_core::testing::Clock;
use cache_core::{Cache, MemoryStore, Result, Store, cached};

use crate::support::{Gate, installed, named, until, within};

/// Longer than followers wait for a leader.
const TOO_LONG: Duration = Duration::from_secs(11);

const TTL: &str = "1h";

/// A cache without a store, with one, and with one and near copies.
fn caches() -> [Cache; 3] {
    let store = || MemoryStore::bounded(100, 1 << 20);
    [
        Cache::memory(100),
        Cache::builder().near(0).store(store()).build(),
        Cache::builder().near(100).store(store()).build(),
    ]
}

/// The output of tasks that share one thread. Whenever one is about to block it, the load that it waits for becomes overdue.
fn on_one_thread<F: Future<Output: Send + 'static>>(
    tasks: impl FnOnce(Arc<AtomicBool>) -> F + Send + 'static,
) -> F::Output {
    let (clock, blocks) = (Clock::freeze(), Arc::new(AtomicBool::new(false)));
    let (time, told) = (clock.handle(), blocks.clone());
    let thread = std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        time.run(|| runtime.block_on(within(tasks(told))))
    });
    let start = Instant::now();
    while !thread.is_finished() {
        if blocks.swap(false, SeqCst) {
            clock.advance(TOO_LONG);
        }
        assert!(start.elapsed() < Duration::from_secs(60), "it hangs");
        yield_now();
    }
    thread.join().unwrap()
}

/// The value and the loads of a call that blocks.
fn blocked(cache: &Cache, key: &'static str, value: u64, blocks: &AtomicBool) -> u64 {
    blocks.store(true, SeqCst);
    let load = || Ok::<_, String>(value);
    cache.blocking().get_or_set(key, TTL, load).unwrap()
}

/// A task that has begun to load 1 under a key.
async fn leads(cache: &Cache, key: &'static str, gate: Arc<Gate>) -> tokio::task::JoinHandle<u64> {
    let (cache, begun) = (cache.clone(), Arc::new(AtomicBool::new(false)));
    let begins = begun.clone();
    let leader = tokio::spawn(async move {
        let load = || async {
            begins.store(true, SeqCst);
            gate.pass().await;
            Ok::<_, String>(1)
        };
        cache.get_or_set(key, TTL, load).await.unwrap()
    });
    until(|| begun.load(SeqCst)).await;
    leader
}

#[test]
fn a_thread_that_waits_for_a_load_of_its_own_task_loads_by_itself() {
    for cache in caches() {
        on_one_thread(move |blocks| async move {
            let gate = Arc::new(Gate::closed());
            let leader = leads(&cache, "key", gate.clone()).await;
            assert_eq!(blocked(&cache, "key", 2, &blocks), 2);
            gate.let_go(1);
            assert_eq!(leader.await.unwrap(), 1);
            assert_eq!(cache.get("key").await.unwrap(), Some(2_u64));
        });
    }
}

#[test]
fn a_load_that_waits_for_another_on_its_thread_ends() {
    for cache in caches() {
        on_one_thread(move |blocks| async move {
            let gate = Arc::new(Gate::closed());
            let leader = leads(&cache, "one", gate.clone()).await;
            let load = || async { Ok::<_, String>(10 + blocked(&cache, "one", 2, &blocks)) };
            assert_eq!(cache.get_or_set("two", TTL, load).await, Ok(12));
            gate.let_go(1);
            assert_eq!(leader.await.unwrap(), 1);
        });
    }
}

/// No call needs to wait here.
#[test]
fn a_load_that_asks_for_its_own_key_loads_by_itself_at_once() {
    for cache in caches() {
        on_one_thread(move |_| async move {
            let inner =
                || async { Ok::<_, String>(blocked(&cache, "key", 2, &AtomicBool::new(false))) };
            assert_eq!(cache.get_or_set("key", TTL, inner).await, Ok(2));
        });
    }
}

#[test]
fn a_cached_function_that_asks_for_what_its_thread_loads_ends() {
    installed();
    #[cached(key = "blocking:outer:{n}", skip(blocks), ttl = "1h")]
    async fn outer(n: u64, blocks: Arc<AtomicBool>) -> u64 {
        10 * n + blocked(&named("default"), "blocking:inner", 2, &blocks)
    }
    on_one_thread(move |blocks| async move {
        let gate = Arc::new(Gate::closed());
        let leader = leads(&named("default"), "blocking:inner", gate.clone()).await;
        assert_eq!(outer(3, blocks).await, 32);
        gate.let_go(1);
        assert_eq!(leader.await.unwrap(), 1);
    });
}

#[test]
fn other_calls_wait_for_no_load() {
    for cache in caches() {
        on_one_thread(move |_| async move {
            let gate = Arc::new(Gate::closed());
            let leader = leads(&cache, "key", gate.clone()).await;
            let blocking = cache.blocking();
            assert_eq!(blocking.get::<u64>("key").unwrap(), None);
            blocking.invalidate_tag("tag").unwrap();
            assert!(blocking.add("key", &3_u64).unwrap());
            assert_eq!(blocking.incr("key", 1).unwrap(), 4);
            assert!(blocking.delete("key").unwrap());
            blocking.set("key", &5_u64).unwrap();
            blocking.settled();
            gate.let_go(1);
            assert_eq!(leader.await.unwrap(), 1);
            assert_eq!(blocking.get("key").unwrap(), Some(5_u64));
        });
    }
}

/// A store that delays the first write after it was told to.
#[derive(Debug)]
struct Holding {
    store: MemoryStore,
    holds: AtomicBool,
    held: AtomicBool,
}

impl Store for Holding {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.store.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        if self.holds.swap(false, SeqCst) {
            self.held.store(true, SeqCst);
            while self.held.load(SeqCst) {
                tokio::task::yield_now().await;
            }
        }
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.store.delete(keys).await
    }
}

#[test]
fn a_thread_that_waits_for_a_write_of_its_own_task_loads_by_itself() {
    for near in [0, 100] {
        let store = Arc::new(Holding {
            store: MemoryStore::bounded(100, 1 << 20),
            holds: AtomicBool::new(false),
            held: AtomicBool::new(false),
        });
        let builder = Cache::builder().near(near).store(store.clone());
        let cache = builder.build();
        on_one_thread(move |blocks| async move {
            let (writes, held) = (cache.clone(), store.clone());
            let leader = tokio::spawn(async move {
                let load = || async {
                    held.holds.store(true, SeqCst);
                    Ok::<_, String>(1)
                };
                writes.get_or_set("key", TTL, load).await.unwrap()
            });
            until(|| store.held.load(SeqCst)).await;
            let got = blocked(&cache, "key", 2, &blocks);
            store.held.store(false, SeqCst);
            assert_eq!(leader.await.unwrap(), 1);
            assert!((1..=2).contains(&got), "{got}");
        });
    }
}
