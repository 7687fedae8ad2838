//! What a load depends on reaches the load around it, whichever way the value came: loaded, waited for, refused, refreshed.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::{cached, invalidate_tag};

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

/// Two outer loads ask for one inner value while it is being loaded: both are stale with its tag.
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
