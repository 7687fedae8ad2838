//! `refresh = adaptive` over a store: what was learnt outlives the copies, and the entry of a hand learns too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, MemoryStore, drain};

const SOON: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);

fn cache(extra_load: &'static str) -> Cache {
    Cache::builder()
        .near(1_000)
        .store(MemoryStore::bounded(1_000, 1 << 20))
        .extra_load(extra_load)
        .build()
}

/// A source whose value changes at each load; how often it was loaded.
async fn value(cache: &Cache, key: &'static str, loads: &Arc<AtomicU64>) -> u64 {
    let loads = loads.clone();
    let load = || async move { Ok::<_, ()>(loads.fetch_add(1, SeqCst)) };
    let entry = cache.entry(key).ttl("100s").refresh_adaptively();
    entry.get_or_set(load).await.expect("no error")
}

#[tokio::test]
async fn what_loads_have_taught_outlives_the_copies_of_a_value() {
    let (cache, clock) = (cache("100%"), Clock::freeze());
    let (loads, others) = (Arc::default(), Arc::default());
    for key in ["a", "b", "c", "d"].into_iter().cycle().take(40) {
        cache.delete(key).await.unwrap();
        value(&cache, key, &others).await;
    }
    value(&cache, "key", &loads).await;
    let mut lived = Vec::new();
    let mut since = 0;
    for second in 1..=450 {
        clock.advance(SECOND);
        let before = loads.load(SeqCst);
        value(&cache, "key", &loads).await;
        assert!(drain(SOON).await);
        if loads.load(SeqCst) > before {
            lived.push(second - since);
            since = second;
        }
    }
    assert!(
        matches!(lived[..], [99..=101, 90..=92, 81..=83, 73..=75, ..]),
        "a tenth less each time, over copies of two seconds: {lived:?}"
    );
}

#[tokio::test]
async fn without_extra_load_nothing_is_refreshed_ahead_of_its_time() {
    let (cache, clock) = (cache("0%"), Clock::freeze());
    let loads = Arc::default();
    for _ in 0..350 {
        value(&cache, "key", &loads).await;
        assert!(drain(SOON).await);
        clock.advance(SECOND);
    }
    assert_eq!(loads.load(SeqCst), 4);
    let url = Cache::from_url("memory:?extra_load=25%").await;
    assert!(url.is_ok());
    for wrong in ["150%", "ten", "-1"] {
        let url = format!("memory:?extra_load={wrong}");
        let error = Cache::from_url(&url)
            .await
            .expect_err("no part")
            .to_string();
        assert!(error.contains("such as 10% or 0.1"), "{error}");
    }
}
