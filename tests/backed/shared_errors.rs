//! An error that calls share, in a cache with a store.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, cached};

use crate::support::{BOUNDED, Gate, Runs, installed, until, within};

const STEP: Duration = Duration::from_millis(1);

/// A call that waits for the error of another load has asked the store when it began, and not when the error came.
#[tokio::test]
async fn what_is_made_of_one_ends_as_if_the_call_had_not_waited() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static GATE: Gate = Gate::closed();
    static RUNS: Runs = Runs::new();
    #[cached(cache = "bounded", key = "errors:{n}", tags("errors"))]
    async fn inner(n: u64) -> Result<u64, u64> {
        let error = n * DATA.load(SeqCst);
        RUNS.run();
        GATE.pass().await;
        Err(error)
    }
    #[cached]
    async fn outer(n: u64) -> u64 {
        inner(n).await.unwrap_or_else(|error| error)
    }
    let near_ttl = Duration::from_secs(2);
    let clock = Clock::freeze();
    let leads = tokio::spawn(inner(1));
    until(|| RUNS.count() == 1).await;
    let waits = tokio::spawn(outer(1));
    until(|| outer::stats().misses == 1).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    DATA.store(2, SeqCst);
    let elsewhere = Cache::builder().near(0).store(BOUNDED.clone()).build();
    elsewhere.invalidate_tag("errors").await.unwrap();
    clock.advance(near_ttl.saturating_sub(STEP));
    GATE.let_go(100);
    assert_eq!(within(leads).await.unwrap(), Err(1));
    assert_eq!(within(waits).await.unwrap(), 1);
    assert_eq!((outer(1).await, RUNS.count()), (1, 1), "it is kept");
    clock.advance(STEP * 2);
    assert_eq!((outer(1).await, RUNS.count()), (2, 2));
}
