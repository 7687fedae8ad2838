//! What clients send about caching and about themselves.

use axum::http::StatusCode;
use cache_core::{cache_page, vary_on};

use crate::support::{assert_apart, assert_same, get, get_with, run, site};

#[tokio::test]
async fn a20_clients_do_not_steer_the_cache() {
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let kept = get(&app, "/a20").await;
    for (name, value) in [
        ("cache-control", "no-cache"),
        ("cache-control", "no-store, max-age=0"),
        ("cache-control", "only-if-cached"),
        ("pragma", "no-cache"),
        ("x-invalidate-cache", "true"),
        ("if-match", "\"other\""),
        ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("if-range", "\"other\""),
    ] {
        let answer = get_with(&app, "/a20", &[(name, value)]).await;
        answer.assert_hit();
        assert_same(&kept, &answer);
    }
    get_with(&app, "/a20/new", &[("cache-control", "no-store")])
        .await
        .assert_stored();
}

#[tokio::test]
async fn a7_credentials_that_nothing_reads_go_past_the_cache() {
    #[cache_page(ttl = "5m")]
    async fn page() -> ([(&'static str, &'static str); 1], String) {
        ([("cache-control", "max-age=600")], format!("run {}", run()))
    }
    let app = site(page);
    let alice = get_with(&app, "/a7", &[("authorization", "Bearer alice")]).await;
    alice.assert_bypassed("authorization");
    let anybody = get(&app, "/a7").await;
    assert_apart(&alice, &anybody);
    assert_apart(
        &anybody,
        &get_with(&app, "/a7", &[("authorization", "Bearer bob")]).await,
    );
}

#[tokio::test]
async fn a7_credentials_in_the_key_tell_visitors_apart() {
    #[vary_on(headers = ["Authorization"])]
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let alice = get_with(&app, "/a7/varied", &[("authorization", "Bearer alice")]).await;
    assert_same(
        &alice,
        &get_with(&app, "/a7/varied", &[("authorization", "Bearer alice")]).await,
    );
    assert_apart(
        &alice,
        &get_with(&app, "/a7/varied", &[("authorization", "Bearer bob")]).await,
    );
    assert_apart(&alice, &get(&app, "/a7/varied").await);
}

#[tokio::test]
async fn a11_a_session_that_is_not_declared_is_not_read() {
    #[cache_page(ttl = "5m")]
    async fn page() -> (StatusCode, String) {
        (StatusCode::OK, format!("run {}", run()))
    }
    let app = site(page);
    let first = get_with(&app, "/a11", &[("cookie", "session=alice")]).await;
    first.assert_stored();
    assert_same(
        &first,
        &get_with(&app, "/a11", &[("cookie", "session=bob")]).await,
    );
}
