//! Functions whose values are in a store, which their handles reach.

use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Clock;

use crate::support::{DEFAULT, Runs, installed, named};

/// The whole handle of one function of `(n: u64, s: &str)`.
macro_rules! handle_of {
    ($name:ident: $($arguments:tt)*) => {
        mod $name {
            use super::*;

            #[test]
            fn sync() {
                installed();
                static RUNS: Runs = Runs::new();
                #[cached($($arguments)*)]
                fn call(n: u64, s: &str) -> String {
                    format!("{} {n}{s}", RUNS.run())
                }
                let _clock = Clock::freeze();
                assert_eq!(call::peek(&1, "a"), None);
                assert_eq!(call::uncached(1, "a"), "1 1a");
                assert_eq!(call(1, "a"), "2 1a");
                assert_eq!(call(1, "a"), "2 1a");
                assert_eq!(call::peek(&1, "a").as_deref(), Some("2 1a"));
                assert_eq!(call::refresh(1, "a"), "3 1a");
                assert_eq!(call(1, "a"), "3 1a");
                assert_eq!(call(2, "a"), "4 2a");
                assert!(call::invalidate(&1, "a").into_result().is_ok());
                assert_eq!(call::peek(&1, "a"), None);
                assert_eq!(call::peek(&2, "a").as_deref(), Some("4 2a"));
                assert_eq!(call(1, "a"), "5 1a");
                assert!(call::clear().into_result().is_ok());
                assert_eq!((call::peek(&1, "a"), call::peek(&2, "a")), (None, None));
                assert_eq!(call(1, "a"), "6 1a");
                assert_eq!(call(1, "a"), "6 1a");
            }

            #[tokio::test]
            async fn asynchronous() {
                installed();
                static RUNS: Runs = Runs::new();
                #[cached($($arguments)*)]
                async fn awaited(n: u64, s: &str) -> String {
                    format!("{} {n}{s}", RUNS.run())
                }
                let _clock = Clock::freeze();
                assert_eq!(awaited::peek(&1, "b").await, None);
                assert_eq!(awaited::uncached(1, "b").await, "1 1b");
                assert_eq!(awaited(1, "b").await, "2 1b");
                assert_eq!(awaited(1, "b").await, "2 1b");
                assert_eq!(awaited::peek(&1, "b").await.as_deref(), Some("2 1b"));
                assert_eq!(awaited::refresh(1, "b").await, "3 1b");
                assert_eq!(awaited(1, "b").await, "3 1b");
                assert_eq!(awaited(2, "b").await, "4 2b");
                assert!(awaited::invalidate(&1, "b").await.into_result().is_ok());
                assert_eq!(awaited::peek(&1, "b").await, None);
                assert_eq!(awaited::peek(&2, "b").await.as_deref(), Some("4 2b"));
                assert_eq!(awaited(1, "b").await, "5 1b");
                assert!(awaited::clear().await.into_result().is_ok());
                assert_eq!((awaited::peek(&1, "b").await, awaited::peek(&2, "b").await), (None, None));
                assert_eq!(awaited(1, "b").await, "6 1b");
            }
        }
    };
}

handle_of!(keyed: key = "shared:keyed:{n}:{s}", ttl = "1h");
handle_of!(by_arguments: shared, ttl = "1h");
handle_of!(behind_near: key = "shared:near:{n}:{s}", cache = "near", ttl = "1h");
handle_of!(behind_near_by_arguments: shared, cache = "near", ttl = "1h");

/// Two functions with the same path and line are the same function to the store, like those of two processes.
#[test]
fn what_another_process_has_stored_is_cleared_before_the_first_call() {
    installed();
    static RUNS: Runs = Runs::new();
    macro_rules! twin {
        () => {{
            #[cached(shared, ttl = "1h")]
            fn twin(n: u64) -> (u64, usize) {
                (n, RUNS.run())
            }
            (twin as fn(u64) -> (u64, usize), || twin::clear())
        }};
    }
    let ((elsewhere, _), (here, clear)) = (twin!(), twin!());
    assert_eq!((elsewhere(7), elsewhere(7)), ((7, 1), (7, 1)));
    assert!(clear().into_result().is_ok());
    assert_eq!((elsewhere(7), here(7)), ((7, 2), (7, 2)));
}

struct Repository {
    runs: Runs,
}

#[cached]
impl Repository {
    #[cached(key = "shared:method:{n}", ttl = "1h", skip(self))]
    async fn find(&self, n: u64) -> Option<u64> {
        self.runs.run();
        (n > 0).then_some(n)
    }

    #[cached(key = "shared:fallible:{n}", ttl = "1h", skip(self))]
    fn try_find(&self, n: u64) -> Result<u64, String> {
        self.runs.run();
        n.checked_sub(1).ok_or_else(|| "zero".to_owned())
    }
}

#[tokio::test]
async fn methods_keep_what_is_none_and_no_errors() {
    installed();
    let repository = Repository { runs: Runs::new() };
    for n in [0, 0, 7, 7] {
        assert_eq!(repository.find(n).await, (n > 0).then_some(n));
    }
    assert_eq!(repository.runs.count(), 2);
    for n in [0, 0, 7, 7] {
        assert_eq!(
            repository.try_find(n),
            n.checked_sub(1).ok_or_else(|| "zero".to_owned())
        );
    }
    assert_eq!(repository.runs.count(), 5);
}

#[tokio::test]
async fn a_value_lies_in_the_store_and_ends_there() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "shared:life:{n}", ttl = "1m")]
    async fn lived(n: u64) -> u64 {
        RUNS.run();
        n
    }
    let clock = Clock::freeze();
    lived(7).await;
    let there = DEFAULT.raw(":1:k:shared:life:7").await.unwrap();
    assert_eq!(there.left, Some(Duration::from_secs(60)));
    assert_eq!(
        cache_core::cache().get("shared:life:7").await.unwrap(),
        Some(7_u64)
    );
    clock.advance(Duration::from_secs(59));
    lived(7).await;
    assert_eq!(RUNS.count(), 1);
    clock.advance(Duration::from_secs(1));
    lived(7).await;
    assert_eq!(RUNS.count(), 2);
}

#[tokio::test]
async fn tags_reach_the_store() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(
        key = "shared:tagged:{n}",
        ttl = "1h",
        tags("shared:tag:{n}", "shared:tag")
    )]
    async fn tagged(n: u64) -> u64 {
        RUNS.run();
        n
    }
    for (tag, runs) in [("shared:tag:1", 3), ("shared:tag", 5), ("shared:tag:3", 5)] {
        tagged(1).await;
        tagged(2).await;
        cache_core::cache().invalidate_tag(tag).await.unwrap();
        tagged(1).await;
        tagged(2).await;
        assert_eq!(RUNS.count(), runs, "{tag}");
    }
}

#[tokio::test]
async fn a_hand_writes_and_reads_what_functions_do() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "shared:hand:{n}", cache = "near", ttl = "1h")]
    async fn counted(n: u64) -> u64 {
        RUNS.run();
        n
    }
    let cache = named("near");
    cache.set("shared:hand:7", &100_u64).await.unwrap();
    assert_eq!(counted(7).await, 100);
    assert_eq!(cache.incr("shared:hand:7", 1).await.unwrap(), 101);
    assert_eq!(counted(7).await, 101);
    assert!(cache.delete("shared:hand:7").await.unwrap());
    assert_eq!((counted(7).await, RUNS.count()), (7, 1));
    // A value of another type under the key is a miss, and is replaced.
    cache
        .set("shared:hand:7", &"text".to_owned())
        .await
        .unwrap();
    assert_eq!((counted(7).await, RUNS.count()), (7, 2));
    assert_eq!(cache.get("shared:hand:7").await.unwrap(), Some(7_u64));
}

trait Shelf: 'static {
    const NAME: &'static str;
}
struct Fiction;
struct Poetry;
impl Shelf for Fiction {
    const NAME: &'static str = "fiction";
}
impl Shelf for Poetry {
    const NAME: &'static str = "poetry";
}

struct Library<S>(std::marker::PhantomData<S>);

impl<S: Shelf> Library<S> {
    /// A lone attribute does not see the type parameter.
    #[cached(associated, key = "shared:shelf:{n}", ttl = "1h")]
    fn title(n: u64) -> String {
        format!("{} {n}", S::NAME)
    }
}

/// In the memory of a process they differ by their types; each of these calls asks the store.
#[test]
fn copies_of_one_function_do_not_read_each_others_values_in_the_store() {
    installed();
    for _ in 0..2 {
        assert_eq!(Library::<Fiction>::title(1), "fiction 1");
        assert_eq!(Library::<Poetry>::title(1), "poetry 1");
    }
    assert_eq!(
        Library::<Poetry>::title_peek(&1).as_deref(),
        Some("poetry 1")
    );
    assert_eq!(Library::<Fiction>::title_peek(&1), None);
    assert!(Library::<Fiction>::title_clear().into_result().is_ok());
    assert_eq!(Library::<Poetry>::title_peek(&1), None, "of all copies");
}

/// The store knows the owner of a value, and so must a near copy that the handle of the cache has fetched.
#[tokio::test]
async fn what_a_hand_has_fetched_is_still_of_the_function_that_loaded_it() {
    installed();
    #[cached(key = "shared:met:{n}", cache = "near", ttl = "1h")]
    async fn one(n: u64) -> u64 {
        n + 100
    }
    #[cached(key = "shared:met:{n}", cache = "near", ttl = "1h")]
    async fn other(n: u64) -> u64 {
        n + 200
    }
    let (clock, cache) = (Clock::freeze(), named("near"));
    for n in 1..=3 {
        assert_eq!(one(n).await, n + 100);
    }
    clock.advance(Duration::from_secs(3));
    let got = cache.get("shared:met:1").await.unwrap();
    let many = cache.get_many(["shared:met:2"]).await.unwrap();
    let load = || async { Err("it is there") };
    let there = cache.get_or_set("shared:met:3", "1h", load).await;
    assert_eq!(
        (got, many, there),
        (Some(101_u64), vec![Some(102_u64)], Ok(103_u64))
    );
    for n in 1..=3 {
        assert_eq!(other(n).await, n + 200, "{n}");
    }
}
