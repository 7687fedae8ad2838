//! Functions of machine words, of whose values there are copies: they are used, and never longer than the value itself would be.
//!
//! A key that counts how often it is compared shows whether a call has asked the tier. Alone in a process, because no copy is used while any
//! thread has stopped the clock.
#![allow(clippy::expect_used, reason = "a test fails so")]

use std::hash::Hasher;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cache_core::testing::{Clock, scope_blocking};
use cache_core::{CacheKey, Caches, KeyWriter, cached};

mod capacity;

/// A number, which counts in `COMPARED` how often it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counted(u64);

static COMPARED: AtomicU64 = AtomicU64::new(0);

impl CacheKey for Counted {
    type Stored = u64;

    const BITS: u32 = 64;

    fn bits(&self) -> u64 {
        self.0
    }

    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }

    fn same(&self, stored: &u64) -> bool {
        COMPARED.fetch_add(1, SeqCst);
        self.0 == *stored
    }

    fn store(&self) -> u64 {
        self.0
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        out.number(self.0);
    }
}

/// The tests count in one place, and one of them stops the clock.
fn alone() -> impl Drop {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls until a call asks no tier.
fn until_copied(call: impl Fn() -> u64) {
    for _ in 0..50_000_000_u64 {
        let before = COMPARED.load(SeqCst);
        black_box(call());
        if COMPARED.load(SeqCst) == before {
            return;
        }
    }
    panic!("no copy was ever used");
}

/// How many of a thousand calls ask the tier.
fn asked(call: impl Fn() -> u64) -> u64 {
    let before = COMPARED.load(SeqCst);
    (0..1_000).for_each(|_| _ = black_box(call()));
    COMPARED.load(SeqCst) - before
}

static VERSION: AtomicU64 = AtomicU64::new(0);

#[cached(ttl = "1h", local, tags("hot:{n.0}"))]
fn tagged(n: Counted) -> u64 {
    n.0 + VERSION.load(SeqCst)
}

#[test]
fn what_ends_a_value_ends_its_copies() {
    let _alone = alone();
    let ends: [(&str, fn()); 5] = [
        ("a tag", || invalidate("hot:7")),
        ("a key", || drop(tagged::invalidate(&Counted(7)))),
        ("a clear", || drop(tagged::clear())),
        ("a value that is set", || {
            drop(tagged::set(&Counted(7), 7 + VERSION.load(SeqCst)));
        }),
        ("a refresh", || _ = black_box(tagged::refresh(Counted(7)))),
    ];
    for (name, end) in ends {
        until_copied(|| tagged(Counted(7)));
        VERSION.fetch_add(1, SeqCst);
        end();
        assert_eq!(tagged(Counted(7)), 7 + VERSION.load(SeqCst), "{name}");
    }
}

fn invalidate(tag: &str) {
    let told = cache_core::cache().blocking().invalidate_tag(tag);
    told.expect("there is no store that could fail");
}

#[cached(local)]
fn endless(n: Counted) -> u64 {
    n.0
}

#[test]
fn hits_on_a_copy_do_not_ask_the_tier() {
    let _alone = alone();
    until_copied(|| endless(Counted(1)));
    // A busy machine may hold up the thread that publishes the time.
    let fewest = (0..100).map(|_| asked(|| endless(Counted(1)))).min();
    assert_eq!(fewest, Some(0));
}

/// Nobody else asks for the time, and without that its thread sleeps after some hundred milliseconds.
#[test]
fn hits_on_copies_keep_the_clock_running() {
    let _alone = alone();
    let goes_on = || {
        until_copied(|| endless(Counted(1)));
        let (since, before) = (Instant::now(), COMPARED.load(SeqCst));
        while since.elapsed() < Duration::from_millis(300) {
            (0..1_000).for_each(|_| _ = black_box(endless(Counted(1))));
        }
        COMPARED.load(SeqCst) == before
    };
    // A busy machine may hold up that thread.
    assert!((0..50).any(|_| goes_on()));
}

#[test]
fn a_stopped_clock_is_obeyed_at_once() {
    #[cached(ttl = "1h", local)]
    fn timed(n: Counted) -> u64 {
        n.0 + VERSION.load(SeqCst)
    }
    let _alone = alone();
    until_copied(|| timed(Counted(3)));
    let clock = Clock::freeze();
    assert_eq!(asked(|| timed(Counted(3))), 1_000);
    VERSION.fetch_add(1, SeqCst);
    clock.advance(Duration::from_secs(3_601));
    assert_eq!(timed(Counted(3)), 3 + VERSION.load(SeqCst));
}

#[test]
fn a_load_depends_on_what_it_would_find_as_a_copy() {
    #[cached(local)]
    fn outer(n: u64) -> u64 {
        tagged(Counted(n)) * 10
    }
    let _alone = alone();
    until_copied(|| tagged(Counted(5)));
    let before = outer(5);
    VERSION.fetch_add(1, SeqCst);
    invalidate("hot:5");
    assert_eq!(outer(5), before + 10);
}

#[test]
fn a_scope_has_values_of_its_own() {
    #[cached(local)]
    fn scoped(n: Counted) -> u64 {
        n.0 + VERSION.load(SeqCst)
    }
    let _alone = alone();
    until_copied(|| scoped(Counted(9)));
    let outside = scoped(Counted(9));
    VERSION.fetch_add(1, SeqCst);
    let inside = scope_blocking(Caches::new(), || scoped(Counted(9)));
    assert_eq!((inside, scoped(Counted(9))), (outside + 1, outside));
}

#[test]
fn copies_differ_by_function() {
    #[cached(local)]
    fn twice(n: Counted) -> u64 {
        n.0 * 2
    }
    #[cached(local)]
    fn is_even(n: Counted) -> bool {
        n.0.is_multiple_of(2)
    }
    #[cached(local)]
    fn below<const M: u64>(n: Counted) -> Option<u32> {
        (n.0 < M).then_some(7)
    }
    let _alone = alone();
    for n in 0..2_000 {
        for _ in 0..3 {
            let n_of = Counted(n);
            assert_eq!((twice(n_of), is_even(n_of)), (n * 2, n % 2 == 0));
            assert_eq!(below::<10>(n_of), (n < 10).then_some(7));
            assert_eq!(below::<1_000>(n_of), (n < 1_000).then_some(7));
        }
    }
}

/// Readers in many threads never see a value that is older than an invalidation that has returned; and each call counts once.
#[test]
fn no_thread_sees_what_was_invalidated_and_each_call_counts() {
    const KEYS: usize = 16;
    static TRUTH: [AtomicU64; KEYS] = [const { AtomicU64::new(0) }; KEYS];
    static DONE: AtomicBool = AtomicBool::new(false);

    #[cached(local, ttl = "1h", tags("truth:{n}"))]
    fn truth(n: usize) -> u64 {
        TRUTH[n].load(SeqCst)
    }

    fn read() -> u64 {
        let mut calls = 0;
        while !DONE.load(SeqCst) {
            for (n, told) in TOLD.iter().enumerate() {
                let acknowledged = told.load(SeqCst);
                let seen = truth(n);
                assert!(seen >= acknowledged, "{seen} after {acknowledged}");
                calls += 1;
            }
        }
        calls
    }
    static TOLD: [AtomicU64; KEYS] = [const { AtomicU64::new(0) }; KEYS];

    let _alone = alone();
    let calls: u64 = thread::scope(|scope| {
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(read)).collect();
        for round in 1..=2_000 {
            let n = round * 7 % KEYS;
            let next = TRUTH[n].fetch_add(1, SeqCst) + 1;
            match round % 3 {
                0 => invalidate(&format!("truth:{n}")),
                1 => drop(truth::invalidate(&n)),
                _ => drop(truth::clear()),
            }
            TOLD[n].store(next, SeqCst);
        }
        DONE.store(true, SeqCst);
        readers
            .into_iter()
            .map(|reader| reader.join().expect("it returns"))
            .sum()
    });
    let stats = truth::stats();
    assert_eq!(stats.hits + stats.misses, calls);
}

/// A thread gives its table back when it ends, and the next one has it.
#[test]
fn threads_come_and_go() {
    #[cached(local)]
    fn of_many(n: u64) -> u64 {
        n + 1
    }
    let _alone = alone();
    for round in 0..500 {
        let thread = thread::spawn(move || {
            for n in 0..300 {
                assert_eq!(of_many(n % 8 + round), n % 8 + round + 1);
            }
        });
        thread.join().expect("it returns");
    }
    let stats = of_many::stats();
    assert_eq!(stats.hits + stats.misses, 500 * 300);
}
