//! Why calls miss where a store is behind, and where hits come from.

use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{InvalidatedKind, MissReason, cached};

use crate::support::Process;

#[cached(key = "why:{n}", ttl = "1h", tags("why"))]
async fn number(n: u64) -> u64 {
    n
}

#[tokio::test]
async fn a_hit_of_the_store_is_told_from_one_of_memory() {
    let [one, other] = Process::several(100);
    #[cached(key = "why:from:{n}", ttl = "1h")]
    async fn from(n: u64) -> u64 {
        n
    }
    one.call(from(1)).await;
    other.call(from(1)).await;
    other.call(from(1)).await;
    let stats = from::stats();
    assert_eq!((stats.misses, stats.hits, stats.store_hits), (1, 2, 1));
}

#[tokio::test]
async fn what_another_process_has_invalidated_is_told_by_the_store() {
    let [one, other] = Process::several(100);
    one.call(number(2)).await;
    other.cache.invalidate_tag("why").await.unwrap();
    let clock = Clock::freeze();
    clock.advance(Duration::from_secs(3)); // past `near_ttl`
    one.call(number(2)).await;
    let why = one.call(number::why(&2)).await;
    assert_eq!(why.reason, MissReason::Invalidated);
}

#[tokio::test]
async fn a_store_that_is_down_and_a_type_that_has_changed_are_told() {
    let [one] = Process::several(0);
    #[cached(key = "why:down:{n}", ttl = "1h")]
    async fn down(n: u64) -> u64 {
        n
    }
    one.store.fail();
    one.call(down(1)).await;
    one.store.work();
    assert_eq!(down::stats().missed[MissReason::StoreDown], 1);
    let [one] = Process::several(100);
    one.cache
        .set("why:down:7", &"a text".to_owned())
        .await
        .unwrap();
    one.call(down(7)).await;
    assert_eq!(down::stats().missed[MissReason::Undecodable], 1);
}

#[tokio::test]
async fn an_invalidation_of_this_process_is_told_by_its_name_over_a_store_too() {
    let [one] = Process::several(100);
    one.call(number(3)).await;
    one.cache.invalidate_tag("why").await.unwrap();
    one.call(number(3)).await;
    let why = one.call(number::why(&3)).await;
    let by = why.invalidation.unwrap();
    assert_eq!((by.kind, by.name.as_str()), (InvalidatedKind::Tag, "why"));
}

#[tokio::test]
async fn a_store_tells_how_it_does() {
    let [one] = Process::several(100);
    let health = one.cache.store_health().unwrap();
    assert!(health.last_error.is_none() && health.undelivered == 0);
    one.call(number(4)).await;
    assert!(one.cache.store_health().unwrap().latency.count > 0);
    one.store.fail();
    one.cache.invalidate_tag("why").await.unwrap_err();
    let health = one.cache.store_health().unwrap();
    assert_eq!(health.undelivered, 1);
    let (text, _) = health.last_error.unwrap();
    assert!(text.contains("it was told to fail"), "{text}");
    assert_eq!(health.breaker.as_str(), "closed");
    for _ in 0..10 {
        let _ = one.cache.invalidate_tag("why").await;
    }
    assert_eq!(one.cache.store_health().unwrap().breaker.as_str(), "open");
    assert!(cache_core::Cache::memory(10).store_health().is_none());
}

#[tokio::test]
async fn what_another_process_has_removed_has_not_expired() {
    let [one, other] = Process::several(100);
    one.call(number(5)).await;
    assert!(other.cache.delete("why:5").await.unwrap());
    let clock = Clock::freeze();
    clock.advance(Duration::from_secs(3)); // past `near_ttl`, long before the end of its life
    one.call(number(5)).await;
    let why = one.call(number::why(&5)).await;
    assert_eq!(why.reason, MissReason::Removed);
}

#[tokio::test]
async fn who_waits_for_a_load_has_missed_for_the_same_reason() {
    let [one, other] = Process::several(100);
    #[cached(key = "why:together:{n}", ttl = "1h")]
    async fn together(n: u64) -> u64 {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        n
    }
    let text = "of another build".to_owned();
    other.cache.set("why:together:1", &text).await.unwrap();
    one.store.yields();
    let both = async { tokio::join!(together(1), together(1)) };
    assert_eq!(one.call(both).await, (1, 1));
    let stats = together::stats();
    assert_eq!((stats.loads, stats.coalesced), (1, 1));
    assert_eq!(stats.missed[MissReason::Undecodable], 2);
}
