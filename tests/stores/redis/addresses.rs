//! What stands in an address.

use cache_core::store::RedisStore;
use cache_tests::servers::redis::ask;
use cache_tests::servers::{redis, redis_with};

use super::{at, read, write};

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
    let server = redis_with(&["--unixsocket", "socket", "--unixsocketperm", "777"]);
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
        ("redis+cluster://127.0.0.1:1/one", "no databases"),
        ("redis+cluster://127.0.0.1:1,127.0.0.1:2/3", "no databases"),
        ("memcached://127.0.0.1", "`memcached` is no scheme"),
    ] {
        let error = RedisStore::connect(url).await.map(drop).unwrap_err();
        assert!(error.is_address(), "{url}: {error}");
        assert!(error.to_string().contains(named), "{url}: {error}");
    }
}
