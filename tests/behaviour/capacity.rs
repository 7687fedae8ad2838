//! `capacity`: how many values a function keeps.

use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Finding, audit, cached};

use crate::support::{Runs, installed};

#[test]
fn never_more_than_it_says() {
    installed();
    #[cached(capacity = 3)]
    fn few(n: u64) -> u64 {
        n
    }
    for n in 0..100 {
        assert_eq!(few(n), n);
        assert!(few::stats().entries <= 3);
    }
    assert_eq!(few::stats().entries, 3);
    assert_eq!(few::stats().evictions, 97);
}

#[test]
fn without_a_bound_nothing_is_evicted() {
    installed();
    #[cached(capacity = unbounded)]
    fn knapsack(i: u32, w: u32) -> u64 {
        if i == 0 {
            return 0;
        }
        let (weight, value) = (i % 7 + 1, u64::from(i * i % 11));
        let without = knapsack(i - 1, w);
        if weight > w {
            return without;
        }
        without.max(knapsack(i - 1, w - weight) + value)
    }
    assert!(knapsack(100, 400) > 0);
    let stats = knapsack::stats();
    assert!(
        stats.loads > 20_000,
        "more than the default bound: {stats:?}"
    );
    assert_eq!(stats.loads, stats.entries, "each state once");
    assert_eq!((stats.evictions, stats.reloads), (0, 0));
}

#[test]
fn what_is_evicted_and_asked_for_again_is_counted_and_found() {
    installed();
    #[cached(capacity = 50)]
    fn too_small(n: u64) -> u64 {
        n
    }
    #[cached(capacity = 50)]
    fn each_once(n: u64) -> u64 {
        n
    }
    #[cached(capacity = 50, ttl = 60)]
    fn too_short(n: u64) -> u64 {
        n
    }
    let clock = Clock::freeze();
    for n in 0..60 * 20 {
        too_small(n % 60);
        each_once(n);
        too_short(n % 60);
        clock.advance(Duration::from_secs(61));
    }
    let stats = too_small::stats();
    assert!(stats.reloads > stats.loads / 4, "{stats:?}");
    assert!(stats.reloads <= stats.evictions, "{stats:?}");
    assert_eq!(each_once::stats().reloads, 0);
    assert_eq!(too_short::stats().reloads, 0, "{:?}", too_short::stats());

    let found = audit().evicting();
    let of = |name: &str| {
        found
            .iter()
            .find(|finding| finding.to_string().contains(name))
    };
    let text = of("::too_small").expect("a finding").to_string();
    assert!(text.contains("`capacity = unbounded`"), "{text}");
    assert!(of("::each_once").is_none() && of("::too_short").is_none());
    let all = audit().findings();
    assert!(
        all.iter()
            .any(|finding| matches!(finding, Finding::Evicting { .. }))
    );
}

/// A capacity is too small if many loads, and a good part of all, would have been hits with a larger one.
#[test]
fn a_few_evictions_of_what_is_asked_for_again_are_no_finding() {
    installed();
    #[cached(capacity = 50)]
    fn seldom(n: u64) -> u64 {
        n
    }
    #[cached(capacity = 50)]
    fn small_part(n: u64) -> u64 {
        n
    }
    for n in 0..150 {
        seldom(n % 60);
    }
    for n in 0..60 * 20 {
        small_part(n % 60);
    }
    for n in 0..20_000 {
        small_part(1_000 + n);
    }
    let (seldom, small_part) = (seldom::stats(), small_part::stats());
    assert!((1..100).contains(&seldom.reloads), "{seldom:?}");
    assert!(seldom.reloads >= seldom.loads / 10, "{seldom:?}");
    assert!(small_part.reloads >= 100, "{small_part:?}");
    assert!(small_part.reloads < small_part.loads / 10, "{small_part:?}");
    let found = audit().evicting();
    let is_there = |name: &str| {
        let mut texts = found.iter().map(ToString::to_string);
        texts.any(|text| text.contains(name))
    };
    assert!(
        !is_there("::seldom") && !is_there("::small_part"),
        "{found:?}"
    );
}

#[test]
fn one_is_enough_for_the_last() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(capacity = 1)]
    fn last(n: u64) -> u64 {
        RUNS.run();
        n
    }
    assert_eq!(RUNS.of(|| (last(1), last(1), last(2), last(2))), 2);
    assert_eq!((last::peek(&1), last::peek(&2)), (None, Some(2)));
}

#[test]
fn what_is_asked_for_stays() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(capacity = 4)]
    fn number(n: u64) -> u64 {
        RUNS.run();
        n
    }
    number(0);
    for n in 1..100 {
        number(n);
        assert_eq!(RUNS.of(|| number(0)), 0, "after {n}");
    }
}

#[test]
fn a_shared_cache_bounds_all_its_functions_together() {
    installed();
    #[cached(key = "capacity:left:{n}", cache = "pairs")]
    fn left(n: u64) -> u64 {
        n
    }
    #[cached(key = "capacity:right:{n}", cache = "pairs")]
    fn right(n: u64) -> u64 {
        n + 1
    }
    for n in 0..10 {
        assert_eq!((left(n), right(n)), (n, n + 1));
    }
    let kept = (0..10).filter(|n| left::peek(n).is_some()).count()
        + (0..10).filter(|n| right::peek(n).is_some()).count();
    assert_eq!(kept, 2);
}

#[test]
fn each_copy_of_a_generic_function_has_its_own() {
    installed();
    #[cached(capacity = 2)]
    fn sized<const N: usize>(n: usize) -> usize {
        n * N
    }
    for n in 0..5 {
        assert_eq!((sized::<1>(n), sized::<2>(n)), (n, 2 * n));
    }
    assert_eq!(sized::stats().entries, 4);
}
