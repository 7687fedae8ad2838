//! A part of the hits is verified in production: no caller waits, and a difference must stand.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Clock;

#[test]
fn a_part_of_the_hits_is_verified_in_production() {
    static RATE: AtomicU64 = AtomicU64::new(2);
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cached(verify = 0.1)]
    fn price(n: u64) -> u64 {
        RUNS.fetch_add(1, SeqCst);
        n * RATE.load(SeqCst)
    }
    let clock = Clock::freeze();
    for _ in 0..2_000 {
        price(7);
        clock.advance(Duration::from_millis(100));
    }
    let runs = RUNS.load(SeqCst);
    assert!((100..400).contains(&runs), "{runs}");
    price::clear();
    price(7);
    RATE.store(3, SeqCst);
    for _ in 0..2_000 {
        assert_eq!(price(7), 14, "no caller waits or gets anything else");
    }
    assert_eq!(price::stats().wrong_hits, 0, "it may have just changed");
    for _ in 0..2_000 {
        clock.advance(Duration::from_millis(100));
        price(7);
    }
    assert!(price::stats().wrong_hits > 0);
}

#[test]
fn a_difference_that_passes_is_no_fault_in_production() {
    static RATE: AtomicU64 = AtomicU64::new(2);
    #[cached(verify = 1.0)]
    fn price(n: u64) -> u64 {
        n * RATE.load(SeqCst)
    }
    let clock = Clock::freeze();
    price(7);
    RATE.store(3, SeqCst);
    price(7);
    RATE.store(2, SeqCst);
    clock.advance(Duration::from_secs(2));
    price(7);
    RATE.store(3, SeqCst);
    price(7);
    let stats = price::stats();
    assert_eq!((stats.wrong_hits, stats.verified), (0, 1));
}

#[test]
fn runs_that_verify_are_bounded_however_hot_a_function_is() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cached(verify = 1.0)]
    fn hot(n: u64) -> u64 {
        RUNS.fetch_add(1, SeqCst);
        n
    }
    let clock = Clock::freeze();
    for _ in 0..10_000 {
        hot(7);
    }
    assert!(RUNS.load(SeqCst) <= 102);
    clock.advance(Duration::from_secs(1));
    let before = RUNS.load(SeqCst);
    for _ in 0..10_000 {
        hot(7);
    }
    assert_eq!(RUNS.load(SeqCst) - before, 10);
}

#[test]
fn one_difference_does_not_verify_the_hits_of_other_keys() {
    static RATE: AtomicU64 = AtomicU64::new(2);
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cached(verify = 0.01)]
    fn price(n: u64) -> u64 {
        RUNS.fetch_add(1, SeqCst);
        n * RATE.load(SeqCst)
    }
    let clock = Clock::freeze();
    price(1);
    RATE.store(3, SeqCst);
    price(2);
    for _ in 0..2_000 {
        price(1); // suspect, and nobody asks for it again
    }
    clock.advance(Duration::from_secs(20));
    let before = RUNS.load(SeqCst);
    for _ in 0..1_000 {
        price(2);
    }
    let runs = RUNS.load(SeqCst) - before;
    assert!(runs < 60, "{runs}");
    price(1);
    assert_eq!(price::stats().wrong_hits, 1, "it is judged when it is due");
}

#[test]
fn one_of_two_threads_judges_a_difference() {
    static RATE: AtomicU64 = AtomicU64::new(2);
    /// One for the first run of each of the two.
    static TOGETHER: Mutex<Vec<Arc<Barrier>>> = Mutex::new(Vec::new());
    #[cached(verify = 1.0)]
    fn price(n: u64) -> u64 {
        let together = TOGETHER.lock().unwrap().pop();
        if let Some(together) = together {
            together.wait();
        }
        n * RATE.load(SeqCst)
    }
    let clock = Clock::freeze();
    price(7);
    RATE.store(3, SeqCst);
    price(7);
    clock.advance(Duration::from_secs(2));
    let barrier = Arc::new(Barrier::new(2));
    *TOGETHER.lock().unwrap() = vec![barrier.clone(), barrier];
    let clock = clock.handle();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| clock.run(|| price(7)));
        }
    });
    assert_eq!(price::stats().wrong_hits, 1);
}

#[test]
fn a_few_races_do_not_silence_a_function() {
    static RATE: AtomicU64 = AtomicU64::new(1);
    static CHANGES: AtomicU64 = AtomicU64::new(0);
    #[cached(verify = 1.0)]
    fn price(n: u64) -> u64 {
        n * RATE.fetch_add(CHANGES.load(SeqCst), SeqCst)
    }
    let clock = Clock::freeze();
    for _ in 0..10 {
        price(7);
    }
    let differs = || {
        price(7);
        clock.advance(Duration::from_secs(2));
        price(7);
    };
    RATE.store(2, SeqCst);
    CHANGES.store(1, SeqCst);
    for _ in 0..4 {
        differs();
    }
    assert_eq!((price::stats().impure, price::stats().wrong_hits), (4, 0));
    CHANGES.store(0, SeqCst);
    differs();
    assert_eq!(price::stats().wrong_hits, 1);
}

#[test]
fn a_part_may_be_a_whole_number() {
    #[cached(verify = 1)]
    fn all(n: u64) -> u64 {
        n
    }
    #[cached(verify = 0)]
    fn none(n: u64) -> u64 {
        n
    }
    (all(1), all(1), none(1), none(1));
    assert_eq!((all::stats().verified, none::stats().verified), (1, 0));
}

#[test]
fn a_run_that_fails_does_not_clear_a_difference() {
    static RATE: AtomicU64 = AtomicU64::new(2);
    #[cached(verify = 1.0)]
    fn price(n: u64) -> Result<u64, String> {
        match RATE.load(SeqCst) {
            0 => Err("down".to_owned()),
            rate => Ok(n * rate),
        }
    }
    let clock = Clock::freeze();
    for rate in [2, 3, 0] {
        RATE.store(rate, SeqCst);
        price(7).unwrap();
    }
    clock.advance(Duration::from_secs(2));
    RATE.store(3, SeqCst);
    price(7).unwrap();
    let stats = price::stats();
    assert_eq!((stats.verified, stats.wrong_hits), (0, 1));
}
