//! `ttl`: for how long a value is a hit.

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
    clock.advance(Duration::from_millis(59_999));
    assert_eq!(number(), 1, "hits do not prolong it");
    clock.advance(Duration::from_millis(2));
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

/// Kept for exactly so many seconds.
macro_rules! lasts {
    ($seconds:expr, $ttl:expr) => {{
        static RUNS: Runs = Runs::new();
        #[cached(ttl = $ttl)]
        fn number() -> usize {
            RUNS.run()
        }
        let clock = Clock::freeze();
        number();
        clock.advance(Duration::from_millis($seconds * 1_000 - 1));
        assert_eq!(RUNS.of(number), 0, "{} is over too soon", stringify!($ttl));
        clock.advance(Duration::from_millis(2));
        assert_eq!(RUNS.of(number), 1, "{} is over too late", stringify!($ttl));
    }};
}

#[test]
fn an_integer_of_any_type_is_seconds() {
    installed();
    const SECONDS: u32 = 60;
    const SIGNED: i64 = 60;
    const SIZE: usize = 60;
    lasts!(60, SECONDS);
    lasts!(60, SIGNED);
    lasts!(120, SIZE * 2);
    lasts!(3_600, 60 * 60);
    lasts!(90, 90u64);
    lasts!(90, 90_i8);
    lasts!(60, if RUNS.count() > 5 { 600 } else { SECONDS });
    lasts!(60, { 60 });
    lasts!(61, seconds(SECONDS.into()) + Duration::from_secs(1));
}

#[test]
fn seconds_may_follow_from_the_arguments_and_from_the_value() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(ttl = if filtered { 60 } else { 60 * 60 * 24 * 365 * 100 })]
    fn list(filtered: bool) -> usize {
        RUNS.run()
    }
    #[cached(ttl = 60 * 60 * 24 * 365 * 100)]
    fn longer_than_an_i32_counts() -> usize {
        RUNS.run()
    }
    #[cached(ttl = n)]
    fn signed(n: i32) -> usize {
        RUNS.run()
    }
    #[cached(ttl = |value: &u16| *value)]
    fn own(value: u16) -> u16 {
        RUNS.run();
        value
    }
    #[cached(cache_err = n * 2)]
    fn failing(n: u32) -> Result<u32, usize> {
        let _ = n;
        Err(RUNS.run())
    }
    let clock = Clock::freeze();
    assert!(is_over(&RUNS, &clock, seconds(61), || {
        let _ = list(true);
    }));
    assert!(!is_over(&RUNS, &clock, seconds(61), || {
        let _ = list(false);
    }));
    assert!(is_over(&RUNS, &clock, seconds(6), || {
        let _ = own(5);
    }));
    assert!(!is_over(&RUNS, &clock, seconds(6), || {
        let _ = own(7);
    }));
    assert!(is_over(&RUNS, &clock, seconds(11), || {
        let _ = failing(5);
    }));
    assert!(!is_over(&RUNS, &clock, seconds(11), || {
        let _ = failing(6);
    }));
    assert!(!is_over(&RUNS, &clock, seconds(1 << 31), || {
        let _ = longer_than_an_i32_counts();
    }));
    assert!(!is_over(&RUNS, &clock, seconds(9), || {
        let _ = signed(10);
    }));
    assert_eq!(
        RUNS.of(|| (signed(-1), signed(-1))),
        2,
        "a negative time keeps nothing"
    );
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
