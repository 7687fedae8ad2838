//! `ttl`: how long a value is a hit.

use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Clock;

use crate::support::{Runs, installed};

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Whether a call runs its body a second time after a while.
fn is_over(runs: &Runs, clock: &Clock, after: Duration, call: fn()) -> bool {
    call();
    clock.advance(after);
    runs.of(call) == 1
}

#[test]
fn a_value_lives_until_the_moment_its_ttl_is_over() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(ttl = 60)]
    fn number() -> usize {
        RUNS.run()
    }
    let clock = Clock::freeze();
    assert_eq!(number(), 1);
    clock.advance(seconds(60).checked_sub(Duration::from_nanos(10)).unwrap());
    assert_eq!(number(), 1, "hits do not prolong it");
    clock.advance(Duration::from_nanos(20));
    assert_eq!(number(), 2);
    assert_eq!(number::stats().entries, 1, "in the place of the old one");
}

#[test]
fn text_and_expressions_are_durations() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(ttl = "1h30m")]
    fn text() -> usize {
        RUNS.run()
    }
    #[cached(ttl = minutes(2) + seconds(1))]
    fn expression() -> usize {
        RUNS.run()
    }
    #[cached]
    fn none() -> usize {
        RUNS.run()
    }
    let clock = Clock::freeze();
    assert!(!is_over(&RUNS, &clock, seconds(5_399), || {
        text();
    }));
    assert!(is_over(&RUNS, &clock, seconds(2), || {
        text();
    }));
    assert!(!is_over(&RUNS, &clock, seconds(120), || {
        expression();
    }));
    assert!(is_over(&RUNS, &clock, seconds(122), || {
        expression();
    }));
    assert!(!is_over(&RUNS, &clock, seconds(1 << 30), || {
        none();
    }));
}

#[test]
fn it_may_look_at_the_arguments_and_at_the_value() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(ttl = if filtered { minutes(1) } else { hours(1) })]
    fn list(filtered: bool) -> usize {
        RUNS.run()
    }
    #[cached(ttl = |value: &u64| seconds(*value))]
    fn own(value: u64) -> u64 {
        RUNS.run();
        value
    }
    let clock = Clock::freeze();
    assert!(is_over(&RUNS, &clock, seconds(61), || {
        list(true);
    }));
    assert!(!is_over(&RUNS, &clock, seconds(61), || {
        list(false);
    }));
    assert!(is_over(&RUNS, &clock, seconds(6), || {
        own(5);
    }));
    assert!(!is_over(&RUNS, &clock, seconds(6), || {
        own(7);
    }));
}

#[test]
fn zero_keeps_nothing_and_the_longest_never_ends() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(ttl = seconds(n))]
    fn zero(n: u64) -> usize {
        RUNS.run()
    }
    #[cached(ttl = Duration::MAX)]
    fn longest() -> usize {
        RUNS.run()
    }
    #[cached(ttl = seconds(u64::MAX))]
    fn most_seconds() -> usize {
        RUNS.run()
    }
    let clock = Clock::freeze();
    assert_eq!(RUNS.of(|| (zero(0), zero(0), zero(0))), 3);
    assert_eq!((zero::peek(&0), zero::stats().entries), (None, 0));
    assert!(!is_over(&RUNS, &clock, seconds(1 << 31), || {
        longest();
    }));
    assert!(!is_over(&RUNS, &clock, seconds(1 << 31), || {
        most_seconds();
    }));
}

#[test]
fn without_one_the_cache_says() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "ttl:brief", cache = "brief")]
    fn brief() -> usize {
        RUNS.run()
    }
    #[cached(key = "ttl:longer", cache = "brief", ttl = "1h")]
    fn longer() -> usize {
        RUNS.run()
    }
    let clock = Clock::freeze();
    assert!(!is_over(&RUNS, &clock, seconds(59), || {
        brief();
    }));
    assert!(is_over(&RUNS, &clock, seconds(2), || {
        brief();
    }));
    assert!(!is_over(&RUNS, &clock, seconds(3_599), || {
        longer();
    }));
    assert!(is_over(&RUNS, &clock, seconds(2), || {
        longer();
    }));
}

#[tokio::test]
async fn the_same_for_async_functions() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(ttl = seconds(n))]
    async fn number(n: u64) -> usize {
        RUNS.run()
    }
    let clock = Clock::freeze();
    assert_eq!((number(9).await, number(9).await), (1, 1));
    clock.advance(seconds(10));
    assert_eq!(number(9).await, 2);
}

#[tokio::test]
async fn a_shorter_life_is_in_the_place_of_a_longer_one() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(ttl = |run: &usize| if *run == 1 { hours(1) } else { seconds(0) })]
    fn number() -> usize {
        RUNS.run()
    }
    let _clock = Clock::freeze();
    assert_eq!(number(), 1);
    assert_eq!(number::refresh(), 2);
    assert_eq!(number::peek(), None, "what it replaced does not come back");
}
