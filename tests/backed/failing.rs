//! Stores that fail or hang: functions load, and use the store again by themselves.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use cache_core::testing::Clock;
use cache_core::{Cache, cache_page, cached};

use crate::http::{assert_apart, assert_same, get, run, site};
use crate::support::{DEAF, FAILING, HANGING, Runs, Switch, installed, named};

#[tokio::test]
async fn a_store_that_fails_costs_loads_and_is_left_alone() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "failing:{n}", cache = "failing", ttl = "1h")]
    async fn load(n: u64) -> u64 {
        RUNS.run();
        n
    }
    let (clock, cache) = (Clock::freeze(), named("failing"));
    load(1).await;
    load(1).await;
    assert_eq!(RUNS.count(), 1);
    FAILING.fail();
    for runs in 2..20 {
        assert_eq!((load(1).await, RUNS.count()), (1, runs));
    }
    let stats = cache.store_stats();
    assert_eq!(stats.failures, 5);
    assert!(stats.skipped > 0);
    let calls = FAILING.calls();
    assert!(cache.get::<u64>("failing:1").await.unwrap_err().is_store());
    assert!(load::invalidate(&1).await.into_result().is_err());
    assert_eq!(FAILING.calls(), calls, "it was to be left alone");
    FAILING.work();
    clock.advance(Duration::from_millis(1_100));
    // A value that could not be invalidated is not served: it is loaded once more, and kept.
    let runs = RUNS.count();
    load(1).await;
    load(1).await;
    assert_eq!(RUNS.count(), runs + 1);
    assert_eq!(cache.get("failing:1").await.unwrap(), Some(1_u64));
}

#[tokio::test]
async fn a_store_that_hangs_costs_loads_for_a_while() {
    installed();
    #[cached(key = "hanging:{n}", cache = "hanging", ttl = "1h")]
    async fn load(n: u64) -> u64 {
        n
    }
    #[cached(key = "hanging:sync:{n}", cache = "hanging", ttl = "1h")]
    fn load_sync(n: u64) -> u64 {
        n
    }
    HANGING.hang();
    let start = Instant::now();
    assert!(
        named("hanging")
            .get::<u64>("x")
            .await
            .unwrap_err()
            .is_timeout()
    );
    for n in 0..100 {
        assert_eq!((load(n).await, load_sync(n)), (n, n));
    }
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    HANGING.work();
    let start = Instant::now();
    while load::peek(&1).await.is_none() || load_sync::peek(&1).is_none() {
        assert_eq!((load(1).await, load_sync(1)), (1, 1));
        assert!(start.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A removal reads and deletes: a caller waits only once for a store that hangs.
#[test]
fn a_delete_at_a_store_that_hangs_takes_one_limit() {
    let (clock, store) = (Clock::freeze(), Switch::new());
    let cache = Cache::builder()
        .timeout("500ms")
        .store(store.clone())
        .build();
    store.hang();
    let mut delete = pin!(cache.delete("key"));
    let mut context = Context::from_waker(Waker::noop());
    assert!(delete.as_mut().poll(&mut context).is_pending());
    clock.advance(Duration::from_millis(501));
    let deleted = delete.as_mut().poll(&mut context);
    assert!(matches!(deleted, std::task::Poll::Ready(Err(error)) if error.is_timeout()));
}

/// If a client hangs up, its handler is dropped in the middle of an invalidation.
#[tokio::test]
async fn who_is_dropped_while_he_invalidates_leaves_no_copy_here() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "deaf:one:{n}", cache = "deaf", ttl = "1h")]
    async fn one(n: u64) -> usize {
        let _ = n;
        RUNS.run()
    }
    #[cached(key = "deaf:all:{n}", cache = "deaf", ttl = "1h")]
    async fn all(n: u64) -> usize {
        let _ = n;
        RUNS.run()
    }
    #[cache_page(ttl = "1h", cache = "deaf")]
    async fn page() -> String {
        format!("run {}", run())
    }
    fn begin(invalidation: impl Future) {
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(invalidation).as_mut().poll(&mut context).is_pending());
    }
    let (_clock, app) = (Clock::freeze(), site(page));
    let (first, second) = (one(1).await, all(1).await);
    let shown = get(&app, "/deaf").await;
    assert_eq!((one(1).await, all(1).await), (first, second));
    assert_same(&shown, &get(&app, "/deaf").await);
    DEAF.hang();
    begin(one::invalidate(&1));
    begin(all::clear());
    begin(page::invalidate_path("/deaf"));
    DEAF.fail();
    assert_eq!((one::peek(&1).await, all::peek(&1).await), (None, None));
    assert_apart(&shown, &get(&app, "/deaf").await);
}
