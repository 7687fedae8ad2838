//! Loads that end otherwise than with a value in the store.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Waker};
use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Clock;

use super::{SECOND, gated, pass, turned};
use crate::support::{Gate, Process, Runs, until, within};

#[tokio::test]
async fn a_process_that_is_killed_in_its_load_costs_the_others_three_seconds_and_one_load() {
    let clock = Clock::freeze();
    let (runs, gate, value) = gated!(usize, key = "killed");
    let [killed, second, third] = Process::several(0);
    let lost = killed.begin(value());
    until(|| runs.count() == 1).await;
    killed.store.fail();
    let second = second.begin(value());
    let third = third.begin(value());
    pass(&clock, Duration::from_millis(2_500)).await;
    assert_eq!(runs.count(), 1);
    pass(&clock, SECOND).await;
    until(|| runs.count() == 2).await;
    pass(&clock, SECOND).await;
    assert_eq!(runs.count(), 2, "one of the others loads");
    gate.let_go(2);
    let (values, _) = turned(&clock, async { (second.await, third.await) }).await;
    assert_eq!((values.0.unwrap(), values.1.unwrap()), (2, 2));
    let (value, _) = turned(&clock, lost).await;
    assert_eq!(value.unwrap(), 1, "it has its own value all the same");
}

#[tokio::test]
async fn a_load_that_fails_does_not_make_the_others_queue() {
    let clock = Clock::freeze();
    let (runs, gate, value) = gated!(Result<usize, String>, key = "failing");
    let processes = Process::several::<3>(0);
    let first = processes[0].begin(value());
    until(|| runs.count() == 1).await;
    let others = [&processes[1], &processes[2]].map(|process| process.begin(value()));
    pass(&clock, SECOND).await;
    assert_eq!(runs.count(), 1);
    gate.let_go(1);
    let (error, _) = turned(&clock, first).await;
    assert_eq!(error.unwrap(), Err("run 1".to_owned()));
    pass(&clock, SECOND / 2).await;
    until(|| runs.count() == 3).await;
    gate.let_go(2);
    for other in others {
        assert!(turned(&clock, other).await.0.unwrap().is_err());
    }
    // A second later they load one at a time again.
    pass(&clock, 2 * SECOND).await;
    let first = processes[0].begin(value());
    until(|| runs.count() == 4).await;
    let second = processes[1].begin(value());
    pass(&clock, SECOND).await;
    assert_eq!(runs.count(), 4);
    gate.let_go(1);
    let (values, _) = turned(&clock, async { (first.await, second.await) }).await;
    assert_eq!((values.0.unwrap(), values.1.unwrap()), (Ok(4), Ok(4)));
}

#[tokio::test]
async fn a_value_that_is_not_kept_makes_nobody_queue() {
    let clock = Clock::freeze();
    let (runs, gate, value) = gated!(usize, key = "unkept", unless = |_: &usize| true);
    let processes = Process::several::<3>(0);
    let calls = processes.map(|process| process.begin(value()));
    until(|| runs.count() == 1).await;
    gate.let_go(1);
    pass(&clock, SECOND / 2).await;
    until(|| runs.count() == 3).await;
    gate.let_go(2);
    let mut values = Vec::new();
    for call in calls {
        values.push(turned(&clock, call).await.0.unwrap());
    }
    values.sort_unstable();
    assert_eq!(values, [1, 2, 3]);
}

#[tokio::test]
async fn what_was_invalidated_during_the_load_is_served_by_none_of_the_others() {
    let clock = Clock::freeze();
    for by_tag in [false, true] {
        for copies in [0, 100] {
            let (runs, gate, value) = if by_tag {
                gated!(usize, key = "by tag", tags("changing"))
            } else {
                gated!(usize, key = "by key")
            };
            let before = runs.count();
            let [winner, loser, editor] = Process::several(copies);
            let first = winner.begin(value());
            until(|| runs.count() == before + 1).await;
            let second = loser.begin(value());
            pass(&clock, SECOND).await;
            if by_tag {
                editor.cache.invalidate_tag("changing").await.unwrap();
            } else {
                editor.cache.delete("by key").await.unwrap();
            }
            let third = editor.begin(value());
            pass(&clock, SECOND).await;
            gate.let_go(1);
            drop(turned(&clock, first).await.0);
            pass(&clock, SECOND).await;
            assert_eq!(runs.count(), before + 2, "one load, for both");
            gate.let_go(1);
            let (values, _) = turned(&clock, async { (second.await, third.await) }).await;
            let values = (values.0.unwrap(), values.1.unwrap());
            assert_eq!(values, (before + 2, before + 2), "{by_tag} {copies}");
        }
    }
}

#[tokio::test]
async fn a_store_that_breaks_while_one_waits_costs_a_load() {
    for hangs in [false, true] {
        let clock = Clock::freeze();
        let (runs, gate, value) = gated!(usize, key = "broken");
        let before = runs.count();
        let [winner, loser] = Process::several(0);
        let first = winner.begin(value());
        until(|| runs.count() == before + 1).await;
        let second = loser.begin(value());
        pass(&clock, SECOND).await;
        assert_eq!(runs.count(), before + 1);
        if hangs {
            loser.store.hang();
        } else {
            loser.store.fail();
        }
        pass(&clock, 6 * SECOND).await;
        until(|| runs.count() == before + 2).await;
        gate.let_go(2);
        let (values, _) = turned(&clock, async { (first.await, second.await) }).await;
        assert!(values.0.is_ok() && values.1.is_ok());
    }
}

#[tokio::test]
async fn a_store_that_is_down_from_the_start_costs_nothing_else() {
    let (runs, gate, value) = gated!(usize, key = "down");
    let [process] = Process::several(0);
    process.store.fail();
    gate.let_go(2);
    assert_eq!(within(process.call(value())).await, 1);
    assert_eq!(within(process.call(value())).await, 2);
    assert_eq!(runs.count(), 2);
}

#[tokio::test]
async fn a_load_that_is_dropped_or_panics_lets_the_others_go_on() {
    static PANICS: AtomicBool = AtomicBool::new(false);
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();

    #[cached(key = "ends", ttl = "1h", lock = distributed)]
    async fn value() -> usize {
        let run = RUNS.run();
        GATE.pass().await;
        assert!(!PANICS.swap(false, SeqCst), "as the test wants");
        run
    }

    let clock = Clock::freeze();
    for panics in [false, true] {
        let before = RUNS.count();
        let [first, second] = Process::several(0);
        let leaves = first.begin(value());
        until(|| RUNS.count() == before + 1).await;
        let stays = second.begin(value());
        pass(&clock, SECOND).await;
        if panics {
            PANICS.store(true, SeqCst);
            GATE.let_go(1);
            assert!(within(leaves).await.is_err());
        } else {
            leaves.abort();
        }
        pass(&clock, SECOND).await;
        until(|| RUNS.count() == before + 2).await;
        GATE.let_go(1);
        let (value, _) = turned(&clock, stays).await;
        assert_eq!(value.unwrap(), before + 2);
    }
}

/// A call is dropped after each number of polls.
#[tokio::test]
async fn a_call_that_is_dropped_anywhere_leaves_no_lock_behind_for_long() {
    #[cached(key = "polls", ttl = "1h", lock = distributed)]
    async fn value() -> usize {
        tokio::task::yield_now().await;
        7
    }

    let clock = Clock::freeze();
    for polls in 0_usize.. {
        let [first, second] = Process::several(0);
        first.store.yields();
        let mut call = Box::pin(first.call(value()));
        let mut is_done = false;
        for _ in 0..polls {
            let mut context = Context::from_waker(Waker::noop());
            if call.as_mut().poll(&mut context).is_ready() {
                is_done = true;
                break;
            }
        }
        drop(call);
        let (value, waited) = turned(&clock, second.call(value())).await;
        assert_eq!(value, 7);
        assert!(
            waited <= Duration::from_millis(3_500),
            "{polls}: {waited:?}"
        );
        if is_done {
            assert!(polls > 3, "{polls}");
            return;
        }
    }
}

/// The load of another process ends at each point of a call that found it under way.
#[tokio::test]
async fn a_value_that_comes_while_one_asks_for_the_lock_is_not_loaded_again() {
    let clock = Clock::freeze();
    let (runs, gate, value) = gated!(usize, key = "comes");
    for polls in 0..12 {
        let before = runs.count();
        let [first, second] = Process::several(0);
        let loads = first.begin(value());
        until(|| runs.count() == before + 1).await;
        second.store.yields();
        let mut call = Box::pin(second.call(value()));
        for _ in 0..polls {
            let mut context = Context::from_waker(Waker::noop());
            assert!(call.as_mut().poll(&mut context).is_pending());
        }
        gate.let_go(1);
        assert_eq!(turned(&clock, loads).await.0.unwrap(), before + 1);
        pass(&clock, SECOND / 5).await;
        let (value, _) = turned(&clock, call).await;
        assert_eq!(value, before + 1, "{polls} polls");
        assert_eq!(runs.count(), before + 1);
    }
}
