//! Loads that ask whether the value that they replace is still good, where that value lies in a store: what the store has
//! confirmed for the very load is offered, and nothing else.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, Replaced, cached, drain};

use crate::support::{Process, installed};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

static PART: AtomicU64 = AtomicU64::new(0);
static LOADS: AtomicU64 = AtomicU64::new(0);

#[cached(key = "part:{n}", ttl = "1d", tags("part:{n}"))]
async fn part(n: u64) -> u64 {
    n + PART.load(SeqCst)
}

/// Made of its part once, and confirmed from then on.
#[cached(key = "whole:{n}", ttl = "10m", stale_while_revalidate = "1d", replaces = old)]
async fn whole(n: u64) -> u64 {
    LOADS.fetch_add(1, SeqCst);
    match old {
        Some(old) => old.not_modified(),
        None => part(n).await,
    }
}

/// Calls it in a process, and waits for the load behind the call.
async fn value(process: &Process, n: u64) -> u64 {
    let value = process.call(whole(n)).await;
    assert!(drain(SOON).await);
    value
}

async fn invalidate_tag(process: &Process, n: u64) {
    let tag = format!("part:{n}");
    process.cache.invalidate_tag(tag).await.unwrap();
}

/// The tests share a source.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// With copies in each process, and without.
const COPIES: [usize; 2] = [100, 0];

#[tokio::test]
async fn another_process_reaches_what_was_confirmed_by_its_tags() {
    let _alone = ALONE.lock().await;
    installed();
    for (n, copies) in (10..).zip(COPIES) {
        let [a, b] = Process::several(copies);
        let clock = Clock::freeze();
        let before = PART.load(SeqCst);
        let loads = LOADS.load(SeqCst);
        assert_eq!(value(&a, n).await, n + before);
        for round in 1..=3 {
            clock.advance(11 * MINUTE);
            assert_eq!(
                value(&a, n).await,
                n + before,
                "stale, and confirmed behind"
            );
            assert_eq!(value(&a, n).await, n + before);
            assert_eq!(value(&b, n).await, n + before);
            assert_eq!(LOADS.load(SeqCst) - loads, 1 + round, "copies: {copies}");
        }
        PART.fetch_add(1, SeqCst);
        invalidate_tag(&b, n).await;
        clock.advance(Duration::from_secs(3));
        assert_eq!(value(&a, n).await, n + before + 1, "copies: {copies}");
        assert_eq!(value(&b, n).await, n + before + 1, "copies: {copies}");
    }
}

/// The copy here is not marked, and the store knows better.
#[tokio::test]
async fn what_another_process_has_invalidated_is_not_offered() {
    let _alone = ALONE.lock().await;
    installed();
    for (n, copies) in (20..).zip(COPIES) {
        let [a, b] = Process::several(copies);
        let clock = Clock::freeze();
        let before = PART.load(SeqCst);
        assert_eq!(value(&a, n).await, n + before);
        clock.advance(11 * MINUTE);
        PART.fetch_add(1, SeqCst);
        invalidate_tag(&b, n).await;
        assert_eq!(value(&a, n).await, n + before + 1, "copies: {copies}");
    }
}

#[tokio::test]
async fn what_has_expired_in_another_process_is_as_new_once_it_is_confirmed() {
    let _alone = ALONE.lock().await;
    installed();
    for (n, copies) in (30..).zip(COPIES) {
        let [a, b] = Process::several(copies);
        let clock = Clock::freeze();
        let first = value(&a, n).await;
        b.cache.expire_tag(format!("part:{n}")).await.unwrap();
        clock.advance(Duration::from_secs(3));
        let loads = LOADS.load(SeqCst);
        for _ in 0..3 {
            assert_eq!((value(&a, n).await, value(&b, n).await), (first, first));
        }
        assert_eq!(LOADS.load(SeqCst) - loads, 1, "copies: {copies}");
        PART.fetch_add(1, SeqCst);
        invalidate_tag(&b, n).await;
        clock.advance(Duration::from_secs(3));
        assert_ne!(value(&a, n).await, first, "copies: {copies}");
    }
}

/// A store that fails cannot confirm anything.
#[tokio::test]
async fn nothing_is_offered_while_the_store_fails() {
    let [a] = Process::several(100);
    let clock = Clock::freeze();
    let load = async |cache: &Cache| {
        let load = |old: Option<Replaced<u64>>| async move {
            Ok::<_, u8>(old.map_or(1, |old| old.not_modified() + 1))
        };
        let entry = cache.entry("fails").ttl("10m");
        let loaded = entry
            .stale_while_revalidate("1d")
            .get_or_refresh(load)
            .await;
        assert!(drain(SOON).await);
        loaded.unwrap()
    };
    assert_eq!(load(&a.cache).await, 1);
    clock.advance(11 * MINUTE);
    assert_eq!(load(&a.cache).await, 1, "stale, and loaded behind");
    assert_eq!(load(&a.cache).await, 2);
    clock.advance(11 * MINUTE);
    a.store.fail();
    assert_eq!(load(&a.cache).await, 1);
}

/// Values of this process alone that were made of a copy are as old as the copy.
#[cached(ttl = "10m", replaces = old)]
async fn made_of_a_copy(n: u64) -> u64 {
    match old {
        Some(old) => old.not_modified(),
        None => part(n).await,
    }
}

#[cached(ttl = "1s", replaces = old)]
async fn made_of_a_copy_for_a_second(n: u64) -> u64 {
    match old {
        Some(old) => old.not_modified(),
        None => part(n).await,
    }
}

#[tokio::test]
async fn what_was_made_of_a_copy_is_offered_only_while_the_copy_serves() {
    let _alone = ALONE.lock().await;
    installed();
    let [a, b] = Process::several(100);
    let clock = Clock::freeze();
    let before = PART.load(SeqCst);
    let calls = async || {
        let long = made_of_a_copy(40).await;
        (long, made_of_a_copy_for_a_second(40).await)
    };
    a.call(async {
        assert_eq!(calls().await, (40 + before, 40 + before));
        PART.fetch_add(1, SeqCst);
        invalidate_tag(&b, 40).await;
        clock.advance(Duration::from_millis(1_100));
        assert_eq!(calls().await, (40 + before, 40 + before), "the copy serves");
        let stats = made_of_a_copy_for_a_second::stats();
        assert_eq!(stats.loads, 2);
        clock.advance(Duration::from_millis(950));
        assert_eq!(calls().await, (41 + before, 41 + before));
        clock.advance(11 * MINUTE);
        PART.fetch_add(1, SeqCst);
        invalidate_tag(&b, 40).await;
        assert_eq!(calls().await, (42 + before, 42 + before));
    })
    .await;
}
