//! `local`, `shared` and `cache`: where values are kept.

use cache_core::cached;
use cache_core::testing::Clock;

use crate::support::{Runs, installed};

#[tokio::test]
async fn a_function_with_a_key_and_local_is_its_own_too() {
    installed();
    /// A type that can be neither serialized nor compared.
    #[derive(Clone)]
    struct Opaque(u64);
    #[cached(key = "cache:local:{n}", local)]
    fn own(n: u64) -> Opaque {
        Opaque(n)
    }
    let _clock = Clock::freeze();
    assert_eq!(own(1).0, 1);
    assert_eq!(
        cache_core::cache()
            .get::<u64>("cache:local:1")
            .await
            .unwrap(),
        None
    );
    assert!(own::peek(&1).is_some());
}

#[tokio::test]
async fn shared_without_a_key_keeps_apart_functions_and_copies() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(shared, cache = "emptied")]
    fn one(n: u64, text: &str) -> String {
        RUNS.run();
        format!("one {n} {text}")
    }
    #[cached(shared, cache = "emptied")]
    fn other(n: u64, text: &str) -> String {
        RUNS.run();
        format!("other {n} {text}")
    }
    #[cached(shared)]
    fn sized<const N: usize>() -> usize {
        N
    }
    let _clock = Clock::freeze();
    for _ in 0..2 {
        assert_eq!(
            (one(1, "a"), other(1, "a")),
            ("one 1 a".to_owned(), "other 1 a".to_owned())
        );
        assert_eq!((sized::<1>(), sized::<2>()), (1, 2));
    }
    assert_eq!(RUNS.count(), 2);
    cache_core::caches()
        .get("emptied")
        .unwrap()
        .clear()
        .await
        .unwrap();
    assert_eq!(one::peek(&1, "a"), None, "it was in that cache");
}

#[tokio::test]
async fn an_alias_names_the_cache() {
    installed();
    #[cached(key = "cache:named:{n}", cache = "brief")]
    async fn named(n: u64) -> u64 {
        n
    }
    let _clock = Clock::freeze();
    named(7).await;
    let caches = cache_core::caches();
    assert_eq!(
        caches
            .get("brief")
            .unwrap()
            .get::<u64>("cache:named:7")
            .await
            .unwrap(),
        Some(7)
    );
    assert_eq!(
        cache_core::cache()
            .get::<u64>("cache:named:7")
            .await
            .unwrap(),
        None
    );
    assert!(caches.get("nobody").unwrap_err().is_unknown_alias());
}

#[tokio::test]
async fn what_is_set_with_no_life_is_in_the_place_of_what_was_there() {
    installed();
    #[cached(key = "cache:life", cache = "none", ttl = "1h")]
    async fn long() -> u64 {
        1
    }
    let _clock = Clock::freeze();
    long().await;
    let cache = cache_core::caches().get("none").unwrap();
    assert_eq!(cache.get::<u64>("cache:life").await.unwrap(), Some(1));
    cache.set("cache:life", &2_u64).await.unwrap();
    assert_eq!(cache.get::<u64>("cache:life").await.unwrap(), None);
}

#[test]
fn installing_late_or_twice_is_an_error() {
    installed();
    let _clock = Clock::freeze();
    // Caches that are off serve any name, which is checked first.
    let late = cache_core::install(cache_core::Caches::off());
    assert!(late.unwrap_err().is_install());
}

#[tokio::test]
async fn what_a_hand_has_counted_is_still_of_the_function_that_loaded_it() {
    installed();
    #[cached(key = "cache:counted:{n}")]
    async fn one(n: u64) -> u64 {
        n + 100
    }
    #[cached(key = "cache:counted:{n}")]
    async fn other(n: u64) -> u64 {
        n + 200
    }
    let _clock = Clock::freeze();
    one(7).await;
    let counted = cache_core::cache().incr("cache:counted:7", 1).await;
    assert_eq!(counted.unwrap(), 108);
    assert_eq!((one(7).await, other(7).await), (108, 207));
}
