//! Loads behind calls: how many there are, what they count as, and what overtakes them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{cached, drain, drain_blocking, invalidate_tag};
use tokio::sync::Notify;

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn of_a_hundred_callers_one_begins_the_refresh() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    static GATE: Notify = Notify::const_new();

    #[cached(ttl = "10m", refresh_ahead = 0.5)]
    async fn ahead(n: u64) -> u64 {
        if CALLS.fetch_add(1, SeqCst) > 0 {
            GATE.notified().await;
        }
        n + CALLS.load(SeqCst)
    }

    let clock = Clock::freeze();
    assert_eq!(ahead(0).await, 1);
    clock.advance(6 * MINUTE);
    let before = ahead::stats();
    let callers: tokio::task::JoinSet<_> = (0..100).map(|_| ahead(0)).collect();
    assert_eq!(callers.join_all().await, [1; 100]);
    GATE.notify_one();
    assert!(drain(SOON).await);
    assert_eq!(ahead(0).await, 2);
    let after = ahead::stats();
    assert_eq!(after.loads - before.loads, 1);
    assert_eq!(after.misses, before.misses, "a refresh is no miss");
    assert_eq!(after.hits - before.hits, 101);
    assert_eq!(after.stale_hits, 0);
}

#[test]
fn the_pause_after_a_refresh_that_failed_doubles() {
    static CALLS: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "100s", refresh_ahead = 0.5)]
    fn ahead(n: u64) -> Result<u64, u64> {
        let calls = CALLS.fetch_add(1, SeqCst);
        if calls == 0 { Ok(n) } else { Err(calls) }
    }

    let clock = Clock::freeze();
    assert_eq!(ahead(0), Ok(0));
    clock.advance(Duration::from_secs(51));
    let mut loads = Vec::new();
    for second in 0..35 {
        let before = CALLS.load(SeqCst);
        assert_eq!(ahead(0), Ok(0));
        assert!(drain_blocking(SOON));
        if CALLS.load(SeqCst) > before {
            loads.push(second);
        }
        clock.advance(Duration::from_secs(1));
    }
    let pauses: Vec<_> = loads.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        matches!(pauses[..], [10..=12, 20..=22]),
        "twice as long each time: {loads:?}"
    );
}

#[tokio::test]
async fn a_refresh_that_was_overtaken_brings_nothing_back() {
    static VALUE: AtomicU64 = AtomicU64::new(0);
    static HOLDS: AtomicBool = AtomicBool::new(false);
    static GATE: Notify = Notify::const_new();

    #[cached(ttl = "10m", stale_while_revalidate = "1h", tags("overtaken"))]
    async fn value(n: u64) -> u64 {
        let value = VALUE.load(SeqCst);
        if HOLDS.swap(false, SeqCst) {
            GATE.notified().await;
        }
        n + value
    }

    let clock = Clock::freeze();
    for overtaken_by in ["tag", "key", "clear", "set"] {
        VALUE.store(1, SeqCst);
        let _ = value::clear().await;
        assert_eq!(value(0).await, 1);
        clock.advance(11 * MINUTE);
        HOLDS.store(true, SeqCst);
        assert_eq!(value(0).await, 1, "stale");
        while HOLDS.load(SeqCst) {
            tokio::task::yield_now().await;
        }
        VALUE.store(2, SeqCst);
        match overtaken_by {
            "tag" => invalidate_tag("overtaken").await.unwrap(),
            "key" => drop(value::invalidate(&0).await),
            "clear" => drop(value::clear().await),
            _ => drop(value::set(&0, 2).await),
        }
        GATE.notify_one();
        assert!(drain(SOON).await);
        assert_eq!(value(0).await, 2, "{overtaken_by}");
        assert!(drain(SOON).await);
        assert_eq!(value::peek(&0).await, Some(2), "{overtaken_by}");
    }
}

#[tokio::test]
async fn what_was_expired_softly_serves_once_more_where_rules_say_so() {
    static SOURCE: AtomicU64 = AtomicU64::new(1);

    #[cached(ttl = "10m", tags("soft"))]
    fn plain(n: u64) -> u64 {
        n + SOURCE.load(SeqCst)
    }

    #[cached(ttl = "10m", refresh_ahead = 0.9, tags("soft"))]
    fn ahead(n: u64) -> u64 {
        n + SOURCE.load(SeqCst)
    }

    #[cached(ttl = "10m", stale_while_revalidate = "1m", tags("soft"))]
    fn behind(n: u64) -> u64 {
        n + SOURCE.load(SeqCst)
    }

    #[cached(ttl = "10m", stale_if_error = "1m", tags("soft"))]
    fn on_error(n: u64) -> Result<u64, ()> {
        match SOURCE.load(SeqCst) {
            3 => Err(()),
            source => Ok(n + source),
        }
    }

    let _clock = Clock::freeze();
    let all = || (plain(0), ahead(0), behind(0), on_error(0));
    assert_eq!(all(), (1, 1, 1, Ok(1)));
    SOURCE.store(2, SeqCst);
    cache_core::cache().expire_tag("soft").await.unwrap();
    assert_eq!(all(), (2, 1, 1, Ok(2)));
    assert!(drain(SOON).await);
    assert_eq!(all(), (2, 2, 2, Ok(2)));
    let stats = [ahead::stats(), behind::stats()];
    assert!(
        stats
            .iter()
            .all(|stats| (stats.loads, stats.misses) == (2, 1))
    );
    SOURCE.store(3, SeqCst);
    cache_core::cache().expire_tag("soft").await.unwrap();
    assert_eq!(on_error(0), Ok(2), "the last good value");
    invalidate_tag("soft").await.unwrap();
    assert_eq!(on_error(0), Err(()));
}

#[tokio::test]
async fn a_call_that_gave_up_depends_on_what_it_waited_for() {
    use cache_core::TimedOut;

    static IS_SLOW: AtomicBool = AtomicBool::new(true);

    #[cached(ttl = "10m", hard_timeout = "10ms", tags("gave up"))]
    async fn slow(n: u64) -> Result<u64, TimedOut> {
        if IS_SLOW.load(SeqCst) {
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        Ok(n)
    }

    #[cached(ttl = "10m", cache_err = "10m")]
    async fn outer(n: u64) -> Result<u64, TimedOut> {
        slow(n).await
    }

    assert!(outer(1).await.is_err());
    assert!(outer(1).await.is_err(), "kept");
    assert!(drain(SOON).await);
    IS_SLOW.store(false, SeqCst);
    invalidate_tag("gave up").await.unwrap();
    assert_eq!(outer(1).await, Ok(1));
}

/// Lets tasks of this thread run.
async fn let_others_run() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_refresh_that_hangs_gets_another_one_beside_it() {
    static CALLS: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "10m", stale_while_revalidate = "1h")]
    async fn hangs(n: u64) -> u64 {
        if CALLS.fetch_add(1, SeqCst) > 0 {
            std::future::pending::<()>().await;
        }
        n
    }

    let clock = Clock::freeze();
    assert_eq!(hangs(7).await, 7);
    clock.advance(Duration::from_secs(660));
    for (seconds, calls) in [(0, 2), (5, 2), (6, 3)] {
        clock.advance(Duration::from_secs(seconds));
        assert_eq!(hangs(7).await, 7, "stale");
        let_others_run().await;
        assert_eq!(CALLS.load(SeqCst), calls, "after {seconds} s more");
    }
}

#[tokio::test]
async fn a_refresh_sees_the_caches_of_its_callers_scope() {
    static INNER: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "1d")]
    async fn inner() -> u64 {
        INNER.fetch_add(1, SeqCst) + 1
    }

    #[cached(ttl = "10m", stale_while_revalidate = "1h")]
    async fn outer(n: u64) -> u64 {
        n + inner().await
    }

    let clock = Clock::freeze();
    let calls = async {
        assert_eq!(outer(0).await, 1);
        clock.advance(Duration::from_secs(660));
        assert_eq!(outer(0).await, 1);
        assert!(drain(SOON).await);
        assert_eq!(outer::stats().loads, 2);
    };
    cache_core::testing::scope(cache_core::Caches::new(), calls).await;
    assert_eq!(INNER.load(SeqCst), 1, "the refresh has found it");
}
