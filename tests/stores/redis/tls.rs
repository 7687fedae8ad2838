//! Redis over TLS.

use cache_core::store::RedisStore;
use cache_tests::servers::{Tls, redis};

use super::{read, write};

async fn at(url: &str) -> RedisStore {
    RedisStore::connect(url).await.unwrap()
}

#[tokio::test]
async fn a_private_authority_and_a_server_name_are_options() {
    let tls = Tls::new();
    let (_server, port) = tls.redis("no");
    for scheme in ["rediss", "valkeys"] {
        let store = at(&format!("{scheme}://127.0.0.1:{port}/0?{}", tls.options())).await;
        write(&store, b"key", b"value").await;
        assert_eq!(read(&store, b"key").await.unwrap().unwrap(), b"value");
    }
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let tls = Tls::new();
    let (_server, port) = tls.redis("yes");
    let store = at(&format!(
        "rediss://127.0.0.1:{port}?{}",
        tls.options_of_client()
    ))
    .await;
    write(&store, b"key", b"value").await;
    let without = at(&format!("rediss://127.0.0.1:{port}?{}", tls.options())).await;
    let error = read(&without, b"key").await.unwrap_err();
    assert!(error.is_store(), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_trusted_is_an_error_that_says_why() {
    let (tls, other) = (Tls::new(), Tls::new());
    let (_server, port) = tls.redis("no");
    let ca = tls.file("ca");
    for (options, said) in [
        (String::new(), "`tls_ca`"),
        (format!("?{}", other.options()), "invalid peer certificate"),
        (format!("?tls_ca={ca}"), "not valid for name"),
        (
            format!("?tls_ca={ca}&tls_server_name=other.test"),
            "not valid for name",
        ),
    ] {
        let error = read(
            &at(&format!("rediss://127.0.0.1:{port}{options}")).await,
            b"key",
        )
        .await;
        let error = error.unwrap_err().to_string();
        let place = format!("TLS handshake with 127.0.0.1:{port}: ");
        assert!(
            error.contains(said) && error.contains(&place),
            "{options}: {error}"
        );
    }
}

#[tokio::test]
async fn a_server_without_tls_is_an_error_that_names_the_handshake() {
    let server = redis();
    let url = server.url().replace("redis:", "rediss:");
    let error = read(&at(&url).await, b"key").await.unwrap_err();
    assert!(
        error.is_store() && error.to_string().contains("TLS handshake"),
        "{error}"
    );
    let cache = cache_core::Cache::from_url(&url).await.unwrap();
    let error = cache.get::<u64>("key").await.unwrap_err();
    assert!(
        error.is_timeout() && error.to_string().contains("TLS handshake"),
        "{error}"
    );
    assert!(
        error.to_string().contains(&url.replace("/0", "")),
        "{error}"
    );
}

#[tokio::test]
async fn wrong_options_are_errors_at_the_start() {
    let tls = Tls::new();
    let [ca, cert, key] = ["ca", "client", "client-key"].map(|name| tls.file(name));
    for (url, said) in [
        (
            format!("redis://h?tls_ca={ca}"),
            "`tls_ca` needs a scheme with TLS",
        ),
        (
            "redis+unix:///s?tls_server_name=h".into(),
            "`tls_server_name` needs a scheme with TLS",
        ),
        ("rediss://h?tls_ca=/nowhere".into(), "`tls_ca=/nowhere`: "),
        (
            format!("rediss://h?tls_ca={key}"),
            "`tls_ca`: no certificates",
        ),
        (format!("rediss://h?tls_cert={cert}"), "go together"),
        (format!("rediss://h?tls_key={key}"), "go together"),
        (
            format!("rediss://h?tls_cert={cert}&tls_key={cert}"),
            "`tls_key`: no private key",
        ),
        (
            format!("rediss://h?tls_cert={key}&tls_key={key}"),
            "`tls_cert`: no certificates",
        ),
        ("rediss://h?tls_server_name=a%20b".into(), "not a host name"),
        (
            "rediss+cluster://h?tls_server_name=h".into(),
            "the certificates of a cluster",
        ),
        (
            "rediss://h?tls=off".into(),
            "unknown option `tls`; known options: backplane, on_failover, tls_ca, tls_cert, tls_key",
        ),
    ] {
        let error = RedisStore::connect(&url).await.map(drop).unwrap_err();
        assert!(
            error.is_invalid_url() && error.to_string().contains(said),
            "{url}: {error}"
        );
    }
}
