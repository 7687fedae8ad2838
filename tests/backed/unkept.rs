//! Values that are not kept, over a store without near copies: waiting callers share one that the store has confirmed.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, cached};
use tokio::task::{JoinHandle, yield_now};

use crate::support::{DEFAULT, Gate, Runs, installed, until, within};

/// A call during another one, polled as far as it gets.
async fn waiting<F>(call: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let call = tokio::spawn(call);
    for _ in 0..1_000 {
        yield_now().await;
    }
    call
}

/// The default cache in another process.
fn elsewhere() -> Cache {
    Cache::builder().near(0).store(DEFAULT.clone()).build()
}

#[tokio::test]
async fn who_waits_shares_a_value_that_is_still_good() {
    installed();
    static GATE: Gate = Gate::closed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "unkept:good:{n}", unless = |_| true)]
    async fn refused(n: u64) -> u64 {
        RUNS.run();
        GATE.pass().await;
        n
    }
    let leads = tokio::spawn(refused(1));
    until(|| RUNS.count() == 1).await;
    let waits = waiting(refused(1)).await;
    GATE.let_go(1);
    assert_eq!(within(leads).await.unwrap(), 1);
    assert_eq!(within(waits).await.unwrap(), 1);
    assert_eq!(RUNS.count(), 1);
}

#[tokio::test]
async fn who_waits_does_not_take_what_another_process_has_invalidated() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static GATE: Gate = Gate::closed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "unkept:stale:{n}", tags("unkept:stale"), unless = |_| true)]
    async fn refused(n: u64) -> u64 {
        let value = n * DATA.load(SeqCst);
        RUNS.run();
        GATE.pass().await;
        value
    }
    let leads = tokio::spawn(refused(1));
    until(|| RUNS.count() == 1).await;
    let waits = waiting(refused(1)).await;
    DATA.store(2, SeqCst);
    elsewhere().invalidate_tag("unkept:stale").await.unwrap();
    GATE.let_go(100);
    assert_eq!(within(leads).await.unwrap(), 1, "its body has read it");
    assert_eq!(within(waits).await.unwrap(), 2);
}

/// The store is not asked to confirm a value with a ttl of zero, so no caller shares it.
#[tokio::test]
async fn who_waits_does_not_take_a_value_without_a_life() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static GATE: Gate = Gate::closed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "unkept:brief:{n}", tags("unkept:brief"), ttl = Duration::from_secs(n - 1))]
    async fn brief(n: u64) -> u64 {
        let value = n * DATA.load(SeqCst);
        RUNS.run();
        GATE.pass().await;
        value
    }
    let clock = Clock::freeze();
    let leads = tokio::spawn(brief(1));
    until(|| RUNS.count() == 1).await;
    let waits = waiting(brief(1)).await;
    DATA.store(2, SeqCst);
    elsewhere().invalidate_tag("unkept:brief").await.unwrap();
    clock.advance(Duration::from_millis(1));
    GATE.let_go(100);
    assert_eq!(within(leads).await.unwrap(), 1, "its body has read it");
    assert_eq!(within(waits).await.unwrap(), 2);
}

#[tokio::test]
async fn a_refresh_that_keeps_nothing_leaves_nothing_older() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static LIFE: AtomicU64 = AtomicU64::new(60);
    #[cached(key = "unkept:refreshed:{n}", ttl = Duration::from_secs(LIFE.load(SeqCst)))]
    async fn brief(n: u64) -> u64 {
        n * DATA.load(SeqCst)
    }
    assert_eq!(brief(1).await, 1);
    let stored = || async { elsewhere().get::<u64>("unkept:refreshed:1").await.unwrap() };
    assert_eq!(stored().await, Some(1));
    DATA.store(2, SeqCst);
    LIFE.store(0, SeqCst);
    assert_eq!(brief::refresh(1).await, 2);
    assert_eq!(stored().await, None);
}
