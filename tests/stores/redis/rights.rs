//! Accounts with restricted rights.

use cache_core::store::{RedisStore, Store, Token, When, Written};
use cache_tests::servers::redis::ask;
use cache_tests::servers::{Server, redis};

use super::{put, read, recovered, write};

fn account(server: &Server, name: &str, rights: &[&str]) -> String {
    let words = ["ACL", "SETUSER", name, "on", ">secret", "~app:*"];
    let words: Vec<&str> = words.iter().chain(rights).copied().collect();
    ask(server.port(), &words).unwrap();
    format!("redis://{name}:secret@127.0.0.1:{}/0", server.port())
}

const NOT_DANGEROUS: [&str; 2] = ["+@all", "-@dangerous"];

/// The rights that the documentation lists.
const LISTED: [&str; 12] = [
    "-@all",
    "+hello",
    "+script|load",
    "+script|exists",
    "+get",
    "+mget",
    "+pttl",
    "+set",
    "+unlink",
    "+eval",
    "+evalsha",
    "+getrange",
];

async fn at(url: &str) -> RedisStore {
    RedisStore::connect(url).await.unwrap()
}

async fn everything_works(store: &RedisStore) {
    write(store, b"app:key", b"0123456789abcdef").await;
    let is = When::Is(Token(*b"0123456789abcdef"));
    let written = store.put(&[put(b"app:key", b"new", is)]).await.unwrap();
    assert_eq!(written, [Written::Yes]);
    assert_eq!(read(store, b"app:key").await.unwrap().unwrap(), b"new");
    store.delete(&[b"app:key"]).await.unwrap();
}

#[tokio::test]
async fn an_account_without_dangerous_commands_is_enough() {
    let server = redis();
    for (name, rights) in [("most", &NOT_DANGEROUS[..]), ("listed", &LISTED)] {
        let url = account(&server, name, rights);
        everything_works(&at(&url).await).await;
        let cache = cache_core::Cache::from_url(&format!("{url}?prefix=app&near=0"))
            .await
            .unwrap();
        cache.set("key", &1_u64).await.unwrap();
        assert_eq!(cache.get::<u64>("key").await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn with_info_no_scripts_are_needed() {
    let server = redis();
    let rights: Vec<&str> = LISTED
        .iter()
        .copied()
        .filter(|right| !right.contains("script|"))
        .collect();
    let url = account(&server, "info", &[&rights[..], &["+info"]].concat());
    everything_works(&at(&url).await).await;
    let keep = account(&server, "keep", &rights);
    everything_works(&at(&format!("{keep}?on_failover=keep")).await).await;
    let error = read(&at(&keep).await, b"app:key")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("grant `+info`"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

/// All processes of an account agree, before and after the change, also those that are connected already.
#[tokio::test]
async fn without_info_a_restart_from_a_snapshot_is_another_era() {
    let server = redis();
    let url = account(&server, "most", &NOT_DANGEROUS);
    let (store, other) = (at(&url).await, at(&url).await);
    write(&store, b"app:stamp", b"0123456789abcdef").await;
    let incarnation =
        async |store: &RedisStore| store.get(&[b"app:stamp"]).await.unwrap().incarnation;
    let before = incarnation(&store).await;
    assert_eq!((before, before != 0), (incarnation(&other).await, true));
    ask(server.port(), &["SAVE"]).unwrap();
    store.delete(&[b"app:stamp"]).await.unwrap();
    server.kill();
    server.start_again();
    account(&server, "most", &NOT_DANGEROUS);
    assert!(
        recovered(&store, b"app:stamp").await.is_some(),
        "what was deleted is back"
    );
    recovered(&other, b"app:stamp").await;
    assert_ne!(incarnation(&store).await, before);
    assert_eq!(incarnation(&store).await, incarnation(&other).await);
}

/// Scripts must not come back from an append-only file, nor reach a replica.
#[tokio::test]
async fn without_info_neither_the_log_nor_a_replica_has_the_era() {
    let server = cache_tests::servers::redis_with(&["--appendonly", "yes"]);
    let url = account(&server, "most", &NOT_DANGEROUS);
    let store = at(&url).await;
    write(&store, b"app:key", b"0123456789abcdef").await;
    let incarnation =
        async |store: &RedisStore| store.get(&[b"app:key"]).await.unwrap().incarnation;
    let before = incarnation(&store).await;
    let replica = redis();
    let port = server.port().to_string();
    ask(replica.port(), &["REPLICAOF", "127.0.0.1", &port]).unwrap();
    let start = std::time::Instant::now();
    while !ask(replica.port(), &["INFO", "replication"])
        .unwrap()
        .contains("master_link_status:up")
    {
        assert!(start.elapsed() < super::LIMIT);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let replicated = at(&account(&replica, "most", &NOT_DANGEROUS)).await;
    assert!(
        read(&replicated, b"app:key")
            .await
            .unwrap_err()
            .to_string()
            .contains("is a replica")
    );
    ask(replica.port(), &["REPLICAOF", "NO", "ONE"]).unwrap();
    assert!(recovered(&replicated, b"app:key").await.is_some());
    assert_ne!(incarnation(&replicated).await, before);
    server.kill();
    server.start_again();
    account(&server, "most", &NOT_DANGEROUS);
    assert!(recovered(&store, b"app:key").await.is_some());
    assert_ne!(incarnation(&store).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_choose_the_era_at_the_same_time_soon_agree() {
    let server = redis();
    let url = account(&server, "most", &NOT_DANGEROUS);
    let mut stores = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let url = url.clone();
        stores.spawn(async move {
            let store = at(&url).await;
            read(&store, b"app:key").await.unwrap();
            store
        });
    }
    let stores = stores.join_all().await;
    let start = std::time::Instant::now();
    loop {
        let mut eras = std::collections::BTreeSet::new();
        for store in &stores {
            eras.insert(
                store
                    .get(&[b"app:key"])
                    .await
                    .map_or(0, |answer| answer.incarnation),
            );
        }
        if eras.len() == 1 && !eras.contains(&0) {
            break;
        }
        assert!(start.elapsed() < super::LIMIT, "{eras:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
