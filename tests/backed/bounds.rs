//! A near copy that another process has invalidated is used for at most `near_ttl`, and values that are made of it no longer than
//! the copy. The other process is a second cache over the same store.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, cached};

use crate::support::{BOUNDED, Gate, Runs, installed, named, until, within};

/// The life of copies in the cache that is named `bounded`.
const NEAR_TTL: Duration = Duration::from_secs(2);
const STEP: Duration = Duration::from_millis(1);

/// The cache `bounded` in another process.
fn elsewhere() -> Cache {
    Cache::builder().near(0).store(BOUNDED.clone()).build()
}

/// `outer` is made of a value of `bounded` that another process invalidates. It is a hit as long as the copy is, and is then loaded
/// again. `first` runs before the first call.
macro_rules! ends_with_the_copy {
    ($($name:ident($tag:literal) { $($item:item)* })*) => {$(
        #[tokio::test]
        async fn $name() {
            installed();
            static DATA: AtomicU64 = AtomicU64::new(1);
            fn data() -> u64 {
                DATA.load(SeqCst)
            }
            $($item)*
            let clock = Clock::freeze();
            first().await;
            assert_eq!(outer(1).await, 1);
            DATA.store(2, SeqCst);
            elsewhere().invalidate_tag($tag).await.unwrap();
            clock.advance(NEAR_TTL.saturating_sub(STEP));
            assert_eq!(outer(1).await, 1, "as long as the copy may be used");
            clock.advance(STEP * 2);
            assert_eq!(outer(1).await, 2);
        }
    )*};
}

mod made_of {
    use super::*;

    ends_with_the_copy! {
        a_value_that_was_loaded("bounds:loaded") {
            async fn first() {}
            #[cached(cache = "bounded", key = "bounds:loaded:{n}", tags("bounds:loaded"))]
            async fn inner(n: u64) -> u64 { data() * n }
            #[cached]
            async fn outer(n: u64) -> u64 { inner(n).await }
        }
        a_value_that_was_found_here("bounds:found") {
            async fn first() { inner(1).await; }
            #[cached(cache = "bounded", key = "bounds:found:{n}", tags("bounds:found"))]
            async fn inner(n: u64) -> u64 { data() * n }
            #[cached]
            async fn outer(n: u64) -> u64 { inner(n).await }
        }
        a_value_that_a_thread_found_in_the_store("bounds:thread") {
            async fn first() {
                inner(1);
                let near = named("bounded");
                near.touch("bounds:thread:1", "1h").await.unwrap();
            }
            #[cached(cache = "bounded", key = "bounds:thread:{n}", tags("bounds:thread"))]
            fn inner(n: u64) -> u64 { data() * n }
            #[cached]
            async fn outer(n: u64) -> u64 { inner(n) }
        }
        a_value_that_another_made_of_one("bounds:middle") {
            async fn first() { middle(1).await; }
            #[cached(cache = "bounded", key = "bounds:middle:{n}", tags("bounds:middle"))]
            async fn inner(n: u64) -> u64 { data() * n }
            // Its own end comes first, and does not change that of the copy.
            #[cached(ttl = "1s")]
            async fn middle(n: u64) -> u64 { inner(n).await }
            #[cached]
            async fn outer(n: u64) -> u64 { middle(n).await }
        }
        a_value_that_is_not_kept("bounds:unless") {
            async fn first() {}
            #[cached(cache = "bounded", key = "bounds:unless:{n}", tags("bounds:unless"), unless = |_| true)]
            async fn inner(n: u64) -> u64 { data() * n }
            #[cached]
            async fn outer(n: u64) -> u64 { inner(n).await }
        }
        an_error("bounds:error") {
            async fn first() {}
            #[cached(cache = "bounded", key = "bounds:error:{n}", tags("bounds:error"))]
            async fn inner(n: u64) -> Result<u64, u64> { Err(data() * n) }
            #[cached]
            async fn outer(n: u64) -> u64 { inner(n).await.unwrap_or_else(|error| error) }
        }
        a_value_that_was_refreshed("bounds:refreshed") {
            async fn first() {}
            #[cached(cache = "bounded", key = "bounds:refreshed:{n}", tags("bounds:refreshed"))]
            async fn inner(n: u64) -> u64 { data() * n }
            #[cached]
            async fn outer(n: u64) -> u64 { inner::refresh(n).await }
        }
        a_value_that_was_set_by_hand("bounds:set") {
            async fn first() {}
            #[cached]
            async fn outer(n: u64) -> u64 {
                let entry = named("bounded").entry("bounds:set").tags(["bounds:set"]);
                entry.ready().await;
                entry.set(&(data() * n)).await.unwrap();
                n * data()
            }
        }
        a_value_that_a_hand_has_found("bounds:get") {
            async fn first() {
                let entry = named("bounded").entry("bounds:get").tags(["bounds:get"]);
                entry.ready().await;
                entry.set(&data()).await.unwrap();
            }
            #[cached]
            async fn outer(n: u64) -> u64 {
                let found: Option<u64> = named("bounded").get("bounds:get").await.unwrap();
                n * found.unwrap_or_else(data)
            }
        }
    }

    #[tokio::test]
    async fn a_value_whose_number_was_counted_up_or_that_was_touched() {
        installed();
        static DATA: AtomicU64 = AtomicU64::new(1);
        #[cached(cache = "bounded", key = "bounds:counted:{n}", tags("bounds:counted"))]
        async fn inner(n: u64) -> u64 {
            n * DATA.load(SeqCst)
        }
        let clock = Clock::freeze();
        let memory = Cache::memory(10);
        let load = || async { Ok::<_, String>(inner(1).await) };
        memory.get_or_set("counted", "1h", load).await.unwrap();
        memory.get_or_set("touched", "1h", load).await.unwrap();
        assert_eq!(memory.incr("counted", 10).await.unwrap(), 11);
        assert!(memory.touch("touched", "5h").await.unwrap());
        assert!(memory.touch("counted", "5h").await.unwrap());
        clock.advance(NEAR_TTL.saturating_sub(STEP));
        assert_eq!(memory.get("counted").await.unwrap(), Some(11_u64));
        assert_eq!(memory.get("touched").await.unwrap(), Some(1_u64));
        clock.advance(STEP * 2);
        assert_eq!(memory.get::<u64>("counted").await.unwrap(), None);
        assert_eq!(memory.get::<u64>("touched").await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_another_process_has_invalidated_during_a_load_is_not_used_again() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static GATE: Gate = Gate::closed();
    static RUNS: Runs = Runs::new();
    #[cached(
        cache = "bounded",
        key = "bounds:overtaken:{n}",
        tags("bounds:overtaken")
    )]
    async fn overtaken(n: u64) -> u64 {
        let value = n * DATA.load(SeqCst);
        RUNS.run();
        GATE.pass().await;
        value
    }
    let _clock = Clock::freeze();
    let loads = tokio::spawn(overtaken(1));
    until(|| RUNS.count() == 1).await;
    DATA.store(2, SeqCst);
    elsewhere()
        .invalidate_tag("bounds:overtaken")
        .await
        .unwrap();
    GATE.let_go(100);
    assert_eq!(within(loads).await.unwrap(), 1, "its body has read it");
    assert_eq!(overtaken(1).await, 2);
}

/// The copy must not be used longer than the value that it is made of, which was read before its load began.
#[tokio::test]
async fn what_another_store_does_not_take_ends_with_the_copy_that_it_is_made_of() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    #[cached(cache = "bounded", key = "bounds:older:{n}", tags("bounds:older"))]
    async fn inner(n: u64) -> u64 {
        n * DATA.load(SeqCst)
    }
    #[cached(cache = "near", key = "bounds:newer:{n}")]
    async fn outer(n: u64) -> u64 {
        inner(n).await
    }
    let clock = Clock::freeze();
    inner(1).await;
    clock.advance(NEAR_TTL.saturating_sub(STEP));
    assert_eq!(outer(1).await, 1);
    DATA.store(2, SeqCst);
    elsewhere().invalidate_tag("bounds:older").await.unwrap();
    clock.advance(STEP * 2);
    assert_eq!(outer(1).await, 2);
}

/// A load that is made of a copy takes longer than the copy may be used.
#[tokio::test]
async fn a_call_after_a_copy_has_ended_does_not_take_a_value_made_of_it() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static GATE: Gate = Gate::closed();
    static RUNS: Runs = Runs::new();
    #[cached(cache = "bounded", key = "bounds:flight:{n}", tags("bounds:flight"))]
    async fn inner(n: u64) -> u64 {
        n * DATA.load(SeqCst)
    }
    #[cached]
    async fn outer(n: u64) -> u64 {
        let value = inner(n).await;
        RUNS.run();
        GATE.pass().await;
        value
    }
    let clock = Clock::freeze();
    let leads = tokio::spawn(outer(1));
    until(|| RUNS.count() == 1).await;
    let waits = tokio::spawn(outer(1));
    until(|| outer::stats().misses == 2).await;
    DATA.store(2, SeqCst);
    elsewhere().invalidate_tag("bounds:flight").await.unwrap();
    clock.advance(NEAR_TTL + STEP);
    let late = tokio::spawn(outer(1));
    until(|| outer::stats().misses == 3).await;
    GATE.let_go(100);
    assert_eq!(within(leads).await.unwrap(), 1, "its body has read it");
    assert_eq!(within(waits).await.unwrap(), 1, "it began in time");
    assert_eq!(within(late).await.unwrap(), 2);
    assert_eq!(RUNS.count(), 2);
}

/// The value of a load in a cache with a store, if it is not kept, or if the store could not confirm it.
#[tokio::test]
async fn a_call_after_near_ttl_does_not_take_an_unconfirmed_value() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static GATE: Gate = Gate::closed();
    static RUNS: Runs = Runs::new();
    #[cached(cache = "bounded", key = "bounds:shared:{n}", tags("bounds:shared"), unless = |_| true)]
    async fn refused(n: u64) -> u64 {
        let value = n * DATA.load(SeqCst);
        RUNS.run();
        GATE.pass().await;
        value
    }
    let clock = Clock::freeze();
    let leads = tokio::spawn(refused(1));
    until(|| RUNS.count() == 1).await;
    let asked = BOUNDED.calls();
    let waits = tokio::spawn(refused(1));
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    DATA.store(2, SeqCst);
    elsewhere().invalidate_tag("bounds:shared").await.unwrap();
    clock.advance(NEAR_TTL + STEP);
    let late = tokio::spawn(refused(1));
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(BOUNDED.calls() > asked, "the other process has asked");
    GATE.let_go(100);
    assert_eq!(within(leads).await.unwrap(), 1, "its body has read it");
    assert_eq!(within(waits).await.unwrap(), 1, "it began in time");
    assert_eq!(within(late).await.unwrap(), 2);
    assert_eq!(RUNS.count(), 2);
}
