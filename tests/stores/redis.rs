//! A single Redis server.

use std::time::{Duration, Instant};

use cache_core::store::{Found, Put, RedisStore, Store, Token, When, Written};
use cache_core::testing::conformance;
use cache_tests::servers::redis::ask;
use cache_tests::servers::{Server, redis};

mod addresses;
mod backplane;
mod failures;
mod fleet;
mod outages;
mod prefix;
mod rights;
mod sentinel;
mod tls;

const LIMIT: Duration = Duration::from_secs(20);

async fn at(server: &Server) -> RedisStore {
    RedisStore::connect(&server.url()).await.unwrap()
}

fn put<'a>(key: &'a [u8], value: &'a [u8], when: When) -> Put<'a> {
    let ttl = Some(Duration::from_secs(600));
    Put {
        key,
        value,
        ttl,
        when,
    }
}

async fn write(store: &RedisStore, key: &[u8], value: &[u8]) {
    let written = store.put(&[put(key, value, When::Always)]).await.unwrap();
    assert_eq!(written, [Written::Yes]);
}

async fn read(store: &RedisStore, key: &[u8]) -> cache_core::Result<Option<Vec<u8>>> {
    let mut answer = store.get(&[key]).await?;
    Ok(answer.found.remove(0).map(|found| found.value.to_vec()))
}

/// Reads until there is an answer.
async fn recovered(store: &RedisStore, key: &[u8]) -> Option<Vec<u8>> {
    let start = Instant::now();
    loop {
        match read(store, key).await {
            Ok(found) => return found,
            Err(error) => assert!(start.elapsed() < LIMIT, "{error:?}"),
        }
    }
}

/// How often a command was called since the statistics were reset.
fn calls(server: &Server, command: &str) -> u64 {
    let stats = ask(server.port(), &["INFO", "commandstats"]).unwrap();
    let start = format!("cmdstat_{command}:calls=");
    let line = stats.lines().find_map(|line| line.strip_prefix(&start));
    line.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
}

fn stat(server: &Server, name: &str) -> u64 {
    let stats = ask(server.port(), &["INFO", "stats"]).unwrap();
    let value = |line: &str| line.strip_prefix(name)?.strip_prefix(':')?.parse().ok();
    stats.lines().find_map(value).unwrap()
}

#[tokio::test]
async fn it_keeps_the_contract() {
    conformance(at(&redis()).await).await;
}

#[tokio::test]
async fn how_long_values_live_is_asked_for_those_who_want_to_know() {
    let server = redis();
    let store = at(&server).await;
    write(&store, b"one", b"first").await;
    write(&store, b"two", b"second").await;
    ask(server.port(), &["CONFIG", "RESETSTAT"]).unwrap();
    let alone = store.get_values(&[b"one", b"none", b"two"]).await.unwrap();
    assert_eq!(calls(&server, "pttl"), 0);
    let without = |value: &[u8]| {
        let value = value.to_vec();
        Some(Found {
            value: value.into(),
            left: None,
        })
    };
    assert_eq!(alone.found, [without(b"first"), None, without(b"second")]);
    // Concurrent calls, in one batch or in two, each get their own answer.
    for _ in 0..100 {
        let (with, values) = tokio::join!(
            store.get(&[b"two", b"none"]),
            store.get_values(&[b"one", b"two"])
        );
        let values = values.unwrap().found.into_iter().flatten();
        let values: Vec<_> = values.map(|found| found.value).collect();
        assert_eq!(values, [b"first".to_vec(), b"second".to_vec()]);
        let with = with.unwrap().found;
        assert_eq!(with[1], None);
        let found = with[0].as_ref().unwrap();
        assert_eq!(found.value, b"second"[..]);
        assert!(found.left.is_some_and(|left| left > LIMIT));
    }
}

#[tokio::test]
async fn a_hundred_keys_are_one_round_trip() {
    let server = redis();
    let store = at(&server).await;
    let keys: Vec<Vec<u8>> = (0..100).map(|key| format!("key {key}").into()).collect();
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    write(&store, keys[7], b"seven").await;
    let mut answers = Vec::new();
    let mut trips = Vec::new();
    for keys in [&keys[..1], &keys] {
        ask(server.port(), &["CONFIG", "RESETSTAT"]).unwrap();
        answers.push(store.get(keys).await.unwrap());
        trips.push(stat(&server, "total_reads_processed"));
        assert_eq!(calls(&server, "mget"), 1);
    }
    // The queries of this test count too.
    assert_eq!(trips[0], trips[1]);
    let answer = answers.remove(1);
    assert_eq!(answer.found.iter().flatten().count(), 1);
    assert_eq!(answer.found[7].as_ref().unwrap().value, b"seven"[..]);
}

#[tokio::test]
async fn a_key_that_many_ask_for_at_once_is_read_a_few_times() {
    let server = redis();
    let store = std::sync::Arc::new(at(&server).await);
    write(&store, b"stamp", b"0123456789abcdef").await;
    ask(server.port(), &["CONFIG", "RESETSTAT"]).unwrap();
    server.pause();
    let asking: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { read(&store, b"stamp").await.unwrap().unwrap() })
        })
        .collect();
    tokio::task::yield_now().await;
    server.go_on();
    for asking in asking {
        assert_eq!(asking.await.unwrap(), b"0123456789abcdef");
    }
    let read = calls(&server, "pttl");
    assert!(read < 20, "read {read} times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_stop_waiting_leave_no_answer_behind() {
    let server = redis();
    let store = std::sync::Arc::new(at(&server).await);
    let key = |number: u64| format!("key {number}").into_bytes();
    for number in 0..64 {
        write(&store, &key(number), &key(number)).await;
    }
    let callers = (0..64_u64).map(|caller| {
        let store = store.clone();
        tokio::spawn(async move {
            let (mut answered, mut random) = (0, caller + 1);
            for _ in 0..400 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let (one, other) = (key(random >> 40 & 63), key(random >> 50 & 63));
                let patience = Duration::from_micros(random >> 33 & 1023);
                let keys = [one.as_slice(), &other];
                let Ok(answer) = tokio::time::timeout(patience, store.get(&keys)).await else {
                    continue;
                };
                let found = answer.unwrap().found.into_iter().flatten();
                assert!(found.map(|found| found.value).eq([one, other]));
                answered += 1;
            }
            answered
        })
    });
    let mut answered = 0;
    for caller in callers.collect::<Vec<_>>() {
        answered += caller.await.unwrap();
    }
    assert!(answered > 0, "nobody has waited long enough");
    assert!(answered < 64 * 400, "nobody has stopped waiting");
}

#[tokio::test]
async fn what_is_no_string_is_absent_and_harms_no_other() {
    let server = redis();
    let store = at(&server).await;
    write(&store, b"string", b"0123456789abcdef").await;
    ask(server.port(), &["RPUSH", "list", "0123456789abcdef"]).unwrap();
    let answer = store.get(&[b"list", b"string"]).await.unwrap();
    assert_eq!(answer.found[0], None);
    assert!(
        matches!(&answer.found[1], Some(Found { value, .. }) if value == &b"0123456789abcdef"[..])
    );
    let is = When::Is(Token(*b"0123456789abcdef"));
    let puts = [
        put(b"list", b"absent", When::Absent),
        put(b"list", b"is", is),
        put(b"string", b"is", is),
        put(b"list", b"always", When::Always),
    ];
    let written = store.put(&puts).await.unwrap();
    assert_eq!(
        written,
        [Written::No, Written::No, Written::Yes, Written::Yes]
    );
}

#[tokio::test]
async fn lives_of_any_length_are_taken() {
    let server = redis();
    let store = at(&server).await;
    for ttl in [Duration::MAX, Duration::from_secs(u64::MAX / 1000)] {
        let put = Put {
            key: b"key",
            value: b"value",
            ttl: Some(ttl),
            when: When::Always,
        };
        assert_eq!(store.put(&[put]).await.unwrap(), [Written::Yes]);
        let found = store.get(&[b"key"]).await.unwrap().found.remove(0).unwrap();
        assert!(found.left.unwrap() > Duration::from_secs(1 << 40));
    }
}
