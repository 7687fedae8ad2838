//! Sweeps of a table of an SQL database.

use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::store::{Put, Store, When};

use crate::tables::{put, read, store, until, with, write};

/// `rows` counts the rows of the table `swept`.
pub(crate) async fn a_sweep_removes_what_has_expired<F: Future<Output = i64>>(
    url: &str,
    rows: impl Fn() -> F,
) {
    let url = with(url, "table=swept");
    let writer = store(&url).await;
    // The sweep of the first write is over before there is anything to remove.
    write(&writer, b"stays", b"1").await;
    writer.sweep().await.unwrap();
    let keys: Vec<Vec<u8>> = (0..900_u16).map(|key| key.to_be_bytes().to_vec()).collect();
    let puts = |ttl, keys: &[Vec<u8>]| -> Vec<(Vec<u8>, Option<Duration>)> {
        keys.iter().map(|key| (key.clone(), ttl)).collect()
    };
    let mut all = puts(Some(Duration::from_millis(1)), &keys[..800]);
    all.extend(puts(None, &keys[800..]));
    let all: Vec<Put<'_>> = all
        .iter()
        .map(|(key, ttl)| Put {
            ttl: *ttl,
            ..put(key, b"", When::Always)
        })
        .collect();
    writer.put(&all).await.unwrap();
    until("the end of their lives", || async {
        let keys: Vec<&[u8]> = keys[..800].iter().map(Vec::as_slice).collect();
        let found = writer.get(&keys).await.unwrap().found;
        found.iter().all(Option::is_none)
    })
    .await;
    assert_eq!(rows().await, 901, "a row went before any sweep");
    writer.sweep().await.unwrap();
    assert_eq!(rows().await, 101);
    assert!(read(&writer, b"stays").await.is_some());

    // The thousandth write starts a sweep.
    writer.put(&all[..800]).await.unwrap();
    until("a sweep", || async { rows().await == 101 }).await;
}

/// `rows` counts the rows of the table `bounded`.
pub(crate) async fn a_sweep_keeps_the_bound<F: Future<Output = i64>>(
    url: &str,
    rows: impl Fn() -> F,
) {
    let store = store(&with(url, "table=bounded&max_entries=10")).await;
    let keys: Vec<[u8; 1]> = (0..30).map(|key| [key]).collect();
    let lasting = |key: u8| key >= 15;
    let puts: Vec<Put<'_>> = keys
        .iter()
        .map(|key| Put {
            ttl: (!lasting(key[0])).then(|| Duration::from_secs(100 + u64::from(key[0]))),
            ..put(key, b"", When::Always)
        })
        .collect();
    store.put(&puts).await.unwrap();
    store.sweep().await.unwrap();
    assert_eq!(rows().await, 10);
    let keys: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
    let found = store.get(&keys).await.unwrap().found;
    assert!(found[..15].iter().all(Option::is_none), "{found:?}");
    store.delete(&keys).await.unwrap();
    store.put(&puts[..14]).await.unwrap();
    store.sweep().await.unwrap();
    let found = store.get(&keys).await.unwrap().found;
    let left: HashSet<usize> = (0..30).filter(|at| found[*at].is_some()).collect();
    assert_eq!(left, (4..14).collect(), "the nearest to their end go first");
}

/// `rows` counts the rows of the table `swept_by_writes`. No time passes.
pub(crate) async fn writes_keep_the_bound<F: Future<Output = i64>>(
    url: &str,
    rows: impl Fn() -> F,
) {
    let _clock = cache_core::testing::Clock::freeze();
    let url = with(&with(url, "table=swept_by_writes"), "max_entries=10");
    let store = store(&url).await;
    let written = AtomicU64::new(0);
    until("a sweep", || async {
        let before = written.fetch_add(50, Ordering::Relaxed);
        let keys: Vec<_> = (before..before + 50).map(u64::to_le_bytes).collect();
        let puts: Vec<_> = keys.iter().map(|key| put(key, b"", When::Always)).collect();
        store.put(&puts).await.unwrap();
        before >= 1_000 && rows().await.unsigned_abs() < before / 2
    })
    .await;
}

/// `rows` counts the rows of the table `swept_alone`.
pub(crate) async fn what_has_expired_is_swept_without_a_call<F: Future<Output = i64>>(
    url: &str,
    rows: impl Fn() -> F,
) {
    let clock = cache_core::testing::Clock::freeze();
    let store = store(&with(url, "table=swept_alone")).await;
    // The sweep of the first write is over before there is anything to remove.
    write(&store, b"stays", b"1").await;
    store.sweep().await.unwrap();
    let short = Put {
        ttl: Some(Duration::from_millis(1)),
        ..put(b"short", b"", When::Always)
    };
    store.put(&[short]).await.unwrap();
    until("the end of a life", || async {
        read(&store, b"short").await.is_none()
    })
    .await;
    assert_eq!(rows().await, 2, "a row went before any sweep");
    clock.advance(Duration::from_secs(60));
    until("a sweep", || async { rows().await == 1 }).await;
    assert!(read(&store, b"stays").await.is_some());
}
