//! `GET` and `HEAD` share an entry; nothing else is looked up.

use axum::body::Body;
use axum::http::Method;
use cache_core::cache_page;
use cache_core::testing::Clock;

use crate::support::{assert_apart, assert_same, get, request, run, send, site};

#[cache_page(ttl = "5m")]
async fn page(method: Method) -> String {
    format!("{method} run {}", run())
}

#[tokio::test]
async fn a18_a_head_fills_the_entry_of_the_get() {
    let app = site(page);
    let head = send(&app, request("HEAD", "/head-first", &[])).await;
    assert_eq!(head.body, "");
    head.assert_stored();
    let get = get(&app, "/head-first").await;
    get.assert_hit();
    assert!(get.body.starts_with("GET run "), "{get:?}");
    assert_eq!(
        head.field("content-length"),
        Some(get.body.len().to_string())
    );
    assert_eq!(head.field("etag"), get.field("etag"));
}

#[tokio::test]
async fn a18_a_head_after_a_get_has_its_fields_and_no_body() {
    let (_clock, app) = (Clock::freeze(), site(page));
    get(&app, "/get-first").await;
    let (hit, head) = (
        get(&app, "/get-first").await,
        send(&app, request("HEAD", "/get-first", &[])).await,
    );
    assert_eq!(head.body, "");
    head.assert_hit();
    assert_eq!(head.headers, hit.headers);
    assert_same(&hit, &get(&app, "/get-first").await);
}

#[tokio::test]
async fn other_methods_go_past_the_cache() {
    let app = site(page);
    let kept = get(&app, "/methods").await;
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "get",
    ] {
        let (first, second) = (
            send(&app, request(method, "/methods", &[])).await,
            send(&app, request(method, "/methods", &[])).await,
        );
        assert_eq!(first.cache(), "cache-core; fwd=method");
        assert!(
            first.body.starts_with(&format!("{method} run ")),
            "{first:?}"
        );
        assert_apart(&first, &second);
    }
    assert_same(&kept, &get(&app, "/methods").await);
}

#[tokio::test]
async fn a19_a_get_with_a_body_is_neither_answered_from_the_cache_nor_kept() {
    let app = site(page);
    let kept = get(&app, "/fat").await;
    let mut fat = request("GET", "/fat", &[]);
    *fat.body_mut() = Body::from("body");
    let answer = send(&app, fat).await;
    answer.assert_bypassed("request-body");
    assert_apart(&kept, &answer);
    for fields in [
        &[("content-length", "4")][..],
        &[("transfer-encoding", "chunked")],
    ] {
        let answer = send(&app, request("GET", "/fat", fields)).await;
        answer.assert_bypassed("request-body");
        assert_apart(&kept, &answer);
    }
    assert_same(&kept, &get(&app, "/fat").await);
    send(&app, request("GET", "/fat", &[("content-length", "0")]))
        .await
        .assert_hit();
}

#[tokio::test]
async fn a19_a_method_in_a_header_changes_nothing() {
    let app = site(page);
    let kept = get(&app, "/override").await;
    for name in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ] {
        let answer = send(&app, request("GET", "/override", &[(name, "DELETE")])).await;
        assert_same(&kept, &answer);
    }
}
