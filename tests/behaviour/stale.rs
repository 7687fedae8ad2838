//! Stale values: refreshed ahead and behind, served when a load fails or takes too long.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{TimedOut, cached, drain, drain_blocking};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

/// Counts calls, and gives the number of each.
macro_rules! counted {
    ($name:ident) => {{
        static CALLS: AtomicU64 = AtomicU64::new(0);
        CALLS.fetch_add(1, Ordering::SeqCst) + 1
    }};
}

#[tokio::test]
async fn a_hit_past_its_part_of_a_life_returns_at_once_and_is_loaded_anew_behind() {
    #[cached(ttl = "10m", refresh_ahead = 0.5)]
    async fn ahead(n: u64) -> u64 {
        n + counted!(ahead)
    }

    let clock = Clock::freeze();
    assert_eq!(ahead(0).await, 1);
    clock.advance(4 * MINUTE);
    assert_eq!(ahead(0).await, 1);
    assert!(drain(SOON).await);
    assert_eq!(ahead::peek(&0).await, Some(1), "not due yet");
    clock.advance(2 * MINUTE);
    assert_eq!(ahead(0).await, 1, "the old value serves");
    assert_eq!(ahead(0).await, 1, "and one refresh runs");
    assert!(drain(SOON).await);
    assert_eq!(ahead(0).await, 2);
    let stats = ahead::stats();
    assert_eq!((stats.loads, stats.misses, stats.stale_hits), (2, 1, 0));
}

#[test]
fn a_sync_function_is_refreshed_on_a_thread_of_its_own() {
    #[cached(ttl = "10m", refresh_ahead = 0.5)]
    fn ahead(text: &str) -> String {
        format!(
            "{text}{} {}",
            counted!(ahead),
            std::thread::current().name().unwrap_or("?")
        )
    }

    let clock = Clock::freeze();
    let first = ahead("a");
    assert!(first.starts_with("a1 ") && !first.contains("cache-refresh"));
    clock.advance(6 * MINUTE);
    assert_eq!(ahead("a"), first);
    assert!(drain_blocking(SOON));
    assert_eq!(ahead("a"), "a2 cache-refresh");
}

#[tokio::test]
async fn a_stale_value_serves_while_it_is_loaded_anew() {
    #[cached(ttl = "10m", stale_while_revalidate = "5m")]
    async fn page(n: u64) -> u64 {
        n + counted!(page)
    }

    let clock = Clock::freeze();
    assert_eq!(page(0).await, 1);
    clock.advance(12 * MINUTE);
    assert_eq!(page(0).await, 1, "stale");
    assert_eq!(page(0).await, 1, "stale");
    assert!(drain(SOON).await);
    assert_eq!(page(0).await, 2);
    assert_eq!(page::stats().stale_hits, 2);
    clock.advance(16 * MINUTE);
    assert_eq!(page(0).await, 3, "past the window a call waits");
    assert_eq!(page::stats().loads, 3);
}

static BROKEN: AtomicBool = AtomicBool::new(false);

#[test]
fn a_failed_load_gives_the_last_good_value_and_pauses() {
    static CALLS: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "10m", stale_if_error = "6h")]
    fn rate(n: u64) -> Result<u64, String> {
        let calls = CALLS.fetch_add(1, Ordering::SeqCst) + 1;
        if BROKEN.load(Ordering::SeqCst) {
            return Err("the source is broken".to_owned());
        }
        Ok(n + calls)
    }

    let clock = Clock::freeze();
    assert_eq!(rate(0), Ok(1));
    BROKEN.store(true, Ordering::SeqCst);
    clock.advance(11 * MINUTE);
    assert_eq!(rate(0), Ok(1), "the last good value");
    assert_eq!(rate(0), Ok(1));
    assert_eq!(CALLS.load(Ordering::SeqCst), 2, "it pauses after a failure");
    clock.advance(MINUTE);
    assert_eq!(rate(0), Ok(1));
    assert_eq!(CALLS.load(Ordering::SeqCst), 3, "and tries again");
    assert!(rate(1).is_err(), "there is no value of another key");
    BROKEN.store(false, Ordering::SeqCst);
    clock.advance(2 * MINUTE);
    assert_eq!(rate(0), Ok(5));
    BROKEN.store(true, Ordering::SeqCst);
    clock.advance(371 * MINUTE);
    assert!(rate(0).is_err(), "past the window there is no value");
}

#[tokio::test]
async fn what_was_invalidated_is_never_served_stale() {
    static BROKEN: AtomicBool = AtomicBool::new(false);

    #[cached(
        ttl = "10m",
        stale_if_error = "6h",
        stale_while_revalidate = "1h",
        tags("rates")
    )]
    fn rate(n: u64) -> Result<u64, String> {
        if BROKEN.load(Ordering::SeqCst) {
            return Err("the source is broken".to_owned());
        }
        Ok(n)
    }

    let clock = Clock::freeze();
    assert_eq!(rate(7), Ok(7));
    BROKEN.store(true, Ordering::SeqCst);
    clock.advance(11 * MINUTE);
    assert_eq!(rate(7), Ok(7));
    assert!(drain_blocking(SOON));
    cache_core::invalidate_tag("rates").await.unwrap();
    assert!(rate(7).is_err());
}

#[test]
fn a_fallback_serves_when_there_is_nothing_else_and_is_not_kept() {
    static BROKEN: AtomicBool = AtomicBool::new(true);

    #[cached(ttl = "10m", fallback = vec![n])]
    fn list(n: u64) -> Result<Vec<u64>, String> {
        if BROKEN.load(Ordering::SeqCst) {
            return Err("the source is broken".to_owned());
        }
        Ok(vec![n, n])
    }

    #[cached(ttl = "10m")]
    fn sum(n: u64) -> u64 {
        list(n).unwrap().iter().sum()
    }

    assert_eq!(list(3), Ok(vec![3]));
    assert_eq!(list::peek(&3), None);
    assert_eq!(sum(3), 3);
    assert_eq!(
        sum::peek(&3),
        None,
        "what is made of a fallback is not kept"
    );
    BROKEN.store(false, Ordering::SeqCst);
    assert_eq!(sum(3), 6);
    assert_eq!(sum::peek(&3), Some(6));
}

/// A gate at which loads wait.
static GATE: Mutex<()> = Mutex::new(());

#[test]
fn a_caller_takes_a_stale_value_at_its_soft_timeout_and_gives_up_at_its_hard_one() {
    #[derive(Clone, Debug, PartialEq)]
    struct Slow(TimedOut);

    impl From<TimedOut> for Slow {
        fn from(timed_out: TimedOut) -> Self {
            Self(timed_out)
        }
    }

    #[cached(
        ttl = "10m",
        stale_if_error = "1h",
        soft_timeout = "20ms",
        hard_timeout = "60ms"
    )]
    fn slow(n: u64) -> Result<u64, Slow> {
        drop(GATE.lock().unwrap());
        Ok(n + counted!(slow))
    }

    let shut = GATE.lock().unwrap();
    let timed_out = slow(0).unwrap_err();
    assert_eq!(timed_out.0.limit(), Duration::from_millis(60));
    drop(shut);
    assert!(drain_blocking(SOON));
    assert_eq!(slow::peek(&0), Some(1), "what came too late is kept");
    let clock = Clock::freeze();
    clock.advance(11 * MINUTE);
    drop(clock);
}
