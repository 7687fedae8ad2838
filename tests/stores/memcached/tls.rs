//! Memcached over TLS.

use cache_core::store::{MemcachedStore, Put, Store, When, Written};
use cache_tests::servers::{Tls, memcached};

#[tokio::test]
async fn a_server_with_tls_is_used_by_a_client_with_a_certificate() {
    let tls = Tls::new();
    let (_server, port) = tls.memcached();
    let url = format!("memcacheds://127.0.0.1:{port}?{}", tls.options_of_client());
    let store = MemcachedStore::connect(&url).await.unwrap();
    let put = Put {
        key: b"key",
        value: &vec![7; 300_000],
        ttl: None,
        when: When::Always,
    };
    assert_eq!(store.put(&[put]).await.unwrap(), [Written::Yes]);
    let found = store.get(&[b"key"]).await.unwrap().found;
    assert_eq!(found[0].as_ref().unwrap().value, put.value);
    assert_eq!(store.address(), format!("memcacheds://127.0.0.1:{port}"));
    let url = format!("memcacheds://127.0.0.1:{port}?tls_ca={}", tls.file("ca"));
    let error = MemcachedStore::connect(&url)
        .await
        .unwrap()
        .get(&[b"key"])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not valid for name"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_an_error_that_names_the_handshake() {
    let server = memcached();
    let url = format!("memcacheds://127.0.0.1:{}", server.port());
    let store = MemcachedStore::connect(&url).await.unwrap();
    let error = store.get(&[b"key"]).await.unwrap_err().to_string();
    assert!(error.contains("TLS handshake with 127.0.0.1"), "{error}");
}

#[tokio::test]
async fn options_of_tls_without_it_are_errors() {
    for (url, said) in [
        (
            "memcached://h?tls_ca=/ca",
            "`tls_ca` needs a scheme with TLS",
        ),
        ("memcacheds://h?tls_ca=/nowhere", "`tls_ca=/nowhere`: "),
        (
            "memcacheds://h?unknown=1",
            "known options: tls_ca, tls_cert, tls_key, tls_server_name",
        ),
    ] {
        let error = MemcachedStore::connect(url).await.map(drop).unwrap_err();
        assert!(
            error.is_invalid_url() && error.to_string().contains(said),
            "{error}"
        );
    }
}
