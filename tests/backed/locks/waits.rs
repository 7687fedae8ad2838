//! How long a caller waits for a load in another process.

use cache_core::testing::Clock;
use cache_core::{TimedOut, drain};

use super::{SECOND, STEP, gated, pass, turned};
use crate::support::{Process, until, within};

#[tokio::test]
async fn a_caller_that_gives_up_waits_for_no_lock() {
    let clock = Clock::freeze();
    let (runs, gate, value) = gated!(Result<usize, TimedOut>, key = "hard", hard_timeout = "2s");
    let [winner, loser] = Process::several(0);
    let first = winner.begin(value());
    until(|| runs.count() == 1).await;
    let second = loser.begin(value());
    let (timed_out, waited) = turned(&clock, second).await;
    assert!(timed_out.unwrap().is_err());
    assert!((2 * SECOND..3 * SECOND).contains(&waited), "{waited:?}");
    assert!(turned(&clock, first).await.0.unwrap().is_err());
    gate.let_go(1);
    assert!(drain(20 * SECOND).await);
    assert_eq!(turned(&clock, loser.call(value())).await.0, Ok(1));
    assert_eq!(runs.count(), 1, "the load went on, and none was added");
}

#[tokio::test]
async fn a_caller_with_a_stale_value_takes_it_in_time_and_one_process_refreshes() {
    let clock = Clock::freeze();
    let (runs, gate, value) = gated!(
        Result<usize, TimedOut>,
        key = "soft",
        soft_timeout = "1s",
        stale_if_error = "6h"
    );
    let [winner, loser] = Process::several(100);
    gate.let_go(1);
    assert_eq!(winner.call(value()).await, Ok(1));
    pass(&clock, STEP).await;
    clock.advance(3_700 * SECOND);
    let first = winner.begin(value());
    until(|| runs.count() == 2).await;
    let (stale, waited) = turned(&clock, loser.call(value())).await;
    assert_eq!(stale, Ok(1));
    assert!((SECOND..2 * SECOND).contains(&waited), "{waited:?}");
    gate.let_go(1);
    let (value_of_first, _) = turned(&clock, first).await;
    assert!(value_of_first.unwrap().is_ok());
    assert!(turned(&clock, drain(60 * SECOND)).await.0);
    assert_eq!(loser.call(value()).await, Ok(2));
    assert_eq!(runs.count(), 2, "the loser has waited behind its caller");
}

#[tokio::test]
async fn a_refresh_behind_its_callers_runs_in_one_process() {
    for copies in [0, 100] {
        let clock = Clock::freeze();
        let (runs, gate, value) = gated!(usize, key = "behind", stale_while_revalidate = "6h");
        let before = runs.count();
        let processes = Process::several::<3>(copies);
        gate.let_go(1);
        assert_eq!(processes[0].call(value()).await, before + 1);
        clock.advance(3_700 * SECOND);
        for process in &processes {
            assert_eq!(within(process.call(value())).await, before + 1);
        }
        pass(&clock, SECOND).await;
        assert_eq!(runs.count(), before + 2, "{copies}");
        gate.let_go(1);
        assert!(turned(&clock, drain(60 * SECOND)).await.0);
        for process in &processes {
            assert_eq!(within(process.call(value())).await, before + 2);
        }
        assert_eq!(runs.count(), before + 2, "{copies}");
    }
}

#[tokio::test]
async fn a_load_that_takes_long_keeps_its_lock_and_one_that_takes_too_long_does_not() {
    let clock = Clock::freeze();
    let (runs, gate, value) = gated!(usize, key = "long");
    let [winner, loser] = Process::several(0);
    let first = winner.begin(value());
    until(|| runs.count() == 1).await;
    let second = loser.begin(value());
    pass(&clock, 8 * SECOND).await;
    assert_eq!(runs.count(), 1, "the lock was renewed");
    gate.let_go(1);
    let (values, waited) = turned(&clock, async { (first.await, second.await) }).await;
    assert_eq!((values.0.unwrap(), values.1.unwrap()), (1, 1));
    assert!(waited <= SECOND, "{waited:?}");

    let (runs, gate, value) = gated!(usize, key = "too long");
    let first = winner.begin(value());
    until(|| runs.count() == 1).await;
    let second = loser.begin(value());
    pass(&clock, 9 * SECOND).await;
    assert_eq!(runs.count(), 1);
    pass(&clock, 2 * SECOND).await;
    until(|| runs.count() == 2).await;
    gate.let_go(2);
    let (values, _) = turned(&clock, async { (first.await, second.await) }).await;
    assert!(values.0.is_ok() && values.1.is_ok());
}
