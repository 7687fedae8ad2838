//! The handle: the functions under the cached function's name.

use cache_core::cached;
use cache_core::testing::Clock;

use crate::support::{Runs, installed};

/// The whole handle of one sync function of `(n: u64, s: &str)`.
macro_rules! handle_of {
    ($name:ident($n:ident, $s:ident): $($arguments:tt)*) => {
        #[test]
        fn $name() {
            installed();
            static RUNS: Runs = Runs::new();
            #[cached($($arguments)*)]
            fn call($n: u64, $s: &str) -> String {
                format!("{} {}{}", RUNS.run(), $n, $s)
            }
            let _clock = Clock::freeze();
            assert_eq!(call::peek(&1, "a"), None);
            assert_eq!(call::uncached(1, "a"), "1 1a");
            assert_eq!(call::peek(&1, "a"), None, "`uncached` keeps nothing");
            assert_eq!(call(1, "a"), "2 1a");
            assert_eq!(call::peek(&1, "a").as_deref(), Some("2 1a"));
            assert_eq!(call::refresh(1, "a"), "3 1a");
            assert_eq!(call(1, "a"), "3 1a");
            assert_eq!(call::uncached(1, "a"), "4 1a");
            assert_eq!(call(1, "a"), "3 1a", "`uncached` reads nothing");
            assert_eq!(call(2, "a"), "5 2a");
            assert!(call::invalidate(&1, "a").into_result().is_ok());
            assert_eq!(call::peek(&1, "a"), None);
            assert_eq!(call::peek(&2, "a").as_deref(), Some("5 2a"), "it forgets that one alone");
            assert_eq!(call(1, "a"), "6 1a");
            assert!(call::clear().into_result().is_ok());
            assert_eq!((call::peek(&1, "a"), call::peek(&2, "a")), (None, None));
            assert_eq!((call(1, "a"), call(2, "a")), ("7 1a".to_owned(), "8 2a".to_owned()));
            let stats = call::stats();
            assert_eq!((stats.hits, stats.misses, stats.loads), (2, 5, 6));
        }
    };
}

handle_of!(local(n, s): ttl = "1h");
handle_of!(local_under_a_key(n, s): key = "handle:local:{n}:{s}", local);
handle_of!(shared_under_a_key(n, s): key = "handle:keyed:{n}:{s}");
handle_of!(shared_under_arguments(n, s): shared);
handle_of!(shared_by_name(n, s): key = "handle:named:{n}:{s}", cache = "brief", ttl = "1h");

#[tokio::test]
async fn clearing_a_function_leaves_its_neighbours_in_the_cache() {
    installed();
    #[cached(key = "handle:one:{n}")]
    async fn one(n: u64) -> u64 {
        n
    }
    #[cached(key = "handle:two:{n}")]
    async fn two(n: u64) -> u64 {
        n
    }
    assert_eq!((one(1).await, two(1).await), (1, 1));
    one::clear().await;
    assert_eq!((one::peek(&1).await, two::peek(&1).await), (None, Some(1)));
    assert_eq!(one(1).await, 1);
    assert_eq!(one::peek(&1).await, Some(1));
}

#[test]
fn it_may_have_another_name_or_none() {
    installed();
    #[cached(handle = numbers)]
    fn number(n: u64) -> u64 {
        n
    }
    #[allow(dead_code)]
    mod numbers_of {}
    #[cached(handle = false)]
    fn numbers_of(n: u64) -> u64 {
        n
    }
    assert_eq!((number(1), numbers::peek(&1)), (1, Some(1)));
    assert_eq!(numbers_of(1), 1);
}

#[test]
fn a_refresh_under_a_condition_that_does_not_hold_still_stores() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn number() -> usize {
        RUNS.run()
    }
    assert_eq!(
        (number::refresh(), number()),
        (1, 1),
        "also where nothing was kept"
    );
}
