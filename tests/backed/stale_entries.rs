//! Loads by hand whose values may serve past their lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, CacheLoad, MemoryStore, drain};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

/// A source that counts its loads and can be broken.
#[derive(Clone, Default)]
struct Source {
    loads: Arc<AtomicUsize>,
    broken: Arc<AtomicBool>,
}

impl Source {
    async fn load(self) -> Result<usize, String> {
        let load = self.loads.fetch_add(1, SeqCst) + 1;
        if self.broken.load(SeqCst) {
            Err("broken".to_owned())
        } else {
            Ok(load)
        }
    }

    async fn value(&self, entry: CacheLoad) -> Result<usize, String> {
        let source = self.clone();
        entry.get_or_set(|| source.load()).await
    }
}

/// Caches without a store, with one behind copies, and with one that every call asks.
fn caches() -> [Cache; 3] {
    let store = || MemoryStore::bounded(100, 1 << 20);
    [
        Cache::builder().near(100).build(),
        Cache::builder()
            .near(100)
            .near_ttl("2s")
            .store(store())
            .build(),
        Cache::builder().near(0).store(store()).build(),
    ]
}

#[tokio::test]
async fn a_value_that_is_due_is_loaded_anew_behind_the_call() {
    for cache in caches() {
        let (source, clock) = (Source::default(), Clock::freeze());
        let entry = || cache.entry("due").ttl("10m").refresh_ahead(0.5);
        assert_eq!(source.value(entry()).await, Ok(1));
        clock.advance(4 * MINUTE);
        assert_eq!(source.value(entry()).await, Ok(1));
        assert!(drain(SOON).await);
        assert_eq!(source.loads.load(SeqCst), 1, "{cache:?}");
        clock.advance(2 * MINUTE);
        assert_eq!(source.value(entry()).await, Ok(1), "{cache:?}");
        assert!(drain(SOON).await);
        assert_eq!(source.value(entry()).await, Ok(2), "{cache:?}");
        assert_eq!(source.loads.load(SeqCst), 2, "{cache:?}");
    }
}

#[tokio::test]
async fn a_stale_value_serves_while_it_is_loaded_and_when_its_load_fails() {
    for cache in caches() {
        let (source, clock) = (Source::default(), Clock::freeze());
        let entry = || {
            let entry = cache.entry("stale").stale_while_revalidate("5m");
            entry.stale_if_error("1h").ttl("10m").tags(["stale"])
        };
        assert_eq!(source.value(entry()).await, Ok(1));
        clock.advance(12 * MINUTE);
        assert_eq!(source.value(entry()).await, Ok(1), "{cache:?}");
        assert!(drain(SOON).await);
        assert_eq!(source.value(entry()).await, Ok(2), "{cache:?}");
        source.broken.store(true, SeqCst);
        clock.advance(17 * MINUTE);
        assert_eq!(source.value(entry()).await, Ok(2), "{cache:?}");
        cache.invalidate_tag("stale").await.unwrap();
        assert!(source.value(entry()).await.is_err(), "{cache:?}");
    }
}

#[tokio::test]
async fn an_entry_loads_what_is_not_there_and_depends_on_its_tags() {
    for cache in caches() {
        let source = Source::default();
        let value = || {
            let (entry, source) = (cache.entry("plain").tags(["plain"]), source.clone());
            async move { entry.get_or_set(|| source.load()).await }
        };
        assert_eq!((value().await, value().await), (Ok(1), Ok(1)), "{cache:?}");
        cache.invalidate_tag("plain").await.unwrap();
        assert_eq!(value().await, Ok(2), "{cache:?}");
    }
}
