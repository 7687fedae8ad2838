//! Copies that are used until the server tells of a change, and what happens to them then.
//!
//! Each cache here has a connection of its own, as a process has. With a `near_ttl` of zero a copy that the server does not
//! tell of is asked for at every call; with one of an hour nothing but the server's word ends it.

use std::time::{Duration, Instant};

use cache_core::Cache;
use cache_tests::servers::redis::ask;
use cache_tests::servers::{Server, redis};
use cache_tests::{Runs, within};

use super::calls;

mod killed;
mod lost;

async fn process(server: &Server, options: &str) -> Cache {
    at(&server.url(), options).await
}

/// A cache that is connected: what the first call reads, before there is a connection, the server does not tell of.
async fn at(url: &str, options: &str) -> Cache {
    let url = format!("{url}?prefix=p&version=1&{options}");
    let cache = Cache::from_url(&url).await.unwrap();
    assert_eq!(get(&cache, "another").await, None);
    cache
}

async fn load(cache: &Cache, key: &str, value: u64) -> u64 {
    let entry = cache.entry(key).ttl("1h").tags(["t"]);
    let load = || async { Ok::<_, String>(value) };
    within(entry.get_or_set(load)).await.unwrap()
}

async fn get(cache: &Cache, key: &str) -> Option<u64> {
    within(cache.get(key)).await.unwrap()
}

/// Waits until a cache finds nothing or this under a key.
async fn ends(cache: &Cache, key: &str, then: Option<u64>) {
    within(async {
        while get(cache, key).await != then {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// How often the server was asked for values during some calls.
async fn asked(server: &Server, calls_of: impl AsyncFnOnce()) -> u64 {
    let before = calls(server, "mget");
    calls_of().await;
    calls(server, "mget") - before
}

#[tokio::test]
async fn a_copy_is_used_while_the_server_tells_of_no_change() {
    let server = redis();
    let (one, other) = (
        process(&server, "near_ttl=0s").await,
        process(&server, "near_ttl=0s").await,
    );
    load(&one, "k", 7).await;
    // What it has loaded itself, and what it has read.
    for cache in [&one, &other] {
        assert_eq!(get(cache, "k").await, Some(7));
        let hits = async || {
            for _ in 0..10 {
                assert_eq!(get(cache, "k").await, Some(7));
            }
        };
        assert_eq!(asked(&server, hits).await, 0);
    }
}

#[tokio::test]
async fn without_a_backplane_a_copy_is_used_for_its_near_ttl() {
    let server = redis();
    let cache = process(&server, "near_ttl=0s&backplane=off").await;
    load(&cache, "k", 7).await;
    let calls = async || assert_eq!(get(&cache, "k").await, Some(7));
    assert_ne!(asked(&server, calls).await, 0);
}

/// Whatever changes the key or one of its names, from another process or by hand, and whether the copy was loaded here or read.
#[tokio::test]
async fn a_change_ends_the_copies_of_all_processes() {
    let server = redis();
    let (one, other, reader) = (
        process(&server, "near_ttl=1h").await,
        process(&server, "near_ttl=1h").await,
        process(&server, "near_ttl=1h").await,
    );
    let by_hand = |words: &[&str]| drop(ask(server.port(), words).unwrap());
    for change in ["tag", "delete", "clear", "DEL", "FLUSHALL", "FLUSHDB"] {
        load(&one, "k", 7).await;
        assert_eq!(get(&reader, "k").await, Some(7), "{change}");
        match change {
            "tag" => other.invalidate_tag("t").await.unwrap(),
            "delete" => assert!(other.delete("k").await.unwrap()),
            "clear" => other.clear().await.unwrap(),
            "DEL" => by_hand(&["DEL", "p:1:k:k"]),
            word => by_hand(&[word]),
        }
        for cache in [&one, &reader] {
            ends(cache, "k", None).await;
        }
    }
    load(&one, "k", 7).await;
    assert_eq!(get(&reader, "k").await, Some(7));
    other.set("k", &8_u64).await.unwrap();
    for cache in [&one, &reader] {
        ends(cache, "k", Some(8)).await;
    }
}

/// A stamp whose life is prolonged is written by the process that uses it, which must be told of its next change all the same.
#[tokio::test]
async fn a_stamp_that_was_prolonged_still_ends_its_copies() {
    let server = redis();
    let (one, other) = (
        process(&server, "near_ttl=1h").await,
        process(&server, "near_ttl=1h").await,
    );
    for _ in 0..2 {
        let entry = one.entry("k").ttl("20d").tags(["t"]);
        let load = || async { Ok::<_, String>(7_u64) };
        within(entry.get_or_set(load)).await.unwrap();
        other.invalidate_tag("t").await.unwrap();
        ends(&one, "k", None).await;
    }
}

/// The copy that was read while an entry was on its way is not what was stored.
#[tokio::test]
async fn an_entry_that_is_set_ends_the_copy_that_was_read_meanwhile() {
    let server = redis();
    let (one, other) = (
        process(&server, "near_ttl=1h").await,
        process(&server, "near_ttl=1h").await,
    );
    load(&other, "k", 7).await;
    let entry = one.entry("k").ttl("1h");
    entry.ready().await;
    assert_eq!(get(&one, "k").await, Some(7));
    assert!(within(entry.set(&8_u64)).await.unwrap());
    assert_eq!(get(&one, "k").await, Some(8));
}

#[tokio::test]
async fn a_clear_by_another_process_reaches_a_value_that_was_set_by_hand() {
    let server = redis();
    let (one, other) = (
        process(&server, "near_ttl=1h").await,
        process(&server, "near_ttl=0s").await,
    );
    let entry = one.entry("k").ttl("1h");
    assert!(within(entry.set(&7_u64)).await.unwrap());
    assert_eq!(get(&one, "k").await, Some(7));
    other.clear().await.unwrap();
    ends(&one, "k", None).await;
}

/// In a cache of this process alone, of a value that was loaded for it.
#[tokio::test]
async fn a_clear_by_another_process_reaches_what_is_made_of_a_loaded_value() {
    let server = redis();
    let (one, other) = (
        process(&server, "near_ttl=1h").await,
        process(&server, "near_ttl=0s").await,
    );
    let private = Cache::builder().near(10).build();
    let of_loaded = || async { Ok::<_, String>(load(&one, "k", 7).await) };
    let made = within(private.get_or_set("made", "1h", of_loaded)).await;
    assert_eq!((made, get(&private, "made").await), (Ok(7), Some(7)));
    other.clear().await.unwrap();
    ends(&private, "made", None).await;
}

/// A write whose caller goes away before it is acknowledged may have happened: the copy of what was there before ends.
#[tokio::test]
async fn a_write_that_nobody_waits_for_ends_the_copy() {
    let server = redis();
    let one = process(&server, "near_ttl=1h").await;
    load(&one, "k", 7).await;
    {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut write = std::pin::pin!(one.set("k", &8_u64));
        assert!(write.as_mut().poll(&mut context).is_pending());
    }
    ends(&one, "k", Some(8)).await;
}

/// Loads under way are left alone: what another process does meanwhile to a key that is absent costs them nothing.
#[tokio::test]
async fn a_load_is_not_disturbed_by_the_leases_of_others() {
    let server = redis();
    let (one, other) = (
        process(&server, "near_ttl=1h").await,
        process(&server, "near_ttl=1h").await,
    );
    let runs = Runs::new();
    let body = || async {
        runs.run();
        load(&other, "k", 8).await;
        other.invalidate_tag("unrelated").await.unwrap();
        Ok::<_, String>(7_u64)
    };
    let loads = (0..20).map(|_| one.get_or_set("k", "1h", body));
    let mut values = Vec::new();
    for load in loads {
        values.push(Box::pin(within(load)).await.unwrap());
    }
    assert_eq!(runs.count(), 1, "{values:?}");
}

/// What one of them changes over the connection that both share, the server does not tell the other.
#[tokio::test]
async fn two_caches_of_one_prefix_on_one_connection_ask() {
    let server = redis();
    let store = std::sync::Arc::new(super::at(&server).await);
    let cache = || {
        let builder = Cache::builder().prefix("p").near_ttl("0s");
        builder.store(store.clone()).build()
    };
    let one = cache();
    assert_eq!(get(&one, "another").await, None);
    load(&one, "k", 7).await;
    let get_it = async || assert_eq!(get(&one, "k").await, Some(7));
    assert_eq!(asked(&server, get_it).await, 0);
    let other = cache();
    assert_eq!(get(&other, "k").await, Some(7));
    assert_ne!(asked(&server, get_it).await, 0);
    // The answer has not made it a copy that the server tells of.
    assert_ne!(asked(&server, get_it).await, 0);
    other.invalidate_tag("t").await.unwrap();
    assert_eq!(get(&one, "k").await, None);
    // And once it is alone again, it is told.
    drop(other);
    load(&one, "k", 7).await;
    assert_eq!(asked(&server, get_it).await, 0);
}

/// Without the right to be told, a cache works as it does without a backplane.
#[tokio::test]
async fn an_account_that_may_not_be_told_asks() {
    let server = redis();
    let rights = [
        "ACL",
        "SETUSER",
        "u",
        "on",
        ">p",
        "~p:*",
        "+@all",
        "-@dangerous",
        "-client|tracking",
    ];
    ask(server.port(), &rights).unwrap();
    let url = server.url().replace("redis://", "redis://u:p@");
    let cache = at(&url, "near_ttl=0s").await;
    load(&cache, "k", 7).await;
    let get_it = async || assert_eq!(get(&cache, "k").await, Some(7));
    assert_ne!(asked(&server, get_it).await, 0);
}

/// How soon an invalidation that was acknowledged in one process is obeyed by another, and by its own.
#[tokio::test]
async fn an_invalidation_is_obeyed_within_fifty_milliseconds() {
    let server = redis();
    let (one, other) = (
        process(&server, "near_ttl=1h").await,
        process(&server, "near_ttl=1h").await,
    );
    let mut delays = Vec::new();
    for round in 0..200 {
        load(&one, "k", round).await;
        load(&other, "k", round).await;
        other.invalidate_tag("t").await.unwrap();
        let acknowledged = Instant::now();
        assert_eq!(get(&other, "k").await, None);
        ends(&one, "k", None).await;
        delays.push(acknowledged.elapsed());
    }
    delays.sort_unstable();
    let (median, worst) = (delays[delays.len() / 2], delays[delays.len() - 1]);
    assert!(median < Duration::from_millis(50), "{median:?}, {worst:?}");
}

#[tokio::test]
async fn a_backplane_is_on_or_off() {
    let error = Cache::from_url("redis://127.0.0.1:1?backplane=maybe").await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("backplane=maybe"), "{error}");
}
