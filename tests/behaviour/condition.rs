//! `condition`: which calls use the cache at all.

use cache_core::cached;

use crate::support::{Runs, installed};

static RUNS: Runs = Runs::new();

#[cached(condition = n != 99 && !name.is_empty())]
fn plain(n: u64, name: &str) -> usize {
    let _ = (n, name);
    RUNS.run()
}

#[test]
fn where_it_does_not_hold_nothing_is_read_and_nothing_kept() {
    installed();
    assert_eq!(plain(1, "a"), plain(1, "a"));
    assert_ne!(plain(99, "a"), plain(99, "a"));
    assert_ne!(plain(1, ""), plain(1, ""));
    assert_eq!((plain::peek(&99, "a"), plain::peek(&1, "")), (None, None));
    let stats = plain::stats();
    assert_eq!(
        (stats.hits, stats.misses, stats.entries),
        (1, 1, 1),
        "such calls are not counted"
    );
}

#[test]
fn a_value_that_is_kept_is_not_read_past_the_condition() {
    installed();
    static USED: Runs = Runs::new();
    #[cached(condition = use_cache, skip(use_cache))]
    fn number(use_cache: bool) -> usize {
        USED.run()
    }
    let kept = number(true);
    assert_ne!(number(false), kept);
    assert_eq!(number(true), kept);
}

#[tokio::test]
async fn arguments_are_not_moved_out_of() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(condition = name.len() > 1)]
    async fn named(name: String) -> String {
        RUNS.run();
        name
    }
    for name in ["a", "ab"] {
        for _ in 0..2 {
            assert_eq!(named(name.to_owned()).await, name);
        }
    }
    assert_eq!(RUNS.count(), 3);
}
