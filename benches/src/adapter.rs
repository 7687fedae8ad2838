//! The adapter for Shopify's public benchmark of Rust caches, and its workload: threads that read keys by a Zipf law, and insert what
//! they miss. The trait is what such a benchmark asks of a cache.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_core::{Cache, cached};

use crate::contest::{Contender, Contest};
use crate::ratios::{Dice, Ranks};

const KEYS: u64 = 1_000_000;
const CAPACITY: usize = 100_000;
const SKEW: f64 = 0.99;
/// Requests of a thread in a sample.
const REQUESTS: usize = 200_000;
/// One of so many requests is timed by itself, so that the clock costs the others nothing.
const TIMED: usize = 32;

/// A cache of numbers that any thread may ask.
trait Adapter: Send + Sync {
    fn get(&self, key: u64) -> Option<u64>;

    fn insert(&self, key: u64, value: u64);

    /// The value, loaded if it is missing.
    fn read(&self, key: u64) -> u64 {
        self.get(key).unwrap_or_else(|| {
            let value = load(key);
            self.insert(key, value);
            value
        })
    }
}

thread_local! {
    static LOADS: Cell<u64> = const { Cell::new(0) };
}

fn load(key: u64) -> u64 {
    LOADS.set(LOADS.get() + 1);
    key
}

/// This project as its users meet it: a function with an attribute.
struct ByAttribute;

#[cached(capacity = 100_000)]
fn function(key: u64) -> u64 {
    load(key)
}

impl Adapter for ByAttribute {
    fn get(&self, key: u64) -> Option<u64> {
        Some(function(key))
    }

    fn insert(&self, _: u64, _: u64) {}
}

/// This project by hand: its keys are text.
impl Adapter for Cache {
    fn get(&self, key: u64) -> Option<u64> {
        self.blocking().get(key.to_string()).ok().flatten()
    }

    fn insert(&self, key: u64, value: u64) {
        let kept = self.blocking().set(key.to_string(), &value);
        assert!(kept.is_ok(), "memory takes every value");
    }
}

impl Adapter for quick_cache::sync::Cache<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key)
    }

    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

#[cfg(feature = "peers")]
impl Adapter for moka::sync::Cache<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key)
    }

    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

#[cfg(feature = "peers")]
impl Adapter for foyer_memory::Cache<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key).map(|entry| *entry.value())
    }

    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

/// The contests on one thread and on as many as there are cores, up to sixteen.
pub(crate) fn contests() -> Vec<Contest> {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(16));
    let mut threads = vec![1, cores];
    threads.dedup();
    let ranks = Rc::new(std::cell::OnceCell::new());
    let contests = threads.into_iter().map(|threads| {
        let contender = |name, make: fn() -> Arc<dyn Adapter>| {
            let ranks = Rc::clone(&ranks);
            let mut cache = None;
            let mut seed = 0;
            Contender {
                name,
                sample: Box::new(move || {
                    let ranks = ranks.get_or_init(|| Ranks::new(SKEW, KEYS));
                    seed += 1;
                    sample(&**cache.get_or_insert_with(make), threads, ranks, seed)
                }),
            }
        };
        let plural = if threads == 1 { "" } else { "s" };
        Contest {
            title: format!("reads and inserts by a Zipf law, {threads} thread{plural}"),
            rounds: 11,
            units: &[
                "million requests a second",
                "hits of 1,000",
                "ns at 50 %",
                "ns at 99 %",
            ],
            baselines: &["quick_cache", "moka"],
            contenders: vec![
                contender("cache-core", || Arc::new(ByAttribute)),
                contender("cache-core, by hand", || Arc::new(Cache::memory(CAPACITY))),
                contender("quick_cache", || {
                    Arc::new(quick_cache::sync::Cache::<u64, u64>::new(CAPACITY))
                }),
                #[cfg(feature = "peers")]
                contender("moka", || {
                    Arc::new(moka::sync::Cache::<u64, u64>::new(CAPACITY as u64))
                }),
                #[cfg(feature = "peers")]
                contender("foyer", || {
                    let cache: foyer_memory::Cache<u64, u64> =
                        foyer_memory::CacheBuilder::new(CAPACITY).build();
                    Arc::new(cache)
                }),
            ],
        }
    });
    contests.collect()
}

/// What one thread has seen.
struct Seen {
    time: Duration,
    loads: u64,
    each: Vec<Duration>,
}

fn sample(cache: &dyn Adapter, threads: usize, ranks: &Ranks, seed: u64) -> Vec<f64> {
    let by_thread: Vec<Seen> = std::thread::scope(|scope| {
        let threads = 0..threads as u64;
        let threads: Vec<_> = threads
            .map(|thread| scope.spawn(move || requests(cache, ranks, seed << 32 | thread)))
            .collect();
        let ended = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended.filter_map(Result::ok).collect()
    });
    assert_eq!(by_thread.len(), threads, "a thread panicked");
    let longest = by_thread
        .iter()
        .map(|seen| seen.time)
        .max()
        .unwrap_or_default();
    let loads: u64 = by_thread.iter().map(|seen| seen.loads).sum();
    let mut each: Vec<Duration> = by_thread.into_iter().flat_map(|seen| seen.each).collect();
    each.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    let (all, loads) = ((threads * REQUESTS) as f64, loads as f64);
    let at = |part: usize| each[each.len() * part / 100].as_secs_f64() * 1e9;
    vec![
        all / longest.as_secs_f64() / 1e6,
        1_000.0 * (1.0 - loads / all),
        at(50),
        at(99),
    ]
}

fn requests(cache: &dyn Adapter, ranks: &Ranks, seed: u64) -> Seen {
    let mut dice = Dice(seed.wrapping_mul(0xd134_2543_de82_ef95));
    let keys: Vec<u64> = (0..REQUESTS).map(|_| ranks.draw(&mut dice)).collect();
    let mut each = Vec::with_capacity(REQUESTS / TIMED + 1);
    let before = LOADS.get();
    let begun = Instant::now();
    for keys in keys.chunks(TIMED) {
        let (first, others) = (keys[0], &keys[1..]);
        let asked = Instant::now();
        std::hint::black_box(cache.read(first));
        each.push(asked.elapsed());
        for key in others {
            std::hint::black_box(cache.read(*key));
        }
    }
    Seen {
        time: begun.elapsed(),
        loads: LOADS.get() - before,
        each,
    }
}
