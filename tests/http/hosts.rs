//! The host is in the key, in one spelling.

use axum::http::HeaderMap;
use cache_core::cache_page;

use crate::support::{assert_apart, assert_same, get, get_with, run, site};

#[cache_page(ttl = "5m", skip(headers))]
async fn skipping(headers: HeaderMap) -> String {
    format!("{} run {}", headers.len(), run())
}

#[cache_page(ttl = "5m")]
async fn page() -> String {
    format!("run {}", run())
}

#[tokio::test]
async fn hosts_do_not_share() {
    let app = site(page);
    let one = get_with(&app, "/by-host", &[("host", "a.example")]).await;
    for other in [
        "b.example",
        "a.example:8080",
        "www.a.example",
        "a.example.",
        "",
    ] {
        assert_apart(&one, &get_with(&app, "/by-host", &[("host", other)]).await);
    }
    assert_apart(&one, &get(&app, "/by-host").await);
    assert_apart(
        &get_with(&app, "/by-host", &[("host", "")]).await,
        &get(&app, "/by-host").await,
    );
}

#[tokio::test]
async fn one_host_in_several_spellings() {
    let app = site(page);
    let one = get_with(&app, "/spell", &[("host", "a.example")]).await;
    for same in ["A.Example", "a.example:80", "a.example:443", "a.example:"] {
        assert_same(&one, &get_with(&app, "/spell", &[("host", same)]).await);
    }
    assert_same(&one, &get(&app, "http://a.example/spell").await);
    assert_same(
        &one,
        &get_with(&app, "http://A.example:80/spell", &[("host", "a.example")]).await,
    );
}

#[tokio::test]
async fn a_target_that_disagrees_with_its_host_is_not_cached() {
    let app = site(page);
    for (target, fields) in [
        ("http://b.example/absolute", &[("host", "a.example")][..]),
        ("/absolute", &[("host", "a.example"), ("host", "b.example")]),
        ("/absolute", &[("host", "a.example"), ("host", "a.example")]),
        ("/absolute", &[("host", "a.example/../b")]),
        ("/absolute", &[("host", "user@a.example")]),
    ] {
        let (first, second) = (
            get_with(&app, target, fields).await,
            get_with(&app, target, fields).await,
        );
        first.assert_bypassed("host");
        assert_apart(&first, &second);
    }
}

#[tokio::test]
async fn an_argument_that_is_set_aside_sees_the_request_as_it_came() {
    let app = site(skipping);
    let first = get_with(
        &app,
        "/skip",
        &[("host", "A.example:80"), ("x-one", "1"), ("x-two", "2")],
    )
    .await;
    assert!(first.body.starts_with("3 run "), "{first:?}");
    assert_same(
        &first,
        &get_with(&app, "/skip", &[("host", "a.example")]).await,
    );
}
