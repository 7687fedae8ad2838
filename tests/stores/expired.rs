//! What one cache has expired is stale in another, over the real stores.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Cache, drain};
use cache_tests::{Runs, within};

async fn cache(url: &str) -> Cache {
    let url = format!("{url}?timeout=10s&near=0");
    Cache::from_url(&url).await.unwrap()
}

async fn serves(cache: &Cache, runs: &Arc<Runs>) -> usize {
    let (entry, runs) = (cache.entry("key").ttl("1h").tags(["tag"]), runs.clone());
    let entry = entry.stale_while_revalidate("1h");
    let load = move || async move { Ok::<_, String>(runs.run()) };
    within(entry.get_or_set(load)).await.unwrap()
}

async fn over(url: &str) {
    let (reader, editor) = (cache(url).await, cache(url).await);
    let runs = Arc::new(Runs::new());
    for round in 1..=3 {
        assert_eq!(serves(&reader, &runs).await, round);
        assert_eq!(reader.get("key").await.unwrap(), Some(round));
        editor.expire_tag("tag").await.unwrap();
        assert_eq!(reader.get::<usize>("key").await.unwrap(), None);
        assert_eq!(serves(&reader, &runs).await, round, "stale");
        assert!(drain(Duration::from_secs(20)).await);
    }
    editor.expire_tag("tag").await.unwrap();
    editor.invalidate_tag("tag").await.unwrap();
    assert_eq!(serves(&reader, &runs).await, 5);
}

mod redis {
    #[tokio::test]
    async fn what_has_expired_is_stale_elsewhere() {
        super::over(&cache_tests::servers::redis().url()).await;
    }
}

mod memcached {
    #[tokio::test]
    async fn what_has_expired_is_stale_elsewhere() {
        super::over(&cache_tests::servers::memcached().url()).await;
    }
}

mod postgres {
    #[tokio::test]
    async fn what_has_expired_is_stale_elsewhere() {
        super::over(&cache_tests::servers::postgres().url()).await;
    }
}

#[tokio::test]
async fn over_files_what_has_expired_is_stale_elsewhere() {
    let folder = std::env::temp_dir().join(format!("cache-expired-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    over(&format!("sqlite://{}/cache.db", folder.display())).await;
    over(&format!("file://{}/files", folder.display())).await;
    std::fs::remove_dir_all(folder).unwrap();
}
