//! `unless`: which values are not kept.

use cache_core::cached;
use cache_core::testing::Clock;

use crate::support::{Gate, Runs, installed, until, within};

#[test]
fn without_it_nothing_is_a_value_like_any_other() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn absent(n: u64) -> Option<u64> {
        RUNS.run();
        (n > 0).then_some(n)
    }
    assert_eq!(RUNS.of(|| (absent(0), absent(0), absent(1), absent(1))), 2);
    assert_eq!(absent::peek(&0), Some(None));
    assert_eq!(absent::peek(&2), None);
}

#[test]
fn such_a_value_is_returned_and_not_kept() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(unless = Option::is_none)]
    fn path(n: u64) -> Option<u64> {
        RUNS.run();
        (n > 0).then_some(n)
    }
    #[cached(unless = std::string::String::is_empty)]
    fn closure(n: usize) -> String {
        RUNS.run();
        "x".repeat(n)
    }
    assert_eq!(RUNS.of(|| assert_eq!((path(0), path(0)), (None, None))), 2);
    assert_eq!(
        RUNS.of(|| assert_eq!((path(1), path(1)), (Some(1), Some(1)))),
        1
    );
    assert_eq!(
        RUNS.of(|| assert_eq!((closure(0), closure(0)), (String::new(), String::new()))),
        2
    );
    assert_eq!(
        RUNS.of(|| assert_eq!((closure(1), closure(1)), ("x".into(), "x".into()))),
        1
    );
    assert_eq!(path::stats().entries, 1);
}

#[test]
fn of_a_result_it_sees_what_would_be_kept() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(unless = |n| *n > 9)]
    fn small(n: u64) -> Result<u64, String> {
        RUNS.run();
        Ok(n)
    }
    assert_eq!(RUNS.of(|| (small(9), small(9))), 1);
    assert_eq!(RUNS.of(|| (small(10), small(10))), 2);
}

#[tokio::test]
async fn those_who_waited_get_it_all_the_same() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached(unless = |_| true)]
    async fn never_kept(key: u8) -> usize {
        let _ = key;
        let run = RUNS.run();
        GATE.pass().await;
        run
    }
    let _clock = Clock::freeze();
    let calls: Vec<_> = (0..20).map(|_| tokio::spawn(never_kept(1))).collect();
    until(|| never_kept::stats().misses == 20).await;
    GATE.let_go(100);
    for call in calls {
        assert_eq!(within(call).await.unwrap(), 1);
    }
    assert_eq!(never_kept(1).await, 2);
}
