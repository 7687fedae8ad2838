//! Real threads of several caches over one store: what the models show for every order of a few steps, for a sample of
//! many. Each key has a lock for its data, as a database has, and whoever reads notes what was acknowledged before.

use std::convert::Infallible;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::cache::Cache;
use crate::clock;
use crate::error::Result;
use crate::store::{Answer, MemoryStore, Put, Store, Written};
use crate::sync::{AtomicU64, Ordering};
use crate::wait::block_on;

const PROCESSES: usize = 3;
const THREADS: usize = 3;
const KEYS: usize = 3;
const TIME: Duration = Duration::from_millis(1500);

/// One store that several caches share.
#[derive(Clone, Debug)]
struct Shared(Arc<MemoryStore>);

impl Store for Shared {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.0.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        thread::yield_now();
        self.0.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        thread::yield_now();
        self.0.delete(keys).await
    }
}

/// The data under one key: its version, and the newest that was acknowledged.
#[derive(Debug, Default)]
struct Data {
    version: AtomicU64,
    acknowledged: [AtomicU64; PROCESSES],
}

#[derive(Debug, Default)]
struct Counts {
    reads: AtomicU64,
    changes: AtomicU64,
    lost: AtomicU64,
}

/// Numbers that look like chance, from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// One thread of one process. Where caches keep copies, a process is bound to its own acknowledgements alone.
fn run(
    cache: &Cache,
    process: usize,
    strict: bool,
    data: &[Data],
    counts: &Counts,
    mut chance: Chance,
) {
    let end = clock::now().after(TIME);
    while clock::now() < end {
        let at = usize::try_from(chance.below(KEYS as u64)).unwrap();
        let (key, data) = (format!("key:{at}"), &data[at]);
        let told = |version: u64| {
            for (other, newest) in data.acknowledged.iter().enumerate() {
                if strict || other == process {
                    newest.fetch_max(version, Ordering::SeqCst);
                }
            }
            counts.changes.fetch_add(1, Ordering::Relaxed);
        };
        let next = || data.version.fetch_add(1, Ordering::SeqCst) + 1;
        let check = |floor: u64, got: u64| {
            counts.reads.fetch_add(1, Ordering::Relaxed);
            counts
                .lost
                .fetch_add(u64::from(got < floor), Ordering::Relaxed);
        };
        let floor = data.acknowledged[process].load(Ordering::SeqCst);
        match chance.below(20) {
            0 => {
                let version = next();
                block_on(cache.delete(key)).unwrap();
                told(version);
            }
            1 => {
                let version = next();
                block_on(cache.clear()).unwrap();
                told(version);
            }
            2 => {
                let entry = cache.entry(key);
                block_on(entry.ready());
                let version = data.version.load(Ordering::SeqCst);
                thread::yield_now();
                block_on(entry.set(&version)).unwrap();
            }
            3 => drop(block_on(cache.touch(key, "1h")).unwrap()),
            4..8 => {
                if let Some(got) = block_on(cache.get::<u64>(key)).unwrap() {
                    check(floor, got);
                }
            }
            _ => {
                let load = || async {
                    let version = data.version.load(Ordering::SeqCst);
                    thread::yield_now();
                    Ok::<_, Infallible>(version)
                };
                let Ok(got) = block_on(cache.get_or_set(key, "1h", load));
                check(floor, got);
            }
        }
    }
}

fn all(near: usize) {
    let store = Shared(Arc::new(MemoryStore::bounded(1000, 1 << 20)));
    let data: [Data; KEYS] = Default::default();
    let counts = Counts::default();
    let caches: [Cache; PROCESSES] =
        std::array::from_fn(|_| Cache::builder().near(near).store(store.clone()).build());
    thread::scope(|scope| {
        for (process, cache) in caches.iter().enumerate() {
            for thread in 0..THREADS {
                let (data, counts) = (&data, &counts);
                let chance = Chance(0x9e37_79b9 + (process * THREADS + thread) as u64);
                scope.spawn(move || run(cache, process, near == 0, data, counts, chance));
            }
        }
    });
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    assert!(
        read(&counts.reads) > 100 && read(&counts.changes) > 10,
        "{counts:?}"
    );
    assert_eq!(read(&counts.lost), 0, "{counts:?}");
}

#[test]
fn no_invalidation_is_lost_where_every_call_asks_the_store() {
    all(0);
}

#[test]
fn nor_by_its_own_process_where_copies_are_kept() {
    all(100);
}
