//! Redis Sentinel.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use cache_core::store::{RedisStore, Store};
use cache_tests::servers::redis::ask;
use cache_tests::servers::{Server, redis, sentinel};

use super::{LIMIT, read, write};

async fn at(url: &str) -> RedisStore {
    RedisStore::connect(url).await.unwrap()
}

/// Waits until the `INFO` of a server, or a Sentinel's answer about its service, contains this.
fn wait(server: &Server, words: &[&str], said: &str) {
    let start = Instant::now();
    while !ask(server.port(), words).is_ok_and(|answer| answer.contains(said)) {
        assert!(start.elapsed() < 3 * LIMIT, "{words:?} never says {said}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn the_primary_is_found_and_after_a_failover_the_new_one() {
    let (first, second) = (redis(), redis());
    let port = first.port().to_string();
    ask(second.port(), &["REPLICAOF", "127.0.0.1", &port]).unwrap();
    wait(&second, &["INFO", "replication"], "master_link_status:up");
    let watching = sentinel(&first);
    let nowhere = sentinel(&first);
    nowhere.kill();
    let both = format!(
        "valkey+sentinel://127.0.0.1:{},127.0.0.1:{}/main/1",
        nowhere.port(),
        watching.port()
    );
    let (store, other) = (at(&watching.url()).await, at(&both).await);
    write(&store, b"key", b"zero").await;
    write(&other, b"key", b"one").await;
    let one = at(&format!("redis://127.0.0.1:{port}/1")).await;
    assert_eq!(read(&one, b"key").await.unwrap().unwrap(), b"one");
    let before = store.get(&[b"key"]).await.unwrap().incarnation;
    assert_eq!(
        before,
        at(&first.url())
            .await
            .get(&[b"key"])
            .await
            .unwrap()
            .incarnation
    );

    wait(&watching, &["SENTINEL", "MASTER", "main"], "num-slaves\n1");
    first.kill();
    assert!(read(&store, b"key").await.is_err());
    wait(&second, &["INFO", "replication"], "role:master");
    let start = Instant::now();
    let after = loop {
        match store.get(&[b"key"]).await {
            Ok(answer) => break answer.incarnation,
            Err(error) => assert!(start.elapsed() < 3 * LIMIT, "{error}"),
        }
    };
    assert_ne!(after, before, "what was not replicated may be back");
    assert_eq!(
        after,
        at(&second.url())
            .await
            .get(&[b"key"])
            .await
            .unwrap()
            .incarnation
    );
    write(&store, b"key", b"after").await;
}

#[tokio::test]
async fn passwords_of_the_servers_and_of_sentinel_are_two() {
    let server = redis();
    let watching = sentinel(&server);
    let store = at(&format!(
        "redis+sentinel://:inner@127.0.0.1:{}/main?sentinel_password=outer",
        watching.port()
    ))
    .await;
    ask(server.port(), &["CONFIG", "SET", "requirepass", "inner"]).unwrap();
    ask(
        watching.port(),
        &["ACL", "SETUSER", "default", "resetpass", ">outer"],
    )
    .unwrap();
    write(&store, b"key", b"value").await;
    let shown = format!("{store:?} {}", store.address());
    assert!(
        !shown.contains("inner") && !shown.contains("outer"),
        "{shown}"
    );
}

#[tokio::test]
async fn sentinels_that_name_no_primary_are_an_error_that_says_why() {
    let server = redis();
    let (watching, gone) = (sentinel(&server), sentinel(&server));
    gone.kill();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_at = silent.local_addr().unwrap();
    let url = format!(
        "redis+sentinel://127.0.0.1:{},{silent_at},127.0.0.1:{}/other",
        watching.port(),
        gone.port()
    );
    let error = read(&at(&url).await, b"key").await.unwrap_err().to_string();
    for said in [
        "no Sentinel names a primary",
        "it does not know `other`",
        "Connection refused",
        &gone.port().to_string(),
        &format!("{silent_at}: no answer"),
    ] {
        assert!(error.contains(said), "{said}: {error}");
    }
    let wrong = at(&format!(
        "redis+sentinel://127.0.0.1:{}/main",
        server.port()
    ))
    .await;
    assert!(
        read(&wrong, b"key")
            .await
            .unwrap_err()
            .to_string()
            .contains("SENTINEL")
    );
}
