//! The bounds of the store, which are enforced in the background.

use std::fs;
use std::time::Duration;

use cache_core::Store;
use cache_core::store::Written;

use super::{Scratch, get, put, put_for};

/// Waits until there are at most this many entries and bytes. Polls, because the cull has a thread of its own.
async fn until_within(scratch: &Scratch, entries: usize, bytes: u64) {
    for _ in 0..400 {
        let files = scratch.entries();
        let lengths = files.iter().filter_map(|file| fs::metadata(file).ok());
        let held = lengths.map(|file| file.len()).sum::<u64>();
        if files.len() <= entries && held <= bytes {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} entries, after ten seconds", scratch.entries().len());
}

#[tokio::test]
async fn what_was_written_least_recently_goes_first() {
    let scratch = Scratch::new();
    let store = scratch.store().bounded(30, 1 << 20);
    put(&store, "first", b"value").await;
    for n in 0..100 {
        put(&store, &format!("key {n}"), b"value").await;
    }
    until_within(&scratch, 30, 1 << 20).await;
    assert_eq!(get(&store, "first").await, None);
    assert_eq!(get(&store, "key 0").await, None);
    assert!(get(&store, "key 99").await.is_some());
    assert!(scratch.entries().len() > 10, "more went than had to");
}

#[tokio::test]
async fn bytes_are_bounded_too() {
    let scratch = Scratch::new();
    let store = scratch.store().bounded(1000, 100_000);
    for n in 0..60 {
        put(&store, &format!("key {n}"), &[7; 10_000]).await;
    }
    until_within(&scratch, 1000, 100_000).await;
    assert!(get(&store, "key 59").await.is_some());
    assert!(scratch.entries().len() > 4, "more went than had to");
}

#[tokio::test]
async fn what_another_has_written_counts() {
    let scratch = Scratch::new();
    let (one, other) = (scratch.store(), scratch.store().bounded(30, 1 << 20));
    for n in 0..100 {
        put(&one, &format!("key {n}"), b"value").await;
    }
    put(&other, "last", b"value").await;
    until_within(&scratch, 30, 1 << 20).await;
    assert!(get(&one, "last").await.is_some());
}

#[tokio::test]
async fn to_write_the_same_again_fills_nothing() {
    let scratch = Scratch::new();
    let store = scratch.store().bounded(30, 1 << 20);
    for n in 0..20 {
        put(&store, &format!("key {n}"), b"value").await;
    }
    for round in 0..50 {
        put(&store, "key 0", &[round; 100]).await;
        store.delete(&[b"nothing"]).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(scratch.entries().len(), 20);
}

#[tokio::test]
async fn what_alone_is_too_large_is_refused() {
    let scratch = Scratch::new();
    let store = scratch.store().bounded(30, 1000);
    put(&store, "key", b"value").await;
    let written = put_for(&store, "key", &[0; 1000], None).await;
    assert_eq!(written, Written::TooLarge);
    assert_eq!(get(&store, "key").await.unwrap(), b"value");
    let nothing = scratch.store().bounded(0, 1000);
    assert_eq!(put_for(&nothing, "k", b"", None).await, Written::TooLarge);
}
