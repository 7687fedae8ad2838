//! Redis, one server.

use std::time::{Duration, Instant};

use cache_core::store::{Found, Put, RedisStore, Store, Token, When, Written};
use cache_core::testing::conformance;
use cache_tests::servers::redis::ask;
use cache_tests::servers::{Server, redis};

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
    Ok(answer.found.remove(0).map(|found| found.value))
}

/// Asks until there is an answer.
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
    // The questions of this test count as well.
    assert_eq!(trips[0], trips[1]);
    let answer = answers.remove(1);
    assert_eq!(answer.found.iter().flatten().count(), 1);
    assert_eq!(answer.found[7].as_ref().unwrap().value, b"seven");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_under_load_is_an_error_until_it_is_back() {
    let server = redis();
    let store = std::sync::Arc::new(at(&server).await);
    write(&store, b"key", b"before").await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let callers: Vec<_> = (0..32)
        .map(|_| {
            let (store, stopped) = (store.clone(), stopped.clone());
            tokio::spawn(async move {
                let mut errors = 0;
                while !*stopped.borrow() {
                    errors += usize::from(read(&store, b"key").await.is_err());
                    tokio::task::yield_now().await;
                }
                errors
            })
        })
        .collect();
    server.kill();
    assert!(read(&store, b"key").await.is_err());
    server.start_again();
    assert_eq!(recovered(&store, b"key").await, None);
    write(&store, b"key", b"after").await;
    assert_eq!(read(&store, b"key").await.unwrap().unwrap(), b"after");
    stop.send(true).unwrap();
    let mut errors = 0;
    for caller in callers {
        errors += caller.await.unwrap();
    }
    assert!(errors > 0, "nobody has noticed");
}

#[tokio::test]
async fn it_may_be_made_before_the_server_is_there() {
    let server = redis();
    server.kill();
    let store = at(&server).await;
    assert!(read(&store, b"key").await.unwrap_err().is_store());
    server.start_again();
    assert_eq!(recovered(&store, b"key").await, None);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let server = redis();
    let store = at(&server).await;
    write(&store, b"key", b"value").await;
    server.pause();
    let waiting = tokio::time::timeout(LIMIT, read(&store, b"key"));
    assert!(waiting.await.unwrap().is_err());
    // Now it is a connect that gets no answer.
    let waiting = tokio::time::timeout(LIMIT, read(&store, b"key"));
    assert!(waiting.await.unwrap().is_err());
    server.go_on();
    assert_eq!(recovered(&store, b"key").await.unwrap(), b"value");
}

#[tokio::test]
async fn a_restart_from_a_snapshot_is_another_era() {
    let server = redis();
    let (store, other) = (at(&server).await, at(&server).await);
    let keep = format!("{}?on_failover=keep", server.url());
    let keep = RedisStore::connect(&keep).await.unwrap();
    write(&store, b"stamp", b"0123456789abcdef").await;
    let before = store.get(&[b"stamp"]).await.unwrap();
    assert_ne!(before.era, 0);
    assert_eq!(before.era, other.get(&[b"stamp"]).await.unwrap().era);
    assert_eq!(keep.get(&[b"stamp"]).await.unwrap().era, 0);
    ask(server.port(), &["SAVE"]).unwrap();
    store.delete(&[b"stamp"]).await.unwrap();
    server.kill();
    server.start_again();
    assert!(
        recovered(&store, b"stamp").await.is_some(),
        "what was deleted is back"
    );
    assert_ne!(store.get(&[b"stamp"]).await.unwrap().era, before.era);
    recovered(&keep, b"stamp").await;
    assert_eq!(keep.get(&[b"stamp"]).await.unwrap().era, 0);
}

/// Its replication id changes with the first replica; processes that connected before and after have to agree all the same.
#[tokio::test]
async fn a_new_replica_is_no_new_era_and_is_not_read() {
    let (server, replica) = (redis(), redis());
    let before = at(&server).await.get(&[b"key"]).await.unwrap().era;
    let port = server.port().to_string();
    ask(replica.port(), &["REPLICAOF", "127.0.0.1", &port]).unwrap();
    let start = Instant::now();
    while !ask(replica.port(), &["INFO", "replication"])
        .unwrap()
        .contains("master_link_status:up")
    {
        assert!(start.elapsed() < LIMIT);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(at(&server).await.get(&[b"key"]).await.unwrap().era, before);
    let replicated = at(&replica).await;
    assert!(read(&replicated, b"key").await.is_err());
    ask(replica.port(), &["REPLICAOF", "NO", "ONE"]).unwrap();
    let promoted = replicated.get(&[b"key"]).await.unwrap().era;
    assert_ne!(promoted, before);
}

/// A replica answers reads; who was connected while it was the primary learns of it when it writes.
#[tokio::test]
async fn a_primary_that_became_a_replica_is_left_at_the_first_write() {
    let (server, primary) = (redis(), redis());
    let store = at(&server).await;
    write(&store, b"key", b"value").await;
    let port = primary.port().to_string();
    ask(server.port(), &["REPLICAOF", "127.0.0.1", &port]).unwrap();
    assert!(store.delete(&[b"key"]).await.is_err());
    assert!(read(&store, b"key").await.is_err());
}

#[tokio::test]
async fn what_is_no_string_is_absent_and_harms_no_other() {
    let server = redis();
    let store = at(&server).await;
    write(&store, b"string", b"0123456789abcdef").await;
    ask(server.port(), &["RPUSH", "list", "0123456789abcdef"]).unwrap();
    let answer = store.get(&[b"list", b"string"]).await.unwrap();
    assert_eq!(answer.found[0], None);
    assert!(matches!(&answer.found[1], Some(Found { value, .. }) if value == b"0123456789abcdef"));
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
async fn a_script_that_the_server_has_forgotten_is_sent_again() {
    let server = redis();
    let store = at(&server).await;
    for round in [b"0123456789abcde0", b"0123456789abcde1"] {
        write(&store, b"one", round).await;
        write(&store, b"two", b"fedcba9876543210").await;
        ask(server.port(), &["SCRIPT", "FLUSH"]).unwrap();
        let is = When::Is(Token(*round));
        let puts = [
            put(b"one", b"new", is),
            put(b"new", round, When::Always),
            put(b"two", b"new", is),
        ];
        let written = store.put(&puts).await.unwrap();
        assert_eq!(written, [Written::Yes, Written::Yes, Written::No]);
        assert_eq!(read(&store, b"one").await.unwrap().unwrap(), b"new");
    }
}

#[tokio::test]
async fn a_full_server_refuses_writes_and_deletes() {
    let server = redis();
    let store = at(&server).await;
    write(&store, b"key", b"0123456789abcdef").await;
    ask(server.port(), &["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let is = |token: &'static [u8; 16]| put(b"key", b"new", When::Is(Token(*token)));
    let puts = [
        put(b"other", b"value", When::Always),
        put(b"other", b"value", When::Absent),
        is(b"0123456789abcdef"),
    ];
    assert_eq!(store.put(&puts).await.unwrap(), [Written::TooLarge; 3]);
    assert!(read(&store, b"key").await.unwrap().is_some());
    store.delete(&[b"key"]).await.unwrap();
    assert_eq!(read(&store, b"key").await.unwrap(), None);
}

#[tokio::test]
async fn a_value_that_no_server_takes_is_not_sent() {
    let server = redis();
    let store = at(&server).await;
    let large = vec![0; (512 << 20) + 1];
    let puts = [
        put(b"large", &large, When::Always),
        put(b"small", b"value", When::Always),
    ];
    let written = store.put(&puts).await.unwrap();
    assert_eq!(written, [Written::TooLarge, Written::Yes]);
    assert_eq!(store.put(&puts[..1]).await.unwrap(), [Written::TooLarge]);
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

#[tokio::test]
async fn databases_are_apart() {
    let server = redis();
    let other = server.url().replace("/0", "/1");
    let (store, other) = (
        at(&server).await,
        RedisStore::connect(&other).await.unwrap(),
    );
    write(&store, b"key", b"zero").await;
    assert_eq!(read(&other, b"key").await.unwrap(), None);
    write(&other, b"key", b"one").await;
    assert_eq!(read(&store, b"key").await.unwrap().unwrap(), b"zero");
}

#[tokio::test]
async fn a_socket_of_the_machine_is_reached_by_its_path() {
    let server =
        cache_tests::servers::redis_with(&["--unixsocket", "socket", "--unixsocketperm", "777"]);
    let url = format!(
        "redis+unix://{}?db=1",
        server.folder().join("socket").display()
    );
    let (store, other) = (RedisStore::connect(&url).await.unwrap(), at(&server).await);
    write(&store, b"key", b"value").await;
    assert_eq!(read(&store, b"key").await.unwrap().unwrap(), b"value");
    assert_eq!(read(&other, b"key").await.unwrap(), None);
}

#[tokio::test]
async fn a_password_is_sent_and_not_shown() {
    let server = redis();
    ask(server.port(), &["CONFIG", "SET", "requirepass", "sec/ret"]).unwrap();
    let with = |password: &str| format!("redis://:{password}@127.0.0.1:{}/0", server.port());
    let store = RedisStore::connect(&with("sec%2Fret")).await.unwrap();
    write(&store, b"key", b"value").await;
    assert!(!format!("{store:?}").contains("sec"), "{store:?}");
    let wrong = RedisStore::connect(&with("wrong")).await.unwrap();
    let error = read(&wrong, b"key").await.unwrap_err();
    assert!(
        error.is_store() && !format!("{error:?}").contains("wrong@"),
        "{error:?}"
    );
    assert!(read(&at(&server).await, b"key").await.is_err());
}

#[tokio::test]
async fn a_server_without_tls_is_an_error_of_the_call() {
    let server = redis();
    let store = RedisStore::connect(&server.url().replace("redis:", "rediss:")).await;
    assert!(read(&store.unwrap(), b"key").await.unwrap_err().is_store());
}

#[tokio::test]
async fn wrong_addresses_are_errors() {
    for (url, named) in [
        ("redis://127.0.0.1/first", "database"),
        ("redis://127.0.0.1:port/0", ""),
        ("redis:", ""),
        ("rediss://127.0.0.1/#insecure", "#"),
        (
            "redis://127.0.0.1?on_failover=perhaps",
            "`on_failover=perhaps`: not `forget` or `keep`",
        ),
        (
            "redis://127.0.0.1?protocol=resp3",
            "`protocol`; there are: on_failover",
        ),
        ("redis://127.0.0.1?db=1", "`db`"),
        ("redis+unix:///socket?db=-1", "`db=-1`"),
        ("redis+cluster://", "names no node"),
        ("redis+cluster://127.0.0.1:1,,127.0.0.1:2", "names no node"),
        ("redis+cluster://127.0.0.1:1/one", ""),
        ("memcached://127.0.0.1", "`memcached` is no scheme"),
    ] {
        let error = RedisStore::connect(url).await.map(drop).unwrap_err();
        assert!(error.is_address(), "{url}: {error}");
        assert!(error.to_string().contains(named), "{url}: {error}");
    }
}
