//! Many concurrent callers of a cold key.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use cache_core::cached;
use cache_core::testing::Clock;
use tokio::task::JoinHandle;

use crate::support::{Gate, Runs, installed, on_thread, until, within};

const CALLERS: usize = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_tasks_load_once() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached]
    async fn slow(n: u64) -> String {
        RUNS.run();
        GATE.pass().await;
        n.to_string()
    }
    let calls: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(slow(7))).collect();
    until(|| slow::stats().misses == CALLERS as u64).await;
    GATE.let_go(CALLERS);
    for call in calls {
        assert_eq!(within(call).await.unwrap(), "7");
    }
    assert_eq!(RUNS.count(), 1);
}

/// A thousand callers, of which the first has begun its load, which `end` then ends.
async fn after_the_leader<T>(
    call: impl Fn() -> JoinHandle<T>,
    runs: &Runs,
    misses: impl Fn() -> u64,
    end: impl FnOnce(&JoinHandle<T>),
) -> Vec<JoinHandle<T>> {
    let leader = call();
    until(|| runs.count() == 1).await;
    let others: Vec<_> = (1..CALLERS).map(|_| call()).collect();
    until(|| misses() == CALLERS as u64).await;
    end(&leader);
    assert!(within(leader).await.is_err(), "the leader has no value");
    others
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn when_the_first_leader_is_dropped_one_other_loads() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached]
    async fn slow(n: u64) -> String {
        RUNS.run();
        GATE.pass().await;
        n.to_string()
    }
    let call = || tokio::spawn(slow(7));
    let others = after_the_leader(call, &RUNS, || slow::stats().misses, JoinHandle::abort).await;
    GATE.let_go(CALLERS);
    for call in others {
        assert_eq!(within(call).await.unwrap(), "7");
    }
    assert_eq!(RUNS.count(), 2);
}

#[tokio::test]
async fn when_leader_after_leader_is_dropped_the_last_one_loads() {
    installed();
    let _clock = Clock::freeze();
    static RUNS: Runs = Runs::new();
    static LEADER: AtomicUsize = AtomicUsize::new(0);
    #[cached(skip(caller))]
    async fn doomed(caller: usize) -> usize {
        LEADER.store(caller, SeqCst);
        if RUNS.run() < 20 {
            std::future::pending::<()>().await;
        }
        caller
    }
    let calls: Vec<_> = (0..20).map(|caller| tokio::spawn(doomed(caller))).collect();
    until(|| doomed::stats().misses == 20).await;
    for run in 1..20 {
        until(|| RUNS.count() == run).await;
        calls[LEADER.load(SeqCst)].abort();
    }
    let mut values = Vec::new();
    for call in calls {
        values.extend(within(call).await.ok());
    }
    assert_eq!((values, RUNS.count()), (vec![LEADER.load(SeqCst)], 20));
}

#[tokio::test]
async fn when_the_first_leader_panics_one_other_loads() {
    installed();
    let _clock = Clock::freeze();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached]
    async fn panics_once(n: u64) -> u64 {
        let run = RUNS.run();
        GATE.pass().await;
        assert!(run > 1, "the first run panics, as it should");
        n
    }
    let call = || tokio::spawn(panics_once(7));
    let misses = || panics_once::stats().misses;
    let others = after_the_leader(call, &RUNS, misses, |_| GATE.let_go(CALLERS)).await;
    for call in others {
        assert_eq!(within(call).await.unwrap(), 7);
    }
    assert_eq!((RUNS.count(), panics_once::stats().errors), (2, 1));
}

// On one thread, a call that is counted as a miss is already waiting.
#[tokio::test]
async fn an_error_that_can_be_cloned_goes_to_all_who_waited() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached]
    async fn fails(n: u64) -> Result<u64, String> {
        let run = RUNS.run();
        GATE.pass().await;
        Err(format!("{n} failed in run {run}"))
    }
    let calls: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(fails(7))).collect();
    until(|| fails::stats().misses == CALLERS as u64).await;
    GATE.let_go(CALLERS);
    for call in calls {
        assert_eq!(
            within(call).await.unwrap(),
            Err("7 failed in run 1".to_owned())
        );
    }
    assert_eq!(RUNS.count(), 1);
    assert!(
        fails(7).await.unwrap_err().ends_with("run 2"),
        "and is not kept"
    );
}

#[tokio::test]
async fn after_an_error_that_cannot_be_cloned_each_runs_once_sixty_four_at_a_time() {
    installed();
    struct NotClone;
    static RUNS: Runs = Runs::new();
    static AT_ONCE: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    #[cached]
    async fn fails(n: u64) -> Result<u64, NotClone> {
        RUNS.run();
        let at_once = AT_ONCE.fetch_add(1, SeqCst) + 1;
        MOST.fetch_max(at_once, SeqCst);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        AT_ONCE.fetch_sub(1, SeqCst);
        if n == 7 { Err(NotClone) } else { Ok(n) }
    }
    let _clock = Clock::freeze();
    let calls: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(fails(7))).collect();
    for call in calls {
        assert!(within(call).await.unwrap().is_err());
    }
    assert_eq!((RUNS.count(), MOST.load(SeqCst)), (CALLERS, 64));
}

#[test]
fn threads_load_once() {
    installed();
    static RUNS: Runs = Runs::new();
    static TOGETHER: Barrier = Barrier::new(50);
    #[cached]
    fn slow(n: u64) -> String {
        RUNS.run();
        while slow::stats().misses < 50 {
            std::thread::yield_now();
        }
        n.to_string()
    }
    let values = on_thread(|| {
        let call = || {
            TOGETHER.wait();
            slow(7)
        };
        let threads: Vec<_> = (0..50).map(|_| std::thread::spawn(call)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!((values, RUNS.count()), (vec!["7".to_owned(); 50], 1));
}

#[test]
fn when_the_first_thread_panics_one_other_loads() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn panics_once(n: u64) -> u64 {
        if RUNS.run() == 1 {
            while panics_once::stats().misses < 50 {
                std::thread::yield_now();
            }
            panic!("the first run panics, as it should");
        }
        n
    }
    let panics = on_thread(|| {
        let clock = Clock::freeze();
        let call = || {
            let time = clock.handle();
            std::thread::spawn(move || time.run(|| panics_once(7)))
        };
        let threads: Vec<_> = (0..50).map(|_| call()).collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().err())
            .count()
    });
    assert_eq!(
        (panics, RUNS.count(), panics_once::stats().errors),
        (1, 2, 1)
    );
    assert_eq!(panics_once(7), 7);
}

#[test]
fn keys_do_not_wait_for_each_other() {
    installed();
    static ALL: Barrier = Barrier::new(20);
    #[cached(capacity = 1)]
    fn meets(n: u64) -> u64 {
        ALL.wait();
        n
    }
    let values = on_thread(|| {
        let threads: Vec<_> = (0..20)
            .map(|n| std::thread::spawn(move || meets(n)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum::<u64>()
    });
    assert_eq!(values, 190, "all twenty loads ran at once");
}
