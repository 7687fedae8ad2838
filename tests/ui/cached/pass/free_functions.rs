//! Functions of modules and bodies, with every kind of argument.

#![deny(warnings)]

use cache_core::cached;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

static RUNS: AtomicU32 = AtomicU32::new(0);

fn runs(body: impl FnOnce()) -> u32 {
    let before = RUNS.load(Relaxed);
    body();
    RUNS.load(Relaxed) - before
}

#[cached]
fn fib(n: u64) -> u64 {
    RUNS.fetch_add(1, Relaxed);
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

struct Db;

#[cached(ttl = "5m", capacity = 100, skip(db), unless = Option::is_none, condition = n != 99)]
pub fn slow(db: &Db, n: u64, s: &str) -> Option<String> {
    let Db = db;
    RUNS.fetch_add(1, Relaxed);
    if n == 0 {
        return None;
    }
    Some(format!("{n}{s}"))
}

#[cached(ttl = 60)]
fn taken_apart((a, mut b): (u32, String), [c, ..]: [u8; 3]) -> String {
    RUNS.fetch_add(1, Relaxed);
    b.push('!');
    format!("{a}{b}{c}")
}

#[cached]
fn nothing() -> &'static str {
    RUNS.fetch_add(1, Relaxed);
    "nothing"
}

fn main() {
    assert_eq!(runs(|| assert_eq!(fib(50), 12_586_269_025)), 51);
    assert_eq!(runs(|| assert_eq!(fib(50), 12_586_269_025)), 0);
    assert_eq!(fib::peek(&50), Some(12_586_269_025));
    assert_eq!(fib::peek(&51), None);
    assert_eq!(fib::uncached(3), 2);
    assert_eq!(fib::refresh(3), 2);
    fib::invalidate(&50);
    assert_eq!(fib::peek(&50), None);
    fib::clear();
    assert_eq!(fib::peek(&3), None);
    assert!(fib::stats().hits > 0);

    assert_eq!(runs(|| assert_eq!(slow(&Db, 1, "a").as_deref(), Some("1a"))), 1);
    assert_eq!(runs(|| assert_eq!(slow(&Db, 1, "a").as_deref(), Some("1a"))), 0);
    assert_eq!(slow::peek(&1, "a"), Some(Some("1a".to_owned())));
    assert_eq!(runs(|| assert_eq!(slow(&Db, 0, "a"), None)), 1);
    assert_eq!(runs(|| assert_eq!(slow(&Db, 0, "a"), None)), 1, "`unless` leaves it out");
    assert_eq!(runs(|| drop(slow(&Db, 99, "a"))), 1);
    assert_eq!(runs(|| drop(slow(&Db, 99, "a"))), 1, "`condition` looks past the cache");

    let call = || taken_apart((1, "x".to_owned()), [7, 8, 9]);
    assert_eq!(runs(|| assert_eq!(call(), "1x!7")), 1);
    assert_eq!(runs(|| assert_eq!(call(), "1x!7")), 0);
    assert_eq!(taken_apart::peek(&(1, "x".to_owned()), &[7, 0, 0]), Some("1x!7".to_owned()));

    assert_eq!(runs(|| assert_eq!((nothing(), nothing()), ("nothing", "nothing"))), 1);

    #[cached]
    fn inside(n: u8) -> u8 {
        n + 1
    }
    assert_eq!((inside(1), inside::peek(&1)), (2, Some(2)));
}
