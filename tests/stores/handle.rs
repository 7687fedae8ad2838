//! `Cache` over real servers: its round trips, and its behaviour when they fail.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_core::{Cache, Store};
use cache_tests::proxy::Proxy;
use cache_tests::servers::Server;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::meter::Meter;

mod mariadb;
mod memcached;
mod postgres;
mod redis;

/// Longer than anything here takes, even on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);
/// The time limit of a store that should fail.
const PATIENCE: Duration = Duration::from_secs(1);

/// A cache without near copies and with a short time limit.
fn over(store: impl Store) -> Cache {
    patient(store, PATIENCE)
}

/// A cache without near copies and with this time limit.
fn patient(store: impl Store, patience: Duration) -> Cache {
    Cache::builder()
        .near(0)
        .timeout(patience)
        .store(store)
        .build()
}

/// Reads until the store answers, and checks the answer.
async fn recovered<T>(cache: &Cache, key: &str, expected: &[Option<T>])
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + PartialEq + Debug + 'static,
{
    let start = Instant::now();
    loop {
        match cache.get::<T>(key).await {
            Ok(found) => {
                assert!(expected.contains(&found), "{found:?}");
                return;
            }
            Err(error) => {
                assert!(error.is_store(), "{error:?}");
                assert!(start.elapsed() < LIMIT, "{error:?}");
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn load<T>(value: T) -> Result<T, String> {
    Ok(value)
}

/// `set` writes under the stamp of the cache that was seen last, and reads the stamp on the same trip. The first `set` after a clear
/// takes `first_set` trips: it makes the missing stamp, and lets it live as long as the value. `other` is not metered.
async fn a_hundred_keys_are_few_trips(
    cache: &Cache,
    other: &Cache,
    meter: &Meter,
    first_set: usize,
) {
    let keys: Vec<String> = (0..100).map(|n| format!("key {n}")).collect();
    let pairs = || keys.iter().map(|key| (key, key));
    cache.set("warm", &0_u64).await.unwrap();
    meter.trips();
    cache.set_many(pairs()).await.unwrap();
    assert_eq!(meter.trips(), 1, "set_many");
    let found = cache.get_many::<String>(&keys).await.unwrap();
    assert_eq!(meter.trips(), 1, "get_many");
    assert!(found.into_iter().flatten().eq(keys.iter().cloned()));
    cache.delete_many(&keys).await.unwrap();
    assert_eq!(meter.trips(), 1, "delete_many");
    let found = cache.get_many::<String>(&keys).await.unwrap();
    assert_eq!(meter.trips(), 1, "get_many of nothing");
    assert_eq!(found.into_iter().flatten().count(), 0);
    cache.get::<u64>("warm").await.unwrap();
    assert_eq!(meter.trips(), 1, "get");
    cache.set("warm", &0_u64).await.unwrap();
    assert_eq!(meter.trips(), 1, "set");
    cache.clear().await.unwrap();
    assert_eq!(meter.trips(), 1, "clear");
    cache.set("new", &0_u64).await.unwrap();
    assert_eq!(meter.trips(), first_set, "the first set after a clear");
    other.clear().await.unwrap();
    other.set("another", &0_u64).await.unwrap();
    cache.set_many(pairs()).await.unwrap();
    assert_eq!(meter.trips(), 2, "the first set_many after another's clear");
    let found = other.get_many::<String>(&keys).await.unwrap();
    assert!(found.into_iter().flatten().eq(keys.iter().cloned()));
}

/// A server that accepts connections and never answers.
async fn a_hung_server_is_an_error_then_left_alone_then_used_again(server: &Server, cache: &Cache) {
    cache.set("key", &1_u64).await.unwrap();
    server.pause();
    for _ in 0..5 {
        let start = Instant::now();
        let error = cache.get::<u64>("key").await.unwrap_err();
        assert!(error.is_store(), "{error:?}");
        assert!(start.elapsed() < PATIENCE * 5, "{:?}", start.elapsed());
    }
    assert!(cache.store_stats().failures >= 5);
    let start = Instant::now();
    for round in 0..100_u64 {
        let loaded = cache.get_or_set("key", "1h", || load(round)).await;
        assert_eq!(loaded, Ok(round));
    }
    assert!(start.elapsed() < PATIENCE * 8, "{:?}", start.elapsed());
    assert!(cache.store_stats().skipped > 0);
    server.go_on();
    recovered(cache, "key", &[Some(1_u64)]).await;
    cache.set("key", &2_u64).await.unwrap();
    recovered(cache, "key", &[Some(2_u64)]).await;
}

/// Many waiting callers keep the cache from its store no longer than one does.
async fn a_crowd_at_a_hung_server_is_back_soon(server: &Server, cache: &Cache) {
    cache.set("key", &1_u64).await.unwrap();
    server.pause();
    let crowd: Vec<_> = (0..64)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.get::<u64>("key").await.is_err() })
        })
        .collect();
    for one in crowd {
        assert!(one.await.unwrap());
    }
    server.go_on();
    let start = Instant::now();
    recovered(cache, "key", &[Some(1_u64)]).await;
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

/// `kept`: what the server may still have after it is back.
async fn a_load_in_whose_midst_the_server_dies_is_given(server: &Server, cache: &Cache) {
    cache.set("other", &1_u64).await.unwrap();
    let loaded = cache.get_or_set("key", "1h", || {
        server.kill();
        load(7_u64)
    });
    assert_eq!(loaded.await, Ok(7));
    assert!(cache.get::<u64>("key").await.unwrap_err().is_store());
    assert_eq!(cache.get_or_set("key", "1h", || load(8_u64)).await, Ok(8));
    server.start_again();
    recovered::<u64>(cache, "key", &[None]).await;
    assert_eq!(cache.get_or_set("key", "1h", || load(9_u64)).await, Ok(9));
    recovered(cache, "key", &[Some(9_u64)]).await;
}

async fn a_server_that_is_not_there_at_first_is_used_later(server: &Server, cache: &Cache) {
    let error = cache.set("key", &1_u64).await.unwrap_err();
    assert!(error.is_store(), "{error:?}");
    assert_eq!(cache.get_or_set("key", "1h", || load(7_u64)).await, Ok(7));
    assert!(cache.store_stats().failures > 0);
    server.start_again();
    recovered::<u64>(cache, "key", &[None]).await;
    assert_eq!(cache.get_or_set("key", "1h", || load(8_u64)).await, Ok(8));
    recovered(cache, "key", &[Some(8_u64)]).await;
}

/// `cut_off` reaches the server through the proxy, `other` directly.
async fn a_delete_that_did_not_arrive_is_owed(proxy: &Proxy, cut_off: &Cache, other: &Cache) {
    for key in ["deleted", "cleared"] {
        cut_off.set(key, &1_u64).await.unwrap();
    }
    proxy.hold();
    assert!(cut_off.delete("deleted").await.unwrap_err().is_store());
    // Calls that were under way are lost.
    proxy.cut();
    assert_eq!(other.get("deleted").await.unwrap(), Some(1_u64));
    proxy.release();
    recovered::<u64>(cut_off, "deleted", &[None]).await;
    cut_off.settled().await;
    assert_eq!(other.get::<u64>("deleted").await.unwrap(), None);

    assert_eq!(other.get("cleared").await.unwrap(), Some(1_u64));
    proxy.hold();
    assert!(cut_off.clear().await.is_err());
    proxy.cut();
    assert_eq!(other.get("cleared").await.unwrap(), Some(1_u64));
    proxy.release();
    let waiting = tokio::time::timeout(LIMIT, cut_off.settled());
    waiting.await.unwrap();
    assert_eq!(other.get::<u64>("cleared").await.unwrap(), None);
    recovered::<u64>(cut_off, "cleared", &[None]).await;
}

/// Callers may stop waiting at any moment: no caller gets the answer of another.
async fn no_answer_goes_astray(cache: Cache) {
    const KEYS: u64 = 32;
    let key = |number: u64| format!("key {}", number % KEYS);
    let keys: Vec<String> = (0..KEYS).map(key).collect();
    let pairs = keys.iter().map(|key| (key, key));
    cache.set_many(pairs).await.unwrap();
    let cache = Arc::new(cache);
    let callers = (1..=32_u64).map(|caller| {
        let cache = cache.clone();
        tokio::spawn(async move {
            let (mut answered, mut random) = (0, caller);
            for _ in 0..150 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let (one, other) = (key(random >> 40), key(random >> 50));
                let patience = Duration::from_micros(random >> 33 & 4095);
                let call = async {
                    match random >> 60 {
                        0 => drop(cache.set(&one, &one).await),
                        1 => drop(cache.delete(&other).await),
                        2..8 => {
                            let loaded = cache.get_or_set(&one, "1h", || load(one.clone())).await;
                            assert_eq!(loaded, Ok(one));
                        }
                        _ => {
                            let asked = [one.clone(), other.clone()];
                            let found = cache.get_many::<String>(&asked).await;
                            for (asked, found) in asked.iter().zip(found.unwrap_or_default()) {
                                assert!(found.is_none_or(|found| found == *asked));
                            }
                        }
                    }
                };
                answered += usize::from(tokio::time::timeout(patience, call).await.is_ok());
            }
            answered
        })
    });
    let mut answered = 0;
    for caller in callers.collect::<Vec<_>>() {
        answered += caller.await.unwrap();
    }
    assert!(
        (1..32 * 150).contains(&answered),
        "{answered} were answered"
    );
    for key in &keys {
        recovered(&cache, key, &[None, Some(key.clone())]).await;
    }
    assert_eq!(cache.store_stats().broken, 0);
}

/// A value under a key is replaced by one that the store refuses, by each way to write.
async fn what_is_too_large_leaves_nothing_old(cache: &Cache, large: &Vec<u8>) {
    let old = vec![1_u8];
    for way in ["set", "set_many", "entry"] {
        cache.set("key", &old).await.unwrap();
        let refused = match way {
            "set" => cache.set("key", large).await,
            "set_many" => cache.set_many([("key", large)]).await,
            _ => {
                let entry = cache.entry("key");
                entry.ready().await;
                entry.set(large).await.map(drop)
            }
        };
        let told = refused.as_ref().is_err_and(cache_core::Error::is_too_large);
        assert!(told, "{way}: {refused:?}");
        assert_eq!(cache.get::<Vec<u8>>("key").await.unwrap(), None, "{way}");
    }
    let before = cache.store_stats().too_large;
    for _ in 0..2 {
        let loaded = cache.get_or_set("key", "1h", || load(large.clone())).await;
        assert_eq!(loaded.as_ref(), Ok(large));
    }
    assert_eq!(cache.store_stats().too_large, before + 2);
    cache.set("key", &old).await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), Some(old));
}
