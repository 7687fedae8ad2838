//! Loads that fail while other callers wait for them, with errors that cannot be shared.

use std::future::pending;
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, cached};

use crate::support::{Gate, Runs, installed, on_thread, until, within};

#[derive(Debug, PartialEq)]
struct NotClone;

const CALLERS: usize = 100;
/// How many callers load by themselves at the same time.
const SOLO: usize = 64;

/// Lets all other tasks run as far as they can.
async fn others_run() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn after_one_failure_one_load_serves_all_the_others() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached]
    async fn fails_once(n: u64) -> Result<u64, NotClone> {
        let run = RUNS.run();
        GATE.pass().await;
        if run == 1 { Err(NotClone) } else { Ok(n) }
    }
    let calls: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(fails_once(7))).collect();
    until(|| fails_once::stats().misses == CALLERS as u64).await;
    GATE.let_go(1);
    until(|| RUNS.count() == 2).await;
    others_run().await;
    assert_eq!(RUNS.count(), 2, "the others wait for one of them");
    GATE.let_go(CALLERS);
    let mut failed = 0;
    for call in calls {
        failed += usize::from(within(call).await.unwrap().is_err());
    }
    assert_eq!((failed, RUNS.count()), (1, 2));
    assert_eq!(fails_once::peek(&7).await, Some(7), "it is kept");
}

#[test]
fn after_one_failure_one_thread_loads_for_all_the_others() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn fails_once(n: u64) -> Result<u64, NotClone> {
        if RUNS.run() > 1 {
            return Ok(n);
        }
        while fails_once::stats().misses < 20 {
            std::thread::yield_now();
        }
        Err(NotClone)
    }
    let failed = on_thread(|| {
        let threads: Vec<_> = (0..20)
            .map(|_| std::thread::spawn(|| fails_once(7)))
            .collect();
        let results = threads.into_iter().map(|thread| thread.join().unwrap());
        results.filter(Result::is_err).count()
    });
    assert_eq!((failed, RUNS.count()), (1, 2));
    assert_eq!(fails_once::peek(&7), Some(7));
}

#[tokio::test]
async fn after_one_failure_one_get_or_set_serves_all_the_others() {
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    let cache = Cache::memory(100);
    let call = || {
        let cache = cache.clone();
        tokio::spawn(async move {
            let load = || async {
                let run = RUNS.run();
                GATE.pass().await;
                if run == 1 { Err(NotClone) } else { Ok(7_u64) }
            };
            cache.get_or_set("key", "1h", load).await
        })
    };
    let calls: Vec<_> = (0..CALLERS).map(|_| call()).collect();
    until(|| RUNS.count() == 1).await;
    others_run().await;
    GATE.let_go(1);
    until(|| RUNS.count() == 2).await;
    others_run().await;
    GATE.let_go(CALLERS);
    for call in calls {
        within(call).await.unwrap().ok();
    }
    assert_eq!(RUNS.count(), 2);
    assert_eq!(cache.get("key").await.unwrap(), Some(7_u64));
}

#[tokio::test]
async fn the_value_of_a_solo_load_is_kept_and_ends_the_waiting() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached]
    async fn fails_twice(n: u64) -> Result<u64, NotClone> {
        let run = RUNS.run();
        GATE.pass().await;
        if run > 2 { Ok(n) } else { Err(NotClone) }
    }
    let calls: Vec<_> = (0..200).map(|_| tokio::spawn(fails_twice(7))).collect();
    until(|| fails_twice::stats().misses == 200).await;
    GATE.let_go(1);
    until(|| RUNS.count() == 2).await;
    GATE.let_go(1);
    until(|| RUNS.count() == 2 + SOLO).await;
    GATE.let_go(1);
    until(|| calls.iter().filter(|call| call.is_finished()).count() == 200 - (SOLO - 1)).await;
    assert_eq!(fails_twice::peek(&7).await, Some(7));
    GATE.let_go(SOLO);
    for call in calls {
        within(call).await.unwrap().ok();
    }
    assert_eq!(RUNS.count(), 2 + SOLO, "those who waited did not load");
}

#[tokio::test]
async fn what_is_removed_while_some_load_by_themselves_is_not_kept() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached(tags("failures:removed"))]
    async fn fails_twice(n: u64) -> Result<u64, NotClone> {
        let run = RUNS.run();
        GATE.pass().await;
        if run % 10 > 2 { Ok(n) } else { Err(NotClone) }
    }
    for by_key in [true, false] {
        while !RUNS.count().is_multiple_of(10) {
            RUNS.run();
        }
        let before = RUNS.count();
        let calls: Vec<_> = (0..5).map(|_| tokio::spawn(fails_twice(7))).collect();
        until(|| RUNS.count() == before + 1).await;
        for run in 2..4 {
            others_run().await;
            GATE.let_go(1);
            until(|| RUNS.count() >= before + run).await;
        }
        until(|| RUNS.count() == before + 5).await;
        if by_key {
            fails_twice::invalidate(&7).await;
        } else {
            cache_core::invalidate_tag("failures:removed")
                .await
                .unwrap();
        }
        GATE.let_go(3);
        for call in calls {
            within(call).await.unwrap().ok();
        }
        assert_eq!(fails_twice::peek(&7).await, None, "by key: {by_key}");
    }
}

/// Two leaders of one flight hang; two callers that have waited long enough load by themselves, and one of them hangs too.
#[tokio::test]
async fn a_solo_load_after_a_timeout_serves_the_calls_that_still_wait() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    async fn hangs(n: u64) -> u64 {
        if RUNS.run() < 4 {
            pending::<()>().await;
        }
        n
    }
    let clock = Clock::freeze();
    let early: Vec<_> = (0..4).map(|_| tokio::spawn(hangs(7))).collect();
    until(|| hangs::stats().misses == 4).await;
    clock.advance(Duration::from_secs(11));
    until(|| RUNS.count() == 2).await;
    let late = tokio::spawn(hangs(7));
    until(|| hangs::stats().misses == 5).await;
    // Short enough that the late caller is not woken by its time limit.
    clock.advance(Duration::from_millis(9_500));
    assert_eq!(within(late).await.unwrap(), 7);
    assert_eq!(RUNS.count(), 4);
    assert_eq!(hangs::peek(&7).await, Some(7));
    early.iter().for_each(tokio::task::JoinHandle::abort);
}
