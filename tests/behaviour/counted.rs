//! What `f::stats` counts.

use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Clock;

#[test]
fn statistics_leave_out_what_is_dead() {
    #[cached(ttl = "1m")]
    fn square(n: u64) -> u64 {
        n * n
    }
    let clock = Clock::freeze();
    (square(1), square(2));
    clock.advance(Duration::from_secs(30));
    square(3);
    assert_eq!(square::stats().entries, 3);
    clock.advance(Duration::from_secs(30));
    assert_eq!(square::stats().entries, 1);
    square::clear();
    assert_eq!(square::stats().entries, 0);
}

#[test]
fn the_entries_of_a_large_function_are_estimated() {
    #[cached(capacity = 100_000, ttl = |n: &u64| if n.is_multiple_of(4) { minutes(1) } else { minutes(2) })]
    fn number(n: u64) -> u64 {
        n
    }
    let clock = Clock::freeze();
    for n in 0..40_000 {
        number(n);
    }
    clock.advance(Duration::from_mins(1));
    let entries = number::stats().entries;
    assert!((29_000..31_000).contains(&entries), "{entries}");
}

#[test]
fn loads_are_timed_and_hits_save_their_time() {
    #[cached]
    fn slow(n: u64, clock: &u64) -> u64 {
        n + clock
    }
    let _ = slow(1, &0);
    let times = slow::stats().load_times;
    assert_eq!(times.count, 1);
    assert!(times.total >= times.median && times.longest >= times.p95);
    let _ = (slow(1, &0), slow(1, &0));
    let stats = slow::stats();
    assert_eq!(stats.saved(), stats.load_times.mean() * 2);
    assert_eq!(stats.hit_ratio(), Some(2.0 / 3.0));
}

#[test]
fn calls_that_a_condition_keeps_from_the_cache_are_counted_apart() {
    #[cached(condition = n != 99)]
    fn square(n: u64) -> u64 {
        n * n
    }
    (square(99), square(99), square(1));
    let stats = square::stats();
    assert_eq!((stats.bypassed, stats.misses), (2, 1));
}

#[test]
fn who_waits_for_another_is_counted() {
    use std::sync::Barrier;
    static STARTED: Barrier = Barrier::new(2);
    #[cached]
    fn slow(n: u64) -> u64 {
        STARTED.wait();
        while slow::stats().misses < 2 {
            std::thread::yield_now();
        }
        n
    }
    std::thread::scope(|scope| {
        scope.spawn(|| slow(1));
        STARTED.wait();
        scope.spawn(|| slow(1));
    });
    let stats = slow::stats();
    assert_eq!((stats.loads, stats.misses, stats.coalesced), (1, 2, 1));
}
