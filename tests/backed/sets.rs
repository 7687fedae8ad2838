//! `set` of a function's handle, with a store: every process finds the value, and no older one comes back.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{cached, invalidate_tag};
use tokio::sync::Semaphore;

use crate::support::{Runs, SET_BY_HAND, installed, named};

macro_rules! every_way {
    ($name:ident: $($arguments:tt)*) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn asynchronous() {
                installed();
                static RUNS: Runs = Runs::new();
                #[cached($($arguments)*, ttl = "1m", tags("sets:tag"))]
                async fn awaited(n: u64) -> Result<u64, ()> {
                    RUNS.run();
                    Ok(n)
                }
                let clock = Clock::freeze();
                assert!(awaited::set(&1, 10).await.into_result().is_ok());
                assert_eq!((awaited(1).await, RUNS.count()), (Ok(10), 0));
                assert_eq!((awaited(2).await, RUNS.count()), (Ok(2), 1));
                awaited::set(&2, 20).await;
                assert_eq!((awaited(2).await, awaited::peek(&2).await), (Ok(20), Some(20)));
                let _of_every_cache = invalidate_tag("sets:tag").await;
                assert_eq!((awaited::peek(&1).await, awaited::peek(&2).await), (None, None));
                awaited::set(&1, 10).await;
                awaited::clear().await;
                assert_eq!(awaited::peek(&1).await, None);
                awaited::set(&1, 10).await;
                awaited::invalidate(&1).await;
                assert_eq!(awaited::peek(&1).await, None);
                awaited::set(&1, 10).await;
                clock.advance(Duration::from_secs(61));
                assert_eq!(awaited::peek(&1).await, None);
            }

            #[test]
            fn sync() {
                installed();
                static RUNS: Runs = Runs::new();
                #[cached($($arguments)*, ttl = "1m")]
                fn call(n: u64) -> u64 {
                    RUNS.run();
                    n
                }
                let _clock = Clock::freeze();
                assert!(call::set(&3, 30).into_result().is_ok());
                assert_eq!((call(3), call::peek(&3), RUNS.count()), (30, Some(30), 0));
            }
        }
    };
}

every_way!(keyed: key = "sets:keyed:{n}");
every_way!(by_arguments: shared);
every_way!(behind_near: key = "sets:near:{n}", cache = "near");
every_way!(by_itself: key = "sets:local:{n}", local);

#[tokio::test]
async fn it_lies_in_the_store_as_what_the_function_returned() {
    installed();
    #[cached(key = "sets:raw:{n}", ttl = "1h")]
    async fn stored(n: u64) -> String {
        format!("loaded {n}")
    }
    stored::set(&1, "set".to_owned()).await;
    let by_hand: Option<String> = named("default").get("sets:raw:1").await.unwrap();
    assert_eq!(by_hand.as_deref(), Some("set"));
}

#[tokio::test]
async fn a_load_that_began_before_does_not_replace_it() {
    installed();
    static GATE: Semaphore = Semaphore::const_new(0);
    static BODIES: Runs = Runs::new();
    #[cached(key = "sets:overtaken:{n}", cache = "near")]
    async fn overtaken(n: u64) -> u64 {
        BODIES.run();
        GATE.acquire().await.unwrap().forget();
        n
    }
    let load = tokio::spawn(overtaken(1));
    while BODIES.count() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(overtaken::set(&1, 10).await.into_result().is_ok());
    assert_eq!(overtaken::peek(&1).await, Some(10));
    GATE.add_permits(1);
    assert_eq!(load.await.unwrap(), 1);
    assert_eq!(
        (overtaken(1).await, overtaken::peek(&1).await),
        (10, Some(10))
    );
}

#[tokio::test]
async fn a_set_that_the_store_does_not_take_leaves_nothing() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "sets:failing:{n}", cache = "set by hand")]
    async fn read(n: u64) -> u64 {
        let _ = n;
        DATA.load(SeqCst)
    }
    assert_eq!(read(1).await, 1);
    SET_BY_HAND.fail();
    DATA.store(2, SeqCst);
    assert!(read::set(&1, 2).await.into_result().is_err());
    SET_BY_HAND.work();
    assert_ne!(read(1).await, 1, "what was there before the set");

    #[cached(key = "sets:unwritable:{n}")]
    async fn path(n: u64) -> PathBuf {
        PathBuf::from(n.to_string())
    }
    let unwritable = OsStr::from_bytes(b"\xff").into();
    assert_eq!(path(1).await, PathBuf::from("1"));
    let stored = path::set(&1, unwritable).await;
    assert!(stored.into_result().unwrap_err().is_codec());
    assert_eq!(path::peek(&1).await, None, "neither of them");
}

#[tokio::test]
async fn tags_of_the_value_keep_it_in_this_process_and_nothing_older_in_the_store() {
    installed();
    #[cached(key = "sets:own:{n}", cache = "near", tags = |value: &u64| [format!("sets:value:{value}")])]
    async fn own(n: u64) -> u64 {
        n
    }
    own::set(&1, 10).await;
    assert_eq!(own(1).await, 10);
    named("near").invalidate_tag("sets:value:10").await.unwrap();
    assert_eq!(own(1).await, 1);
}
