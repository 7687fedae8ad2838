//! Hostile callers: floods, and arguments that look alike.

use std::sync::LazyLock;

use cache_core::testing::Clock;
use cache_core::{Cache, CacheKey, cached};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::{Runs, installed, on_thread};

#[test]
fn a_million_keys_stay_within_the_capacity() {
    installed();
    #[cached(capacity = 1_000)]
    fn number(n: u64) -> u64 {
        n
    }
    for n in 0..1_000_000 {
        number(n);
        if n % 10_007 == 0 {
            assert!(number::stats().entries <= 1_000);
        }
    }
    assert_eq!(number::stats().entries, 1_000);
}

#[tokio::test]
async fn a_flood_of_keys_stays_within_the_shared_cache() {
    installed();
    #[cached(key = "hostile:flood:{id}", cache = "pairs")]
    async fn user(id: u64) -> Option<u64> {
        let _ = id;
        None
    }
    for id in 0..50_000 {
        assert_eq!(user(id).await, None);
    }
    let mut kept = 0;
    for id in 0..50_000 {
        kept += usize::from(user::peek(&id).await.is_some());
    }
    assert!(kept <= 2, "{kept} are kept");
}

#[test]
fn a_flood_does_not_wash_away_what_everybody_asks_for() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(capacity = 100)]
    fn number(n: u64) -> u64 {
        if n == 0 {
            RUNS.run();
        }
        n
    }
    for n in 0..10_000 {
        number(0);
        number(n);
    }
    assert_eq!(RUNS.count(), 1);
}

#[test]
fn threads_that_flood_together_stay_within_the_capacity() {
    installed();
    #[cached(capacity = 64)]
    fn number(n: u64) -> u64 {
        n
    }
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for n in 0..20_000 {
                    assert_eq!(number(n * 4 + thread), n * 4 + thread);
                }
            });
        }
    });
    assert!(number::stats().entries <= 64);
}

#[test]
fn numbers_that_differ_in_few_bits_are_told_apart() {
    installed();
    #[cached(capacity = 100_000)]
    fn number(n: u64) -> u64 {
        n
    }
    let keys = || (0..64).flat_map(|bit| (0..100_u64).map(move |n| n.rotate_left(bit)));
    for n in keys().chain(keys()) {
        assert_eq!(number(n), n);
    }
}

#[test]
fn floats_are_told_apart_by_their_bits() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn inverse(x: f64) -> String {
        RUNS.run();
        format!("{}", 1.0 / x)
    }
    #[cached(key = "hostile:float:{x}")]
    fn shared(x: f64) -> String {
        RUNS.run();
        format!("{}", 1.0 / x)
    }
    for _ in 0..3 {
        assert_eq!(
            (inverse(0.0), inverse(-0.0), inverse(f64::NAN)),
            ("inf".into(), "-inf".into(), "NaN".into())
        );
        assert_eq!(
            (shared(0.0), shared(-0.0), shared(f64::NAN)),
            ("inf".into(), "-inf".into(), "NaN".into())
        );
    }
    assert_eq!(RUNS.count(), 6, "a NaN equals itself");
}

#[test]
fn none_and_what_looks_like_it_are_told_apart() {
    installed();
    #[cached]
    fn local(name: Option<Option<&str>>) -> String {
        format!("{name:?}")
    }
    #[cached(key = "hostile:none:{name}")]
    fn last(name: Option<Option<&str>>) -> String {
        format!("{name:?}")
    }
    #[cached(key = "hostile:{name}:none")]
    fn part(name: Option<Option<&str>>) -> String {
        format!("{name:?}")
    }
    #[cached(shared)]
    fn argument(name: Option<Option<&str>>) -> String {
        format!("{name:?}")
    }
    let texts = ["None", "", "%-", "%+", "%+%-", "%", "-", "()", "null"];
    let inner = texts.into_iter().map(Some).chain([None]);
    let all: Vec<_> = inner.map(Some).chain([None]).collect();
    for name in all.iter().chain(&all) {
        let wanted = format!("{name:?}");
        assert_eq!(
            [local(*name), last(*name), part(*name), argument(*name)],
            [(); 4].map(|()| wanted.clone())
        );
    }
}

#[derive(CacheKey, Clone, Debug)]
struct Pair {
    left: String,
    right: Option<String>,
}

#[cached(capacity = 100_000)]
fn local(a: &str, b: &str, pair: &Pair) -> String {
    format!("{a:?}{b:?}{pair:?}")
}

#[cached(key = "hostile:pair:{a}:{b}:{pair}", ttl = "1h")]
fn keyed(a: &str, b: &str, pair: &Pair) -> String {
    format!("{a:?}{b:?}{pair:?}")
}

#[cached(shared, ttl = "1h")]
fn shared(a: &str, b: &str, pair: &Pair) -> String {
    format!("{a:?}{b:?}{pair:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Short texts of few characters, so that similar calls are frequent.
    #[test]
    fn a_cached_call_gives_what_the_body_would(
        a in "[:a%,(-]{0,2}",
        b in "[:a%,)=]{0,2}",
        left in "[:a,]{0,2}",
        right in prop::option::of("[-a,%]{0,2}"),
    ) {
        installed();
        let pair = Pair { left, right };
        let wanted = local::uncached(&a, &b, &pair);
        prop_assert_eq!(local(&a, &b, &pair), wanted.as_str());
        prop_assert_eq!(keyed(&a, &b, &pair), wanted.as_str());
        prop_assert_eq!(shared(&a, &b, &pair), wanted);
    }
}

#[test]
fn parts_do_not_run_into_each_other() {
    installed();
    let pair = Pair {
        left: String::new(),
        right: None,
    };
    for (one, other) in [
        (("a:b", "c"), ("a", "b:c")),
        (("ab", "c"), ("a", "bc")),
        (("", "a"), ("a", "")),
        (("a%3Ab", "c"), ("a:b", "c")),
        (("a,b", "c"), ("a", "b,c")),
    ] {
        for (a, b) in [one, other] {
            let wanted = local::uncached(a, b, &pair);
            assert_eq!(
                [local(a, b, &pair), keyed(a, b, &pair), shared(a, b, &pair)],
                [(); 3].map(|()| wanted.clone())
            );
        }
    }
}

#[test]
fn a_flood_of_absent_ids_is_answered_from_the_cache_where_they_are_kept() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(capacity = 100, cache_err = "5s")]
    fn find(id: u64) -> Result<u64, String> {
        RUNS.run();
        Err(format!("no {id}"))
    }
    let _clock = Clock::freeze();
    for call in 0..10_000 {
        assert!(find(call % 10).is_err());
    }
    assert_eq!(RUNS.count(), 10);
    for id in 0..10_000 {
        assert!(find(id).is_err());
    }
    assert!(find::stats().entries <= 100);
}

#[test]
fn time_that_jumps_far_ahead_is_no_trouble() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(ttl = "1h")]
    fn number() -> usize {
        RUNS.run()
    }
    let clock = Clock::freeze();
    assert_eq!(number(), 1);
    for years in [1, 50, 100, 1_000] {
        clock.advance(std::time::Duration::from_secs(years * 31_557_600));
        let value = number();
        assert_eq!(number(), value);
    }
}

#[test]
fn a_value_that_asks_the_cache_as_it_goes_may_be_refused() {
    static CACHE: LazyLock<Cache> = LazyLock::new(|| Cache::memory(100));
    static DROPS: Runs = Runs::new();
    #[derive(Clone, Serialize, Deserialize)]
    struct Asks(bool);
    impl Drop for Asks {
        fn drop(&mut self) {
            if self.0 {
                DROPS.run();
                assert!(CACHE.blocking().contains("hostile:asks").unwrap());
            }
        }
    }
    on_thread(|| {
        let cache = CACHE.blocking();
        assert!(cache.add("hostile:asks", &Asks(false)).unwrap());
        assert!(!cache.add("hostile:asks", &Asks(true)).unwrap());
    });
    assert!(DROPS.count() > 1, "the copy for the cache, and the value");
}
