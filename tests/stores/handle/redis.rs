//! `Cache` over Redis.

use cache_core::{Cache, RedisStore};
use cache_tests::proxy::Proxy;
use cache_tests::servers::redis::ask;
use cache_tests::servers::{Server, redis};

use super::{LIMIT, over, patient, recovered};
use crate::meter::Meter;

async fn at(url: &str) -> Cache {
    over(RedisStore::connect(url).await.unwrap())
}

async fn one() -> (Server, Cache) {
    let server = redis();
    let cache = at(&server.url()).await;
    (server, cache)
}

/// A cache with a time limit that a busy machine does not exceed.
async fn steady(url: &str) -> Cache {
    patient(RedisStore::connect(url).await.unwrap(), LIMIT)
}

#[tokio::test]
async fn a_hundred_keys_are_few_trips() {
    let server = redis();
    let meter = Meter::to(&server).await;
    let cache = steady(&format!("redis://127.0.0.1:{}/0", meter.port())).await;
    let other = steady(&server.url()).await;
    super::a_hundred_keys_are_few_trips(&cache, &other, &meter, 3).await;
}

#[tokio::test]
async fn a_hung_server_is_an_error_then_left_alone_then_used_again() {
    let (server, cache) = one().await;
    super::a_hung_server_is_an_error_then_left_alone_then_used_again(&server, &cache).await;
}

#[tokio::test]
async fn a_crowd_at_a_hung_server_is_back_soon() {
    let (server, cache) = one().await;
    super::a_crowd_at_a_hung_server_is_back_soon(&server, &cache).await;
}

#[tokio::test]
async fn a_load_in_whose_midst_the_server_dies_is_given() {
    let (server, cache) = one().await;
    super::a_load_in_whose_midst_the_server_dies_is_given(&server, &cache).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_at_first_is_used_later() {
    let server = redis();
    server.kill();
    let cache = at(&server.url()).await;
    super::a_server_that_is_not_there_at_first_is_used_later(&server, &cache).await;
}

#[tokio::test]
async fn a_delete_that_did_not_arrive_is_owed() {
    let (server, other) = one().await;
    let proxy = Proxy::to(server.port());
    let cut_off = at(&server.url_through(&proxy)).await;
    super::a_delete_that_did_not_arrive_is_owed(&proxy, &cut_off, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_answer_goes_astray() {
    let (_server, cache) = one().await;
    super::no_answer_goes_astray(cache).await;
}

/// A value that was deleted after the last snapshot is still in it.
#[tokio::test]
async fn a_server_that_went_back_in_time_brings_nothing_back() {
    let (server, cache) = one().await;
    cache.set("key", &1_u64).await.unwrap();
    ask(server.port(), &["SAVE"]).unwrap();
    cache.delete("key").await.unwrap();
    server.kill();
    server.start_again();
    recovered::<u64>(&cache, "key", &[None]).await;
    assert_eq!(
        at(&server.url()).await.get::<u64>("key").await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_full_server_keeps_nothing_old_and_takes_invalidations() {
    let server = redis();
    let cache = steady(&server.url()).await;
    for key in ["set", "deleted", "cleared"] {
        cache.set(key, &1_u64).await.unwrap();
    }
    ask(server.port(), &["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let error = cache.set("set", &2_u64).await.unwrap_err();
    assert!(error.is_too_large(), "{error:?}");
    assert_eq!(cache.get::<u64>("set").await.unwrap(), None);
    assert!(cache.delete("deleted").await.unwrap());
    assert_eq!(cache.get::<u64>("deleted").await.unwrap(), None);
    assert_eq!(cache.get("cleared").await.unwrap(), Some(1_u64));
    cache.clear().await.unwrap();
    assert_eq!(cache.get::<u64>("cleared").await.unwrap(), None);
    assert_eq!(
        cache.get_or_set("set", "1h", || super::load(3_u64)).await,
        Ok(3)
    );
    assert_eq!(cache.get::<u64>("set").await.unwrap(), None);
    ask(server.port(), &["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    assert_eq!(
        cache.get_or_set("set", "1h", || super::load(4_u64)).await,
        Ok(4)
    );
    assert_eq!(cache.get("set").await.unwrap(), Some(4_u64));
}

/// Each cache stands for a process, because the callers in one process take turns.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_processes_counts_under_one_key() {
    const PROCESSES: i64 = 48;
    const EACH: i64 = 20;
    let server = redis();
    let first = steady(&server.url()).await;
    first.set("hits", &0_i64).await.unwrap();
    let mut counting = tokio::task::JoinSet::new();
    for _ in 0..PROCESSES {
        let cache = steady(&server.url()).await;
        counting.spawn(async move {
            for _ in 0..EACH {
                cache.incr("hits", 1).await.unwrap();
            }
        });
    }
    counting.join_all().await;
    let hits = first.get("hits").await.unwrap();
    assert_eq!(hits, Some(PROCESSES * EACH));
}

/// A list under the key: the server returns nothing, and writes nothing there.
#[tokio::test]
async fn what_is_no_string_gives_way() {
    let server = redis();
    let cache = steady(&server.url()).await;
    cache.set("key", &0_u64).await.unwrap();
    let keys = ask(server.port(), &["KEYS", "*"]).unwrap();
    for key in keys.lines() {
        for way in 1..=4_u64 {
            ask(server.port(), &["DEL", key]).unwrap();
            ask(server.port(), &["RPUSH", key, "element"]).unwrap();
            assert_eq!(cache.get::<u64>("key").await.unwrap(), None, "{key}");
            match way {
                1 => cache.set("key", &way).await.unwrap(),
                2 => assert!(cache.add("key", &way).await.unwrap()),
                3 => {
                    let entry = cache.entry("key");
                    // Finding out what is in the way takes many trips.
                    entry.ready().await;
                    assert!(entry.set(&way).await.unwrap());
                }
                _ => {
                    let loaded = cache.get_or_set("key", "1h", || super::load(way)).await;
                    assert_eq!(loaded, Ok(way));
                }
            }
            assert_eq!(cache.get("key").await.unwrap(), Some(way), "{key}");
        }
    }
}

/// Any value that another program may have written under an entry's key, or under that of the cache's stamp.
#[tokio::test]
async fn rubbish_is_a_counted_miss_and_in_nobodys_way() {
    let server = redis();
    let cache = steady(&server.url()).await;
    cache.set("key", &1_u64).await.unwrap();
    let keys = ask(server.port(), &["KEYS", "*"]).unwrap();
    let (entries, stamps): (Vec<&str>, Vec<&str>) =
        keys.lines().partition(|key| key.contains(":k:"));
    let [entry, stamp] = [entries[0], stamps[0]];
    assert_eq!((entries.len(), stamps.len()), (1, 1), "{keys}");
    for rubbish in [
        "",
        "short",
        "sixteen bytes...",
        "more than sixteen bytes of nobody's",
    ] {
        let before = cache.store_stats();
        ask(server.port(), &["SET", entry, rubbish]).unwrap();
        assert_eq!(cache.get::<u64>("key").await.unwrap(), None, "{rubbish}");
        if rubbish.len() != 16 {
            assert_eq!(cache.store_stats().broken, before.broken + 1, "{rubbish}");
        }
        assert_eq!(
            cache.get_or_set("key", "1h", || super::load(2_u64)).await,
            Ok(2)
        );
        assert_eq!(cache.get("key").await.unwrap(), Some(2_u64), "{rubbish}");
        ask(server.port(), &["SET", stamp, rubbish]).unwrap();
        assert_eq!(cache.get::<u64>("key").await.unwrap(), None, "{rubbish}");
        cache.set("key", &3_u64).await.unwrap();
        assert_eq!(cache.get("key").await.unwrap(), Some(3_u64), "{rubbish}");
    }
}
