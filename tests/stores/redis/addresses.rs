//! The addresses of Redis.

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
async fn redis_is_called_valkey_as_well() {
    let server = redis_with(&["--unixsocket", "socket", "--unixsocketperm", "777"]);
    ask(server.port(), &["CONFIG", "SET", "requirepass", "secret"]).unwrap();
    let socket = server.folder().join("socket").display().to_string();
    let tcp = format!("valkey://:secret@127.0.0.1:{}/1", server.port());
    let unix = format!("valkey+unix://:secret@{socket}?db=1");
    let [tcp, unix] =
        [tcp, unix].map(|url| async move { RedisStore::connect(&url).await.unwrap() });
    let (tcp, unix) = (tcp.await, unix.await);
    write(&tcp, b"key", b"value").await;
    assert_eq!(read(&unix, b"key").await.unwrap().unwrap(), b"value");
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
async fn wrong_addresses_are_errors() {
    for (url, named) in [
        ("redis:", "`//` is missing"),
        ("redis://", "a host is missing"),
        ("redis:///1", "a host is missing"),
        (
            "redis://127.0.0.1/first",
            "`/first` is not a number of a database",
        ),
        (
            "redis://127.0.0.1/-1",
            "`/-1` is not a number of a database",
        ),
        ("redis://127.0.0.1/+1", "not a number of a database"),
        ("redis://127.0.0.1/0/1", "not a number of a database"),
        (
            "redis://127.0.0.1/99999999999",
            "not a number of a database",
        ),
        ("redis://127.0.0.1:port/0", "the port"),
        ("redis://127.0.0.1:0", "the port"),
        ("redis://127.0.0.1 ", "not a host and port"),
        ("redis://127.0.0.1\n", "not a host and port"),
        ("redis://one,two", "several hosts"),
        ("redis://0.0.0.0", "to listen on"),
        ("redis://user@127.0.0.1", "no password"),
        ("redis://:pass/word@127.0.0.1", "write `/` as %2F"),
        ("rediss://127.0.0.1/#insecure", "`#`"),
        (
            "redis://127.0.0.1?on_failover=perhaps",
            "`on_failover=perhaps`: not `forget` or `keep`",
        ),
        (
            "redis://127.0.0.1?protocol=resp3",
            "unknown option `protocol`; known options: backplane, on_failover",
        ),
        ("redis://127.0.0.1?db=1", "unknown option `db`"),
        ("redis+unix://", "whole path"),
        ("redis+unix:///", "whole path"),
        ("redis+unix://socket", "whole path"),
        ("redis+unix:///socket?db=-1", "`db=-1`"),
        ("rediss+unix:///socket", "not a scheme of Redis"),
        ("redis+cluster://", "a host is missing"),
        (
            "redis+cluster://127.0.0.1:1,,127.0.0.1:2",
            "a host is missing",
        ),
        ("redis+cluster://127.0.0.1:1,127.0.0.1:1", "listed twice"),
        ("redis+cluster://127.0.0.1:1/one", "no databases"),
        ("redis+cluster://127.0.0.1:1,127.0.0.1:2/3", "no databases"),
        (
            "redis+sentinel://127.0.0.1",
            "the name of the service is missing",
        ),
        (
            "redis+sentinel://127.0.0.1//1",
            "the name of the service is missing",
        ),
        (
            "redis+sentinel://127.0.0.1/main/one",
            "not a number of a database",
        ),
        (
            "redis+sentinel://127.0.0.1/main?sentinel_user=a",
            "`sentinel_password`",
        ),
        ("valkey+tls://127.0.0.1", "not a scheme of Redis"),
        ("memcached://127.0.0.1", "`memcached` is not a scheme"),
    ] {
        let error = RedisStore::connect(url).await.map(drop).unwrap_err();
        assert!(error.is_invalid_url(), "{url}: {error}");
        assert!(error.to_string().contains(named), "{url}: {error}");
        assert!(!error.to_string().contains("pass/word"), "{url}: {error}");
    }
}
