//! What caches allocate: for each small entry, and at the first call of a function.

use allocation_counter::{AllocationInfo, measure};
use cache_core::cached;

use crate::contest::{Contender, Contest};

/// A cache of numbers.
struct Filled {
    /// Makes the cache with room for so many entries, puts so many into it, and hands it out, so that it is not freed yet.
    fill: fn(usize, u64) -> Box<dyn Send>,
    name: &'static str,
}

/// The contests of bytes an entry, of a million entries, or of a hundred thousand where the time is short.
pub(crate) fn contests(quick: bool) -> Vec<Contest> {
    let entries = if quick { 100_000 } else { 1_000_000 };
    let of = |title: &str, capacity: usize, inserted: u64| {
        let contender = |filled: Filled| Contender {
            name: filled.name,
            sample: Box::new(move || vec![bytes_an_entry(filled.fill, capacity, inserted)]),
        };
        Contest {
            title: format!("the memory of an entry of u64 and u64, {title}"),
            rounds: 1,
            units: &["bytes an entry"],
            baselines: &["quick_cache", "moka"],
            contenders: caches().into_iter().map(contender).collect(),
        }
    };
    vec![
        of("half full", 2 * entries, entries as u64),
        of("full", entries, 2 * entries as u64),
    ]
}

fn caches() -> Vec<Filled> {
    let filled = |name, fill| Filled { fill, name };
    vec![
        filled("cache-core", ours),
        filled("quick_cache", quick_cache),
        #[cfg(feature = "peers")]
        filled("cached", peers::cached),
        #[cfg(feature = "peers")]
        filled("moka", peers::moka),
        #[cfg(feature = "peers")]
        filled("foyer", peers::foyer),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "at most a gigabyte")]
fn bytes_an_entry(fill: fn(usize, u64) -> Box<dyn Send>, capacity: usize, inserted: u64) -> f64 {
    let mut cache = None;
    let info = measure(|| cache = Some(fill(capacity, inserted)));
    let kept = inserted.min(capacity as u64);
    info.bytes_current as f64 / kept as f64
}

macro_rules! functions {
    ($($name:ident keeps $capacity:tt;)*) => {
        $(#[cached(ttl = "1h", capacity = $capacity)]
        fn $name(n: u64) -> u64 {
            n
        })*

        fn ours(capacity: usize, entries: u64) -> Box<dyn Send> {
            let call = match capacity {
                $($capacity => $name,)*
                other => panic!("no function keeps {other} values"),
            };
            for n in 0..entries {
                call(n);
            }
            Box::new(())
        }
    };
}

functions! {
    hundred_thousand keeps 100_000;
    two_hundred_thousand keeps 200_000;
    million keeps 1_000_000;
    two_million keeps 2_000_000;
}

fn quick_cache(capacity: usize, entries: u64) -> Box<dyn Send> {
    let cache = ::quick_cache::sync::Cache::new(capacity);
    for n in 0..entries {
        cache.insert(n, n);
    }
    Box::new(cache)
}

/// What the first call of a function allocates, once another function of the program was called.
pub(crate) fn first_calls() -> Contest {
    let contender = |name, call: fn()| Contender {
        name,
        sample: Box::new(move || {
            another(0);
            figures(&measure(call))
        }),
    };
    Contest {
        title: "the first call of a function".to_owned(),
        rounds: 1,
        units: &["allocations", "bytes allocated", "bytes kept"],
        baselines: &["cached"],
        contenders: vec![
            contender("cache-core", || {
                number(1);
            }),
            contender("cache-core, (&str, u32) -> String", || drop(text("one", 1))),
            #[cfg(feature = "peers")]
            contender("cached", peers::cached_call),
            #[cfg(feature = "peers")]
            contender("cached, sharded", peers::sharded_call),
            #[cfg(feature = "peers")]
            contender("memoize", peers::memoize_call),
            // A cache made by hand is in a static, and never freed.
            contender("quick_cache", || {
                let cache = ::quick_cache::sync::Cache::new(10_000);
                cache.insert(1, 1);
                std::mem::forget::<::quick_cache::sync::Cache<u64, u64>>(cache);
            }),
            #[cfg(feature = "peers")]
            contender("moka", peers::moka_call),
            #[cfg(feature = "peers")]
            contender("foyer", peers::foyer_call),
        ],
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of some thousand")]
fn figures(info: &AllocationInfo) -> Vec<f64> {
    vec![
        info.count_total as f64,
        info.bytes_total as f64,
        info.bytes_current as f64,
    ]
}

#[cached(ttl = "1h", capacity = 10_000)]
fn another(n: u64) -> u64 {
    n
}

#[cached(ttl = "1h", capacity = 10_000)]
fn number(n: u64) -> u64 {
    n
}

#[cached(ttl = "1h", capacity = 10_000)]
fn text(name: &str, page: u32) -> String {
    format!("{name}, page {page}")
}

#[cfg(feature = "peers")]
mod peers {
    use std::time::Duration;

    use ::cached::proc_macro::{cached, concurrent_cached};
    use ::cached::{Cached, LruTtlCache};

    const HOUR: Duration = Duration::from_hours(1);

    /// With the store that its attribute takes for a bound and a ttl.
    pub(super) fn cached(capacity: usize, entries: u64) -> Box<dyn Send> {
        let mut cache = LruTtlCache::new(capacity, HOUR);
        for n in 0..entries {
            cache.cache_set(n, n);
        }
        Box::new(cache)
    }

    fn new_moka(capacity: usize, entries: u64) -> ::moka::sync::Cache<u64, u64> {
        let cache = ::moka::sync::Cache::builder()
            .max_capacity(capacity as u64)
            .time_to_live(HOUR)
            .build();
        for n in 0..entries {
            cache.insert(n, n);
        }
        cache
    }

    pub(super) fn moka(capacity: usize, entries: u64) -> Box<dyn Send> {
        let cache = new_moka(capacity, entries);
        cache.run_pending_tasks();
        Box::new(cache)
    }

    pub(super) fn moka_call() {
        std::mem::forget(new_moka(10_000, 1));
    }

    fn new_foyer(capacity: usize, entries: u64) -> foyer_memory::Cache<u64, u64> {
        let cache = foyer_memory::CacheBuilder::new(capacity).build();
        for n in 0..entries {
            cache.insert(n, n);
        }
        cache
    }

    pub(super) fn foyer(capacity: usize, entries: u64) -> Box<dyn Send> {
        Box::new(new_foyer(capacity, entries))
    }

    pub(super) fn foyer_call() {
        std::mem::forget(new_foyer(10_000, 1));
    }

    #[cached(max_size = 10_000, ttl_secs = 3600)]
    fn one_lock(n: u64) -> u64 {
        n
    }

    pub(super) fn cached_call() {
        one_lock(1);
    }

    #[concurrent_cached(max_size = 10_000, ttl_secs = 3600)]
    fn shards(n: u64) -> u64 {
        n
    }

    pub(super) fn sharded_call() {
        shards(1);
    }

    #[memoize::memoize(SharedCache, Capacity: 10_000, TimeToLive: Duration::from_hours(1))]
    fn memoized(n: u64) -> u64 {
        n
    }

    pub(super) fn memoize_call() {
        memoized(1);
    }
}
