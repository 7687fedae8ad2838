//! The dependencies of a load are also those of the load around it, whether the value was loaded, waited for, refused or refreshed.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::{Cache, cache, cached, caches, invalidate_tag};

use crate::support::{Gate, Runs, installed, until, within};

#[tokio::test]
async fn who_waits_for_a_value_that_is_not_kept_gets_none_older_than_an_invalidation() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static GATE: Gate = Gate::closed();
    #[cached(tags("dependencies:refused"))]
    async fn inner(n: u64) -> u64 {
        let _ = n;
        DATA.load(SeqCst)
    }
    #[cached(unless = |_| true)]
    async fn refused(n: u64) -> u64 {
        let value = inner(n).await;
        GATE.pass().await;
        value
    }
    let early = tokio::spawn(refused(1));
    until(|| inner::stats().misses == 1).await;
    let waits = tokio::spawn(refused(1));
    until(|| refused::stats().misses == 2).await;
    DATA.store(2, SeqCst);
    invalidate_tag("dependencies:refused").await.unwrap();
    let late = tokio::spawn(refused(1));
    until(|| refused::stats().misses == 3).await;
    GATE.let_go(100);
    assert_eq!(within(early).await.unwrap(), 1, "its body has read it");
    assert_eq!(within(waits).await.unwrap(), 2);
    assert_eq!(within(late).await.unwrap(), 2);
}

/// Two outer loads wait for the same inner load: its tag invalidates both.
macro_rules! passed_on_by_both {
    ($($name:ident($tag:literal: $($arguments:tt)*) -> $ret:ty: $value:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            installed();
            static GATE: Gate = Gate::closed();
            #[cached($($arguments)*)]
            async fn inner(n: u64) -> $ret {
                let _ = n;
                GATE.pass().await;
                $value
            }
            #[cached]
            async fn outer(n: u64, who: u8) -> String {
                let _ = who;
                format!("{:?}", inner(n).await)
            }
            let leads = tokio::spawn(outer(1, 0));
            until(|| inner::stats().misses == 1).await;
            let waits = tokio::spawn(outer(1, 1));
            until(|| inner::stats().misses == 2).await;
            GATE.let_go(1);
            within(leads).await.unwrap();
            within(waits).await.unwrap();
            let kept = async || [outer::peek(&1, &0).await, outer::peek(&1, &1).await];
            assert!(kept().await.iter().all(Option::is_some), "both are kept");
            invalidate_tag($tag).await.unwrap();
            assert_eq!(kept().await, [None, None]);
        }
    )*};
}

mod passed_on {
    use super::*;

    passed_on_by_both! {
        a_value_that_is_kept("dependencies:kept": tags("dependencies:kept")) -> u64: 7;
        a_value_that_is_not_kept("dependencies:unless": tags("dependencies:unless"), unless = |_| true) -> u64: 7;
        an_error_that_all_get("dependencies:error": tags("dependencies:error")) -> Result<u64, String>:
            Err("no".to_owned());
    }
}

#[tokio::test]
async fn who_runs_by_himself_after_a_failure_passes_on_the_tags_of_his_value() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    struct NotClone;
    #[cached(tags = |value: &u64| [format!("dependencies:alone:{value}")])]
    async fn inner(n: u64) -> Result<u64, NotClone> {
        GATE.pass().await;
        if RUNS.run() == 1 {
            Err(NotClone)
        } else {
            Ok(n)
        }
    }
    #[cached]
    async fn outer(n: u64, who: u8) -> Option<u64> {
        let _ = who;
        inner(n).await.ok()
    }
    let fails = tokio::spawn(outer(7, 0));
    until(|| inner::stats().misses == 1).await;
    let alone = tokio::spawn(outer(7, 1));
    until(|| inner::stats().misses == 2).await;
    GATE.let_go(2);
    assert_eq!(within(fails).await.unwrap(), None);
    assert_eq!(within(alone).await.unwrap(), Some(7));
    assert_eq!(outer::peek(&7, &1).await, Some(Some(7)));
    invalidate_tag("dependencies:alone:7").await.unwrap();
    assert_eq!(outer::peek(&7, &1).await, None);
}

#[tokio::test]
async fn a_refresh_inside_a_load_passes_on_the_tags_of_its_value() {
    installed();
    #[cached(tags = |value: &u64| [format!("dependencies:refreshed:{value}")])]
    async fn inner(n: u64) -> u64 {
        n
    }
    #[cached]
    async fn outer(n: u64) -> u64 {
        inner::refresh(n).await
    }
    outer(7).await;
    assert_eq!(outer::peek(&7).await, Some(7));
    invalidate_tag("dependencies:refreshed:7").await.unwrap();
    assert_eq!(outer::peek(&7).await, None);
}

#[tokio::test]
async fn to_clear_what_a_function_keeps_for_itself_reaches_what_was_made_of_it() {
    installed();
    #[cached]
    fn inner(n: u64) -> u64 {
        n
    }
    #[cached]
    fn outer(n: u64) -> u64 {
        inner(n)
    }
    #[cached]
    async fn outermost(n: u64, who: u8) -> u64 {
        let _ = who;
        outer(n)
    }
    #[cached]
    fn aside(n: u64) -> u64 {
        n
    }
    // The first one loads the inner value, the others find it.
    outermost(1, 0).await;
    outermost(1, 1).await;
    outer(1);
    aside(1);
    assert!(inner::clear().into_result().is_ok());
    assert_eq!(outer::peek(&1), None);
    assert_eq!(outermost::peek(&1, &0).await, None);
    assert_eq!(outermost::peek(&1, &1).await, None);
    assert_eq!(aside::peek(&1), Some(1));
    outermost(1, 0).await;
    assert_eq!(
        outermost::peek(&1, &0).await,
        Some(1),
        "what is made of new values is kept"
    );
}

#[tokio::test]
async fn to_clear_a_function_during_a_load_reaches_what_is_being_made_of_it() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static GATE: Gate = Gate::closed();
    #[cached]
    async fn inner(n: u64) -> u64 {
        let _ = n;
        DATA.load(SeqCst)
    }
    #[cached]
    async fn outer(n: u64) -> u64 {
        let value = inner(n).await;
        GATE.pass().await;
        value
    }
    let early = tokio::spawn(outer(1));
    until(|| inner::stats().loads == 1).await;
    DATA.store(2, SeqCst);
    assert!(inner::clear().await.into_result().is_ok());
    GATE.let_go(1);
    assert_eq!(within(early).await.unwrap(), 1, "its body has read it");
    assert_eq!(outer::peek(&1).await, None);
    GATE.let_go(1);
    assert_eq!(within(outer(1)).await, 2);
}

#[tokio::test]
async fn to_clear_a_cache_reaches_what_was_made_of_it_elsewhere() {
    installed();
    let emptied = || caches().get("emptied with others").unwrap();
    #[cached(key = "dependencies:emptied:{n}", cache = "emptied with others")]
    async fn inner(n: u64) -> u64 {
        n
    }
    #[cached]
    async fn of_function(n: u64) -> u64 {
        inner(n).await
    }
    #[cached]
    async fn of_hand(n: u64) -> u64 {
        let cache: &Cache = caches().get("emptied with others").unwrap();
        cache.get("by hand").await.unwrap().unwrap_or(n)
    }
    emptied().set("by hand", &5_u64).await.unwrap();
    assert_eq!((of_function(1).await, of_hand(1).await), (1, 5));
    emptied().clear().await.unwrap();
    assert_eq!(of_function::peek(&1).await, None);
    assert_eq!(of_hand::peek(&1).await, None);
}

#[tokio::test]
async fn what_a_load_stores_by_hand_it_depends_on() {
    installed();
    #[cached]
    async fn outer(n: u64) -> u64 {
        let entry = cache()
            .entry("dependencies:entry")
            .tags(["dependencies:entry"]);
        if let Ok(Some(kept)) = entry.get().await {
            return kept;
        }
        entry.set(&n).await.unwrap();
        n
    }
    // The first stores it, the second finds it.
    assert_eq!((outer(1).await, outer(2).await), (1, 1));
    assert_eq!(outer::peek(&1).await, Some(1));
    invalidate_tag("dependencies:entry").await.unwrap();
    assert_eq!((outer::peek(&1).await, outer::peek(&2).await), (None, None));
}

#[tokio::test]
async fn tags_pass_through_calls_that_run_at_once_in_several_caches() {
    installed();
    #[cached(
        key = "dependencies:deep:{n}",
        cache = "brief",
        tags("dependencies:deep")
    )]
    async fn deepest(n: u64) -> u64 {
        tokio::task::yield_now().await;
        n
    }
    #[cached(tags("dependencies:sync"))]
    fn sync(n: u64) -> u64 {
        n
    }
    #[cached(key = "dependencies:joined:{n}")]
    async fn joined(n: u64) -> u64 {
        let (one, two, three) = tokio::join!(deepest(n), deepest(n + 1), async { sync(n) });
        one + two + three
    }
    #[cached]
    async fn outermost(n: u64) -> u64 {
        joined(n).await
    }
    let _clock = cache_core::testing::Clock::freeze();
    for tag in ["dependencies:deep", "dependencies:sync"] {
        outermost(1).await;
        assert_eq!(outermost::peek(&1).await, Some(4));
        invalidate_tag(tag).await.unwrap();
        let kept = (outermost::peek(&1).await, joined::peek(&1).await);
        assert_eq!(kept, (None, None), "{tag}");
    }
}

#[tokio::test]
async fn thousands_of_tags_reach_one_entry_and_what_is_made_of_it() {
    installed();
    #[cached(tags = |many: &usize| (0..*many).map(|n| format!("dependencies:many:{n}")))]
    fn many(n: usize) -> usize {
        n
    }
    #[cached]
    fn outer(n: usize) -> usize {
        many(n)
    }
    for tag in ["dependencies:many:0", "dependencies:many:9999"] {
        outer(10_000);
        invalidate_tag(tag).await.unwrap();
        assert_eq!((many::peek(&10_000), outer::peek(&10_000)), (None, None));
    }
}
