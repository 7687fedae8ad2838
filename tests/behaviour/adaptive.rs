//! `refresh = adaptive`: what its loads teach, and what they may add to the others.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Stats, cached, drain, drain_blocking};

const SOON: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);

/// How many loads fill what a function saves up for refreshes.
const FILLS: u64 = 200;

#[test]
fn a_value_that_changes_is_refreshed_earlier_each_time_and_one_that_does_not_is_not() {
    static VERSION: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "1000s", refresh = adaptive)]
    fn value(n: u64) -> u64 {
        if n == 0 {
            VERSION.fetch_add(1, SeqCst)
        } else {
            n
        }
    }

    let clock = Clock::freeze();
    let loads = || value::stats().loads;
    for n in 2..FILLS {
        value(n);
    }
    assert_eq!((value(0), value(1)), (0, 1));
    clock.advance(1_000 * SECOND);
    assert_eq!((value(0), value(1)), (1, 1), "their lives are over");
    for (early, due) in [(895, 905), (805, 815), (725, 735)] {
        let before = loads();
        clock.advance(early * SECOND);
        let there = value(0);
        assert!(drain_blocking(SOON));
        assert_eq!((value(0), loads()), (there, before), "not due at {early}");
        clock.advance((due - early) * SECOND);
        assert_eq!(value(0), there, "at once");
        assert!(drain_blocking(SOON));
        assert_eq!((value(0), loads()), (there + 1, before + 1), "due at {due}");
    }
    let Stats {
        early_refreshes,
        unchanged,
        misses,
        stale_hits,
        ..
    } = value::stats();
    assert_eq!((early_refreshes, unchanged, stale_hits), (3, 1, 0));
    assert_eq!(misses, FILLS + 2, "a refresh is no miss");
}

#[test]
fn refreshes_add_no_more_than_a_tenth_of_the_loads() {
    static VERSION: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "100s", refresh = adaptive)]
    fn value(n: u64) -> u64 {
        n + VERSION.fetch_add(1, SeqCst)
    }

    let clock = Clock::freeze();
    for _ in 0..4_000 {
        for n in 0..3 {
            value(n);
        }
        assert!(drain_blocking(SOON));
        clock.advance(SECOND);
    }
    let stats = value::stats();
    let without = 3 * 4_000 / 100;
    assert!(stats.early_refreshes > 20, "{stats:?}");
    assert!(stats.loads <= without * 11 / 10 + 3, "{stats:?}");
}

#[test]
fn a_refresh_that_nobody_asks_for_counts_as_wasted() {
    static VERSION: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "100s", refresh = adaptive)]
    fn value(n: u64) -> u64 {
        n + VERSION.fetch_add(1, SeqCst)
    }

    let clock = Clock::freeze();
    for n in 0..FILLS {
        value(n);
    }
    let wasted = || value::stats().wasted_refreshes;
    for (left_by, expected) in [("its use", 0), ("its end", 1), ("invalidation", 2)] {
        clock.advance(100 * SECOND);
        value(0);
        clock.advance(99 * SECOND);
        value(0);
        assert!(drain_blocking(SOON));
        match left_by {
            "its use" => {
                value(0);
                clock.advance(200 * SECOND);
                value(0);
            }
            "its end" => {
                clock.advance(200 * SECOND);
                value(0);
            }
            _ => drop(value::invalidate(&0)),
        }
        assert_eq!(wasted(), expected, "{left_by}");
    }
    assert_eq!(value::stats().early_refreshes, 3);
}

#[tokio::test]
async fn what_cannot_be_compared_counts_as_changed_and_bytes_compare_what_is_stored() {
    #[derive(Clone)]
    struct Opaque;

    #[derive(Clone, serde::Serialize, serde::Deserialize)]
    struct InBytes(u64);

    #[cached(ttl = "100s", refresh = adaptive)]
    async fn opaque(n: u64) -> Opaque {
        let _ = n;
        Opaque
    }

    #[cached(key = "adaptive:{n}", ttl = "100s", refresh = adaptive)]
    async fn in_bytes(n: u64) -> Result<InBytes, String> {
        Ok(InBytes(n))
    }

    #[cached(ttl = "100s", refresh = adaptive)]
    async fn equal(n: u64) -> Option<u64> {
        Some(n)
    }

    crate::support::installed();
    let clock = Clock::freeze();
    for _ in 0..2 {
        opaque(0).await;
        let _ = in_bytes(0).await;
        equal(0).await;
        clock.advance(100 * SECOND);
        assert!(drain(SOON).await);
    }
    let unchanged = [opaque::stats(), in_bytes::stats(), equal::stats()];
    assert_eq!(unchanged.map(|stats| stats.unchanged), [0, 1, 1]);
}

#[tokio::test]
async fn a_slow_load_begins_before_the_end_and_nobody_waits_for_it() {
    thread_local! {
        static CLOCK: Clock = Clock::freeze();
    }

    #[cached(ttl = "100s", refresh = adaptive)]
    async fn slow(n: u64) -> u64 {
        if n == 0 {
            CLOCK.with(|clock| clock.advance(5 * SECOND));
        }
        n
    }

    CLOCK.with(|_| ());
    for n in 0..FILLS {
        slow(n).await;
    }
    let misses = slow::stats().misses;
    for _ in 0..300 {
        slow(0).await;
        assert!(drain(SOON).await);
        CLOCK.with(|clock| clock.advance(SECOND));
    }
    let stats = slow::stats();
    assert_eq!(stats.misses, misses, "each refresh came in time: {stats:?}");
    assert!(stats.early_refreshes >= 2, "{stats:?}");
}
