//! The texts of errors of stores.

use std::fmt::Write;

use cache_core::{Cache, Caches, Error};

/// A port on which nothing listens.
fn closed() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// An error and all its sources, by `Display` and by `Debug`.
fn everything(error: &Error) -> String {
    let mut all = format!("{error} {error:?} {error:#?}");
    assert!(std::error::Error::source(error).is_none(), "{all}");
    let inner = error.get_ref();
    let mut next: Option<&(dyn std::error::Error + 'static)> = inner.map(|inner| inner as _);
    while let Some(source) = next {
        write!(all, " {source} {source:?}").unwrap();
        next = source.source();
    }
    all
}

mod redis {
    use super::{closed, everything};
    use cache_core::{Cache, Caches};
    use cache_tests::servers::redis;

    #[tokio::test]
    async fn of_five_caches_the_error_names_the_one_that_is_down() {
        let (server, down) = (redis(), closed());
        let mut caches = Caches::new();
        for (at, name) in ["one", "two", "three", "four", "five"]
            .into_iter()
            .enumerate()
        {
            let port = if name == "three" { down } else { server.port() };
            let url = format!("redis://user:secret@127.0.0.1:{port}/{at}?prefix=p");
            let url = if name == "three" {
                url
            } else {
                url.replace("user:secret@", "")
            };
            caches = caches.with(name, Cache::from_url(&url).await.unwrap());
        }
        for name in ["one", "two", "four", "five"] {
            caches.get(name).unwrap().set("key", &1_u64).await.unwrap();
        }
        let cache = caches.get("three").unwrap();
        let place = format!("cache `three` (redis://127.0.0.1:{down}/2): ");
        for _ in 0..5 {
            let error = cache.get::<u64>("key").await.unwrap_err();
            let said = error.to_string();
            assert!(
                said.starts_with(&place) && said.contains("Connection refused"),
                "{said}"
            );
            assert!(!everything(&error).contains("secret"), "{error:?}");
        }
        let error = cache.set("key", &1_u64).await.unwrap_err();
        let said = error.to_string();
        assert!(
            said.starts_with(&place) && said.contains("is not called"),
            "{said}"
        );
        assert!(
            said.contains("its last error: ") && said.contains("Connection refused"),
            "{said}"
        );
        assert!(
            error.is_store() && !everything(&error).contains("secret"),
            "{error:?}"
        );
    }
}

/// Of any store at a closed port, and in its `Debug` text.
#[tokio::test]
async fn no_error_contains_a_password() {
    let port = closed();
    for url in [
        format!("redis://user:secret@127.0.0.1:{port}/1"),
        format!("rediss://:secret@127.0.0.1:{port}"),
        format!("redis+cluster://user:secret@127.0.0.1:{port}"),
        format!("redis+sentinel://user:secret@127.0.0.1:{port}/main?sentinel_password=secret"),
        "redis+unix://user:secret@/nowhere".into(),
        format!("postgres://user:secret@127.0.0.1:{port}/db"),
        format!("mysql://user:secret@127.0.0.1:{port}/db"),
        format!("memcached://127.0.0.1:{port}"),
    ] {
        let cache = Cache::from_url(&url).await.unwrap();
        let scheme = url.split(':').next().unwrap();
        let caches = Caches::new().with("down", cache);
        let cache = caches.get("down").unwrap();
        for _ in 0..7 {
            let error = cache.get::<u64>("key").await.unwrap_err();
            let all = format!("{} {cache:?} {caches:?}", everything(&error));
            assert!(!all.contains("secret"), "{all}");
            let place = format!("cache `down` ({scheme}://");
            assert!(error.to_string().starts_with(&place), "{error}");
        }
        let error = cache.delete("key").await.unwrap_err();
        assert!(!everything(&error).contains("secret"), "{error:?}");
    }
}

/// A server that listens and never answers.
#[tokio::test]
async fn a_call_that_takes_too_long_says_what_the_store_was_at() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for (url, at) in [
        (
            format!("redis://user:secret@127.0.0.1:{port}"),
            "signing in at 127.0.0.1",
        ),
        (
            format!("rediss://127.0.0.1:{port}"),
            "TLS handshake with 127.0.0.1",
        ),
        (
            format!("redis+sentinel://127.0.0.1:{port}/main"),
            "for the primary of `main`",
        ),
        (
            format!("redis+cluster://127.0.0.1:{port}"),
            "the nodes of the cluster",
        ),
        (
            format!("memcacheds://127.0.0.1:{port}"),
            "TLS handshake with 127.0.0.1",
        ),
        (
            format!("postgres://user:secret@127.0.0.1:{port}/db"),
            "connecting to the database",
        ),
        (
            format!("mysql://user:secret@127.0.0.1:{port}/db"),
            "connecting to the database",
        ),
    ] {
        let cache = Cache::from_url(&format!("{url}?timeout=100ms"))
            .await
            .unwrap();
        let error = cache.get::<u64>("key").await.unwrap_err();
        let said = error.to_string();
        assert!(
            error.is_timeout() && said.contains("the store did not answer within 100 ms: "),
            "{said}"
        );
        assert!(said.contains(at), "{url}: {said}");
        assert!(!everything(&error).contains("secret"), "{error:?}");
    }
    drop(listener);
}

mod postgres {
    use cache_core::Cache;
    use cache_tests::proxy::Proxy;
    use cache_tests::servers::postgres;

    /// The statement of the first call occupies the only connection.
    #[tokio::test]
    async fn a_call_that_waits_for_a_connection_says_so() {
        let server = postgres();
        let proxy = Proxy::to(server.port());
        let url = server.url_through(&proxy);
        let url = format!("{url}?pool=1&near=0&timeout=1s");
        let cache = Cache::from_url(&url).await.unwrap();
        while cache.get::<u64>("key").await.is_err() {}
        proxy.hold();
        let asked = cache.get::<u64>("key").await.unwrap_err();
        assert!(asked.is_timeout(), "{asked}");
        let waits = cache.get::<u64>("key").await.unwrap_err().to_string();
        let said = "did not answer within 1 s: waiting for the only connection, which is busy";
        assert!(waits.ends_with(said), "{waits}");
        proxy.release();
    }
}
