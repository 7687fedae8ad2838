//! Servers that die, hang, forget and fill up.

use std::time::{Duration, Instant};

use cache_core::store::{RedisStore, Store, Token, When, Written};
use cache_tests::servers::redis;
use cache_tests::servers::redis::ask;

use super::{LIMIT, at, put, read, recovered, write};

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
    // Now a new connection gets no answer.
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
    assert_ne!(before.incarnation, 0);
    assert_eq!(
        before.incarnation,
        other.get(&[b"stamp"]).await.unwrap().incarnation
    );
    assert_eq!(keep.get(&[b"stamp"]).await.unwrap().incarnation, 0);
    ask(server.port(), &["SAVE"]).unwrap();
    store.delete(&[b"stamp"]).await.unwrap();
    server.kill();
    server.start_again();
    assert!(
        recovered(&store, b"stamp").await.is_some(),
        "what was deleted is back"
    );
    assert_ne!(
        store.get(&[b"stamp"]).await.unwrap().incarnation,
        before.incarnation
    );
    recovered(&keep, b"stamp").await;
    assert_eq!(keep.get(&[b"stamp"]).await.unwrap().incarnation, 0);
}

/// The replication id changes with the first replica; processes that connected before and after must agree all the same.
#[tokio::test]
async fn a_new_replica_is_no_new_era_and_is_not_read() {
    let (server, replica) = (redis(), redis());
    let before = at(&server).await.get(&[b"key"]).await.unwrap().incarnation;
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
    assert_eq!(
        at(&server).await.get(&[b"key"]).await.unwrap().incarnation,
        before
    );
    let replicated = at(&replica).await;
    assert!(read(&replicated, b"key").await.is_err());
    ask(replica.port(), &["REPLICAOF", "NO", "ONE"]).unwrap();
    let promoted = replicated.get(&[b"key"]).await.unwrap().incarnation;
    assert_ne!(promoted, before);
}

/// A replica answers reads; a client that connected while it was the primary notices it by its next write.
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
