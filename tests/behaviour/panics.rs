//! User code that panics in the middle of the cache's work.

use std::cell::Cell;
use std::hash::Hasher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::SeqCst};

use cache_core::{CacheKey, KeyWriter, cached};

use crate::support::{Runs, installed, on_thread};

/// Whether `call` panicked.
fn panics<T>(call: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

#[test]
fn a_clone_that_panics_leaves_the_cache_usable() {
    installed();
    static FAILS: AtomicBool = AtomicBool::new(true);
    #[derive(Debug)]
    struct Value(Box<u64>);
    impl Clone for Value {
        fn clone(&self) -> Self {
            assert!(!FAILS.load(SeqCst), "this clone panics, as it should");
            Self(self.0.clone())
        }
    }
    #[cached]
    fn value(n: u64) -> Value {
        Value(Box::new(n))
    }
    on_thread(|| {
        assert!(panics(|| value(1)), "while it is kept");
        FAILS.store(false, SeqCst);
        assert_eq!((*value(1).0, *value(1).0), (1, 1));
        FAILS.store(true, SeqCst);
        assert!(panics(|| value(1)), "on a hit");
        FAILS.store(false, SeqCst);
        assert_eq!((*value(1).0, value::stats().loads), (1, 2));
    });
}

#[test]
fn a_small_clone_that_panics_leaves_the_cache_usable() {
    installed();
    static FAILS: AtomicBool = AtomicBool::new(false);
    struct Value(u64);
    impl Clone for Value {
        fn clone(&self) -> Self {
            assert!(!FAILS.load(SeqCst), "this clone panics, as it should");
            Self(self.0)
        }
    }
    #[cached]
    fn value(n: u64) -> Value {
        Value(n)
    }
    on_thread(|| {
        assert_eq!(value(1).0, 1);
        FAILS.store(true, SeqCst);
        assert!(panics(|| value(1)));
        FAILS.store(false, SeqCst);
        value::invalidate(&1);
        assert_eq!((value(1).0, value(2).0), (1, 2));
    });
}

#[test]
fn a_drop_that_panics_leaves_the_cache_usable() {
    installed();
    static FAILS: AtomicU8 = AtomicU8::new(0);
    struct Value(u64);
    impl Clone for Value {
        fn clone(&self) -> Self {
            Self(self.0)
        }
    }
    impl Drop for Value {
        fn drop(&mut self) {
            let fails = FAILS
                .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
                .is_ok();
            assert!(!fails, "this drop panics, as it should");
        }
    }
    #[cached(capacity = 2)]
    fn value(n: u64) -> Value {
        Value(n)
    }
    let fail_once = || FAILS.store(1, SeqCst);
    on_thread(move || {
        drop((value(1), value(2)));
        fail_once();
        assert!(panics(|| value(3)), "evicted");
        fail_once();
        assert!(panics(|| [1, 2, 3].map(|n| drop(value::invalidate(&n)))));
        FAILS.store(0, SeqCst);
        drop((value(1), value(2)));
        fail_once();
        assert!(panics(value::clear));
        FAILS.store(0, SeqCst);
        for n in 0..10 {
            assert_eq!((value(n).0, value(n).0), (n, n));
        }
        assert!(value::stats().entries <= 2);
    });
}

/// A key whose comparison, hashing and writing panic on demand.
#[derive(Clone, Copy)]
struct Moody(u64);

thread_local! {
    static MOOD: Cell<Option<&'static str>> = const { Cell::new(None) };
}

fn mood(place: &str) {
    assert!(MOOD.get() != Some(place), "{place} panics, as it should");
}

impl CacheKey for Moody {
    type Stored = StoredMoody;

    fn hash<H: Hasher>(&self, state: &mut H) {
        mood("hash");
        // All keys in one bucket, so that every look-up compares.
        state.write_u8(0);
    }

    fn same(&self, stored: &StoredMoody) -> bool {
        mood("same");
        self.0 == stored.0
    }

    fn store(&self) -> StoredMoody {
        mood("store");
        StoredMoody(self.0)
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        mood("write");
        self.0.write(out);
    }
}

struct StoredMoody(u64);

impl Clone for StoredMoody {
    fn clone(&self) -> Self {
        mood("clone");
        Self(self.0)
    }
}

impl PartialEq for StoredMoody {
    fn eq(&self, other: &Self) -> bool {
        mood("eq");
        self.0 == other.0
    }
}

impl Eq for StoredMoody {}

#[test]
fn a_key_that_panics_leaves_the_cache_usable() {
    installed();
    #[cached(capacity = 4)]
    fn number(key: Moody) -> u64 {
        key.0
    }
    on_thread(|| {
        for place in ["hash", "same", "store", "clone", "eq", "write"] {
            for round in 0..3 {
                number(Moody(round));
                MOOD.set(Some(place));
                let _ = panics(|| number(Moody(round)));
                let _ = panics(|| number(Moody(100 + round)));
                let _ = panics(|| number::refresh(Moody(round)));
                let _ = panics(|| number::invalidate(&Moody(round)));
                MOOD.set(None);
                for n in 0..8 {
                    assert_eq!(
                        (number(Moody(n)), number(Moody(n))),
                        (n, n),
                        "after `{place}` panicked"
                    );
                }
                assert!(number::stats().entries <= 4, "after `{place}` panicked");
            }
        }
    });
}

#[test]
fn keys_that_all_collide_are_told_apart() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(capacity = 500)]
    fn number(key: Moody) -> u64 {
        RUNS.run();
        key.0
    }
    for _ in 0..2 {
        for n in 0..500 {
            assert_eq!(number(Moody(n)), n);
        }
    }
    assert_eq!(RUNS.count(), 500);
}

#[test]
fn a_question_that_panics_leaves_the_key_usable() {
    installed();
    static FAILS: AtomicBool = AtomicBool::new(true);
    #[cached(unless = |n| { assert!(!FAILS.load(SeqCst), "this panics, as it should"); *n == 0 })]
    fn number(n: u64) -> u64 {
        n
    }
    on_thread(|| {
        assert!(panics(|| number(1)));
        FAILS.store(false, SeqCst);
        assert_eq!((number(1), number::peek(&1)), (1, Some(1)));
    });
}

#[test]
fn a_load_while_another_panic_unwinds_is_no_error() {
    installed();
    #[cached]
    fn inner(n: u64) -> u64 {
        n
    }
    struct Asks;
    impl Drop for Asks {
        fn drop(&mut self) {
            inner(7);
        }
    }
    assert!(panics(|| {
        let _asks = Asks;
        panic!("on purpose");
    }));
    let stats = inner::stats();
    assert_eq!((stats.loads, stats.errors), (1, 0));
    assert_eq!(inner::peek(&7), Some(7));
}
