//! A Redis cluster of three primaries.

use std::time::{Duration, Instant};

use cache_core::store::{Answer, Put, RedisStore, Store, Token, When, Written};
use cache_core::testing::conformance;
use cache_tests::servers::redis::ask;
use cache_tests::servers::{Tls, redis_cluster, redis_cluster_over_tls, redis_with};

const LIMIT: Duration = Duration::from_secs(30);

fn keys() -> Vec<Vec<u8>> {
    (0..100).map(|key| format!("key {key}").into()).collect()
}

async fn write(store: &RedisStore, keys: &[&[u8]]) {
    let puts: Vec<_> = keys
        .iter()
        .map(|key| Put {
            key,
            value: key,
            ttl: Some(Duration::from_secs(600)),
            when: When::Always,
        })
        .collect();
    let written = store.put(&puts).await.unwrap();
    assert!(written.iter().all(|written| *written == Written::Yes));
}

/// Reads until all nodes answer.
async fn recovered(store: &RedisStore, keys: &[&[u8]]) -> Answer {
    let start = Instant::now();
    loop {
        match store.get(keys).await {
            Ok(answer) => return answer,
            Err(error) => assert!(start.elapsed() < LIMIT, "{error:?}"),
        }
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let cluster = redis_cluster();
    conformance(RedisStore::connect(&cluster.url()).await.unwrap()).await;
}

#[tokio::test]
async fn a_cluster_over_tls_is_used_by_those_whom_it_trusts_and_who_trust_it() {
    let (tls, other) = (Tls::new(), Tls::new());
    let cluster = redis_cluster_over_tls(&tls);
    let at = async |options: &str| {
        let url = format!("{}?{options}", cluster.url());
        RedisStore::connect(&url).await.unwrap()
    };
    let store = at(&tls.options_of_cluster()).await;
    let keys = keys();
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    write(&store, &keys).await;
    for node in cluster.nodes() {
        let size: u64 = ask(node.port(), &["DBSIZE"]).unwrap().parse().unwrap();
        assert!((1..100).contains(&size), "{size}");
    }
    let found = store.get(&keys).await.unwrap().found;
    assert!(found.iter().all(Option::is_some));
    let without_certificate = format!("tls_ca={}", tls.file("ca"));
    for options in [&other.options_of_cluster(), &without_certificate, ""] {
        let error = at(options).await.get(&keys).await.unwrap_err();
        assert!(error.is_store(), "{options}: {error}");
    }
}

#[tokio::test]
async fn one_call_reaches_all_nodes() {
    let cluster = redis_cluster();
    let store = RedisStore::connect(&cluster.url()).await.unwrap();
    let keys = keys();
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    write(&store, &keys).await;
    for node in cluster.nodes() {
        let size: u64 = ask(node.port(), &["DBSIZE"]).unwrap().parse().unwrap();
        assert!((1..100).contains(&size), "{size}");
    }
    let found = store.get(&keys).await.unwrap().found;
    assert!(
        found
            .iter()
            .flatten()
            .map(|found| &*found.value)
            .eq(keys.clone())
    );
    let is = |key, token: &[u8; 16]| Put {
        key,
        value: b"new",
        ttl: None,
        when: When::Is(Token(*token)),
    };
    store
        .put(&[Put {
            when: When::Always,
            value: &[7; 16],
            ..is(keys[1], &[0; 16])
        }])
        .await
        .unwrap();
    let written = store
        .put(&[is(keys[0], &[7; 16]), is(keys[1], &[7; 16])])
        .await
        .unwrap();
    assert_eq!(written, [Written::No, Written::Yes]);
    store.delete(&keys).await.unwrap();
    let found = store.get(&keys).await.unwrap().found;
    assert!(found.iter().all(Option::is_none));
}

/// The client of a cluster reconnects by itself, without notice.
#[tokio::test]
async fn a_node_that_restarts_from_a_snapshot_is_another_era() {
    let cluster = redis_cluster();
    let store = RedisStore::connect(&cluster.url()).await.unwrap();
    let keep = format!("{}?on_failover=keep", cluster.url());
    let keep = RedisStore::connect(&keep).await.unwrap();
    let keys = keys();
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    write(&store, &keys).await;
    let before = store.get(&keys).await.unwrap().incarnation;
    assert_ne!(before, 0);
    assert_eq!(keep.get(&keys).await.unwrap().incarnation, 0);
    let node = &cluster.nodes()[1];
    ask(node.port(), &["SAVE"]).unwrap();
    store.delete(&keys).await.unwrap();
    node.kill();
    node.start_again();
    cluster.settle();
    let after = recovered(&store, &keys).await;
    assert!(
        after.found.iter().any(Option::is_some),
        "what was deleted is back"
    );
    assert_ne!(after.incarnation, before);
    assert_eq!(recovered(&keep, &keys).await.incarnation, 0);
}

/// The same without a restart, after which the incarnation is the same.
#[tokio::test]
async fn connections_that_were_cut_are_no_new_era() {
    let cluster = redis_cluster();
    let store = RedisStore::connect(&cluster.url()).await.unwrap();
    let keys = keys();
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    let before = store.get(&keys).await.unwrap().incarnation;
    for node in cluster.nodes() {
        ask(node.port(), &["CLIENT", "KILL", "TYPE", "normal"]).unwrap();
    }
    assert_eq!(recovered(&store, &keys).await.incarnation, before);
}

#[tokio::test]
async fn a_node_that_is_gone_is_an_error_until_it_is_back() {
    let cluster = redis_cluster();
    let store = RedisStore::connect(&cluster.url()).await.unwrap();
    let keys = keys();
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    write(&store, &keys).await;
    cluster.nodes()[0].kill();
    let waiting = tokio::time::timeout(LIMIT, store.get(&keys));
    assert!(waiting.await.unwrap().is_err());
    cluster.nodes()[0].start_again();
    cluster.settle();
    let answer = recovered(&store, &keys).await;
    assert!(answer.found.iter().any(Option::is_none));
    write(&store, &keys).await;
}

/// Asks a server until it gives this answer.
fn until(port: u16, words: &[&str], says: &str) {
    let start = Instant::now();
    while !ask(port, words).is_ok_and(|said| said.contains(says)) {
        assert!(start.elapsed() < LIMIT, "{words:?}: not {says}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The replaced primary redirects the client to its replica, and nothing fails.
#[tokio::test]
async fn a_promoted_replica_is_another_era() {
    let cluster = redis_cluster();
    let (first, replica) = (
        &cluster.nodes()[0],
        redis_with(&["--cluster-enabled", "yes"]),
    );
    let store = RedisStore::connect(&cluster.url()).await.unwrap();
    let id = ask(first.port(), &["CLUSTER", "MYID"]).unwrap();
    let port = first.port().to_string();
    ask(replica.port(), &["CLUSTER", "MEET", "127.0.0.1", &port]).unwrap();
    until(replica.port(), &["CLUSTER", "REPLICATE", &id], "OK");
    until(
        replica.port(),
        &["INFO", "replication"],
        "master_link_status:up",
    );
    until(first.port(), &["INFO", "replication"], "state=online");
    // Slot 0 to 5460: the first.
    let keys: [&[u8]; 1] = [b"bar"];
    let before = recovered(&store, &keys).await.incarnation;
    ask(replica.port(), &["CLUSTER", "FAILOVER", "TAKEOVER"]).unwrap();
    until(first.port(), &["INFO", "replication"], "role:slave");
    let after = recovered(&store, &keys).await.incarnation;
    assert_ne!(after, before);
}
