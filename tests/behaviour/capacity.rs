//! `capacity`: how many values a function keeps.

use cache_core::cached;

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
