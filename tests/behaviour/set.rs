//! `set` of a function's handle.

use std::sync::mpsc;
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cause, Event, cached, invalidate_tag, subscribe};

use crate::support::{Gate, Runs, installed, on_thread, until, within};

static RUNS: Runs = Runs::new();

#[cached]
fn seeded(n: u64) -> u64 {
    RUNS.run();
    n
}

#[test]
fn a_value_set_by_hand_is_a_hit() {
    installed();
    seeded::set(&5, 50);
    assert_eq!((seeded(5), RUNS.count()), (50, 0));
    assert_eq!(seeded::peek(&5), Some(50));
    assert_eq!((seeded(6), RUNS.count()), (6, 1), "that one alone");
    seeded::set(&6, 60);
    assert_eq!(seeded(6), 60, "in the place of what was loaded");
    assert!(seeded::set(&6, 61).into_result().is_ok());
    assert_eq!(seeded(6), 61);
    seeded::invalidate(&6);
    assert_eq!(seeded(6), 6);
    seeded::clear();
    assert_eq!(seeded(5), 5, "and it goes as what was loaded goes");
}

macro_rules! every_way {
    ($name:ident($n:ident, $s:ident): $($arguments:tt)*) => {
        mod $name {
            use super::*;

            #[test]
            fn sync() {
                installed();
                static RUNS: Runs = Runs::new();
                #[cached($($arguments)*)]
                fn call($n: u64, $s: &str) -> Result<String, ()> {
                    Ok(format!("{} {}{}", RUNS.run(), $n, $s))
                }
                let clock = Clock::freeze();
                assert!(call::set(&1, "a", "set".to_owned()).into_result().is_ok());
                assert_eq!(call(1, "a").as_deref(), Ok("set"));
                assert_eq!(call::peek(&1, "a").as_deref(), Some("set"));
                assert_eq!(call(2, "a").as_deref(), Ok("1 2a"));
                call::set(&2, "a", "other".to_owned());
                assert_eq!(call(2, "a").as_deref(), Ok("other"));
                clock.advance(Duration::from_secs(61));
                assert_eq!(call(1, "a").as_deref(), Ok("2 1a"), "its ttl is the function's");
                call::set(&1, "a", "set".to_owned());
                call::clear();
                assert_eq!(call::peek(&1, "a"), None);
            }

            #[tokio::test]
            async fn asynchronous() {
                installed();
                static RUNS: Runs = Runs::new();
                #[cached($($arguments)*)]
                async fn awaited($n: u64, $s: &str) -> Result<String, ()> {
                    Ok(format!("{} {}{}", RUNS.run(), $n, $s))
                }
                let clock = Clock::freeze();
                assert!(awaited::set(&1, "b", "set".to_owned()).await.into_result().is_ok());
                assert_eq!(awaited(1, "b").await.as_deref(), Ok("set"));
                clock.advance(Duration::from_secs(61));
                assert_eq!(awaited(1, "b").await.as_deref(), Ok("1 1b"));
                awaited::set(&1, "b", "set".to_owned()).await;
                assert_eq!(awaited::peek(&1, "b").await.as_deref(), Some("set"));
                awaited::clear().await;
                assert_eq!(awaited::peek(&1, "b").await, None);
            }
        }
    };
}

every_way!(local(n, s): ttl = 60);
every_way!(local_under_a_key(n, s): key = "set:local:{n}:{s}", local, ttl = 60);
every_way!(shared_under_a_key(n, s): key = "set:keyed:{n}:{s}", ttl = 60);
every_way!(shared_under_arguments(n, s): shared, ttl = 60);
every_way!(for_as_long_as_its_cache_says(n, s): key = "set:brief:{n}:{s}", cache = "brief");

#[tokio::test]
async fn it_is_kept_as_what_the_function_returns() {
    installed();
    let clock = Clock::freeze();
    #[cached(
        key = "set:rules:{n}",
        tags("set:owner:{owner}"),
        ttl = if short { minutes(1) } else { hours(1) },
        unless = |value: &u64| *value == 0,
        tags = |value: &u64| [format!("set:value:{value}")],
        skip(owner, short)
    )]
    async fn ruled(n: u64, owner: &str, short: bool) -> u64 {
        let _ = (owner, short);
        n
    }
    ruled::set(&1, "ann", &true, 10).await;
    assert_eq!(ruled::peek(&1).await, Some(10));
    clock.advance(Duration::from_secs(61));
    assert_eq!(ruled::peek(&1).await, None, "the ttl of its arguments");

    ruled::set(&1, "ann", &false, 10).await;
    invalidate_tag("set:owner:ann").await.unwrap();
    assert_eq!(ruled::peek(&1).await, None, "the tags of its arguments");

    ruled::set(&1, "ann", &false, 10).await;
    invalidate_tag("set:value:10").await.unwrap();
    assert_eq!(ruled::peek(&1).await, None, "the tags of the value");

    ruled::set(&1, "ann", &false, 10).await;
    ruled::set(&1, "ann", &false, 0).await;
    assert_eq!(
        ruled::peek(&1).await,
        None,
        "what it does not keep is not kept, nor what was there"
    );
}

#[test]
fn errors_are_set_where_they_are_kept() {
    installed();
    #[cached(cache_err = "1m", ttl = "1h")]
    fn fallible(n: u64) -> Result<u64, String> {
        Ok(n)
    }
    let clock = Clock::freeze();
    fallible::set(&1, Err("no".to_owned()));
    assert_eq!(fallible(1), Err("no".to_owned()));
    clock.advance(Duration::from_secs(61));
    assert_eq!(fallible(1), Ok(1));
    fallible::set(&1, Ok(9));
    clock.advance(Duration::from_secs(61));
    assert_eq!(fallible(1), Ok(9));

    type Alias = Result<u64, String>;
    #[cached]
    fn alias(n: u64) -> Alias {
        Ok(n)
    }
    alias::set(&1, Ok(9));
    assert_eq!(alias(1), Ok(9));
    alias::set(&1, Err("no".to_owned()));
    assert_eq!(
        alias(1),
        Ok(1),
        "errors are not kept, and what was there is gone"
    );
}

#[tokio::test]
async fn a_load_that_began_before_does_not_replace_it() {
    installed();
    static GATE: Gate = Gate::closed();
    static BODIES: Runs = Runs::new();
    #[cached]
    async fn local(n: u64) -> u64 {
        BODIES.run();
        GATE.pass().await;
        n
    }
    #[cached(key = "set:overtaken:{n}")]
    async fn shared(n: u64) -> u64 {
        BODIES.run();
        GATE.pass().await;
        n
    }
    let loads = (tokio::spawn(local(1)), tokio::spawn(shared(1)));
    until(|| BODIES.count() == 2).await;
    local::set(&1, 10).await;
    shared::set(&1, 10).await;
    assert_eq!(
        within(async { (local(1).await, shared(1).await) }).await,
        (10, 10)
    );
    GATE.let_go(2);
    assert_eq!((loads.0.await.unwrap(), loads.1.await.unwrap()), (1, 1));
    assert_eq!((local(1).await, shared(1).await), (10, 10));
}

#[test]
fn methods_generics_and_functions_without_arguments_have_it() {
    installed();
    struct Repo {
        tenant: u64,
    }
    #[cached]
    impl Repo {
        #[cached(key = "set:find:{self.tenant}:{slug}")]
        fn find(&self, slug: &str) -> Option<String> {
            (slug != "none").then(|| format!("{}{slug}", self.tenant))
        }
        #[cached]
        fn count() -> usize {
            0
        }
    }
    let repo = Repo { tenant: 1 };
    repo.find_set("x", None);
    assert_eq!(
        (repo.find("x"), repo.find("y")),
        (None, Some("1y".to_owned()))
    );
    Repo::count_set(5);
    assert_eq!(Repo::count(), 5);

    #[cached]
    fn same<T: Clone + Send + Sync + cache_core::CacheKey + 'static>(value: T, n: u8) -> Vec<T> {
        vec![value; n.into()]
    }
    same::set(&"a", &2, vec![]);
    assert_eq!((same("a", 2), same('a', 2)), (vec![], vec!['a', 'a']));

    #[cached(handle = named)]
    fn renamed(text: impl AsRef<str> + cache_core::CacheKey) -> usize {
        text.as_ref().len()
    }
    named::set(&"abc", 30);
    assert_eq!((renamed("abc"), renamed("abc".to_owned())), (30, 3));
}

#[test]
fn a_load_may_set_the_key_that_it_loads() {
    installed();
    #[cached]
    fn own(n: u64) -> u64 {
        own::set(&n, n + 100);
        n
    }
    assert_eq!(on_thread(|| (own(1), own(1))), (1, 101));
}

#[test]
fn receivers_get_its_event() {
    installed();
    #[cached(key = "set:heard:{n}")]
    fn heard(n: u64) -> u64 {
        n
    }
    let (tell, told) = mpsc::channel();
    let subscription = subscribe(move |event| {
        let told = match event {
            Event::Stored {
                key: Some(b"set:heard:1"),
            } => "stored",
            Event::Evicted {
                key: Some(b"set:heard:1"),
                cause: Cause::Replaced,
            } => "replaced",
            _ => return,
        };
        tell.send(told).unwrap();
    });
    heard::set(&1, 1);
    heard::set(&1, 2);
    subscription.stop();
    assert_eq!(
        told.iter().collect::<Vec<_>>(),
        ["stored", "replaced", "stored"]
    );
}
