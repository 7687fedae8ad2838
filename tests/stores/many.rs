//! More callers of a database than it has connections.

use std::time::{Duration, Instant};

use cache_core::Cache;
use cache_core::store::{Store, When, Written};

use crate::tables::{put, store, with};

const CALLERS: usize = 300;

/// No call is lost, and a healthy database is not taken for one that is down.
pub(crate) async fn all_concurrent_sets_are_served(url: &str) {
    for round in 0..3 {
        let store = store(&with(url, "table=many&pool=2")).await;
        let cache = Cache::builder().near(0).store(store).build();
        let tasks: Vec<_> = (0..CALLERS)
            .map(|n| {
                let cache = cache.clone();
                tokio::spawn(async move { cache.set(format!("{round} {n}"), &b'x').await })
            })
            .collect();
        let mut stored = 0;
        for task in tasks {
            stored += usize::from(task.await.unwrap().is_ok());
        }
        assert_eq!(stored, CALLERS, "round {round}");
        for n in 0..CALLERS {
            assert_eq!(
                cache.get::<u8>(format!("{round} {n}")).await.unwrap(),
                Some(b'x')
            );
        }
    }
}

/// Each caller gets its own answer, whatever others are in the same statement.
pub(crate) async fn each_caller_has_its_own_answer(url: &str) {
    let store = std::sync::Arc::new(store(&with(url, "table=own&pool=1")).await);
    store
        .put(&[put(b"even", b"there", When::Always)])
        .await
        .unwrap();
    let begun = Instant::now();
    let tasks: Vec<_> = (0..CALLERS)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let own = n.to_string().into_bytes();
                match n % 3 {
                    0 => {
                        let puts = [
                            put(b"even", b"new", When::Absent),
                            put(&own, &own, When::Absent),
                            put(&own, b"second", When::Absent),
                        ];
                        let written = store.put(&puts).await.unwrap();
                        assert_eq!(written, [Written::No, Written::Yes, Written::No]);
                        let found = store.get(&[&own, b"even", &own]).await.unwrap().found;
                        let found: Vec<_> = found
                            .iter()
                            .map(|found| &*found.as_ref().unwrap().value)
                            .collect();
                        assert_eq!(found, [&*own, b"there", &*own]);
                    }
                    1 => {
                        store.put(&[put(&own, &own, When::Always)]).await.unwrap();
                        store.delete(&[&own, b"nothing"]).await.unwrap();
                        assert_eq!(store.get(&[&own]).await.unwrap().found, [None]);
                    }
                    _ => {
                        let found = store.get(&[b"even", b"nothing"]).await.unwrap().found;
                        assert_eq!(found[0].as_ref().unwrap().value, b"there"[..]);
                        assert_eq!(found[1], None);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(begun.elapsed() < Duration::from_secs(30));
}
