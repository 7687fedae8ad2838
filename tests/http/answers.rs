//! What an answer says of itself.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use cache_core::testing::Clock;
use cache_core::{cache_page, never_cache, vary_on};

use crate::support::{get, get_with, run, site};

#[tokio::test]
async fn a_page_tells_its_age_and_how_long_it_lasts() {
    #[cache_page(ttl = "15m")]
    async fn page() -> Html<String> {
        Html(format!("run {}", run()))
    }
    let (clock, app) = (Clock::freeze(), site(page));
    let first = get(&app, "/").await;
    first.assert_stored();
    assert_eq!(first.field("age"), None);
    clock.advance(Duration::from_secs(100));
    let second = get(&app, "/").await;
    assert_eq!(second.cache(), "cache-core; hit; ttl=800");
    assert_eq!(second.field("age").as_deref(), Some("100"));
    for name in [
        "date",
        "expires",
        "etag",
        "cache-control",
        "content-type",
        "content-length",
    ] {
        assert_eq!(first.field(name), second.field(name), "{name}");
        assert!(first.field(name).is_some(), "{name}");
    }
    assert_eq!(first.field("cache-control").as_deref(), Some("max-age=900"));
    assert_eq!(
        first.field("content-type").as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert!(first.field("etag").expect("a tag").starts_with("W/\""));
    assert_eq!(first.field("vary"), None);
}

#[tokio::test]
async fn the_fields_of_one_second_do_not_stay_for_the_next() {
    #[cache_page(ttl = "10s")]
    async fn page() -> &'static str {
        "page"
    }
    let (clock, app) = (Clock::freeze(), site(page));
    get(&app, "/").await;
    for age in 0..10 {
        for _ in 0..2 {
            let answer = get(&app, "/").await;
            assert_eq!(answer.field("age"), Some(age.to_string()));
            assert_eq!(answer.cache(), format!("cache-core; hit; ttl={}", 10 - age));
        }
        clock.advance(Duration::from_secs(1));
    }
    get(&app, "/").await.assert_stored();
}

#[tokio::test]
async fn what_can_be_invalidated_by_key_is_asked_for_again() {
    #[cache_page(ttl = "15m", key = "all")]
    async fn keyed() -> &'static str {
        "page"
    }
    #[cache_page(ttl = "15m", key = "some", browser = "1m")]
    async fn browser() -> &'static str {
        "page"
    }
    assert_eq!(
        get(&site(keyed), "/")
            .await
            .field("cache-control")
            .as_deref(),
        Some("max-age=0, must-revalidate")
    );
    assert_eq!(
        get(&site(browser), "/")
            .await
            .field("cache-control")
            .as_deref(),
        Some("max-age=60")
    );
}

#[tokio::test]
async fn what_a_handler_says_of_other_caches_stands() {
    #[cache_page(ttl = "15m")]
    async fn page() -> impl IntoResponse {
        (
            [
                ("cache-control", "public, max-age=60"),
                ("etag", "\"own\""),
                ("x-own", "1"),
            ],
            "page",
        )
    }
    let (clock, app) = (Clock::freeze(), site(page));
    let first = get(&app, "/").await;
    for (name, value) in [
        ("cache-control", "public, max-age=60"),
        ("etag", "\"own\""),
        ("x-own", "1"),
    ] {
        assert_eq!(first.field(name).as_deref(), Some(value));
    }
    get(&app, "/").await.assert_hit();
    // Its own `max-age` shortens the page's life as well.
    clock.advance(Duration::from_secs(60));
    get(&app, "/").await.assert_stored();
}

#[tokio::test]
async fn fields_of_one_message_are_not_replayed() {
    #[cache_page(ttl = "15m")]
    async fn page() -> impl IntoResponse {
        (
            [
                ("connection", "close, x-hop"),
                ("x-hop", "1"),
                ("keep-alive", "timeout=5"),
                ("upgrade", "h2c"),
                ("trailer", "x"),
            ],
            "page",
        )
    }
    let app = site(page);
    for answer in [get(&app, "/").await, get(&app, "/").await] {
        for name in [
            "connection",
            "x-hop",
            "keep-alive",
            "upgrade",
            "trailer",
            "transfer-encoding",
        ] {
            assert_eq!(answer.field(name), None, "{name}");
        }
        assert_eq!(answer.field("content-length").as_deref(), Some("4"));
    }
}

#[tokio::test]
async fn the_vary_of_the_key_is_on_every_answer() {
    #[vary_on(headers = ["User-Agent", "Accept-Language"], cookies = ["theme"])]
    #[cache_page(ttl = "15m")]
    async fn page(axum::extract::RawQuery(query): axum::extract::RawQuery) -> impl IntoResponse {
        let status = if query.is_some() {
            StatusCode::BAD_GATEWAY
        } else {
            StatusCode::OK
        };
        (
            status,
            [("vary", "Origin")].map(|own| if query.is_some() { own } else { ("x-own", "1") }),
            "page",
        )
    }
    let app = site(page);
    for _ in 0..2 {
        let answer = get(&app, "/").await;
        assert_eq!(
            answer.field("vary").as_deref(),
            Some("User-Agent, Accept-Language, Cookie")
        );
        assert!(
            answer.cache().contains("hit") || answer.cache().contains("; stored"),
            "{answer:?}"
        );
    }
    let refused = get(&app, "/?x").await;
    assert_eq!(
        refused.field("vary").as_deref(),
        Some("Origin, User-Agent, Accept-Language, Cookie")
    );
    let bypassed = get_with(&app, "/", &[("authorization", "Bearer x")]).await;
    assert_eq!(
        bypassed.field("vary").as_deref(),
        Some("User-Agent, Accept-Language, Cookie")
    );
}

#[tokio::test]
async fn never_cache_is_the_last_word() {
    #[never_cache]
    async fn page() -> impl IntoResponse {
        (
            [
                ("cache-control", "public, max-age=600"),
                ("expires", "Fri, 31 Dec 2049 00:00:00 GMT"),
            ],
            "page",
        )
    }
    let answer = get(&site(page), "/").await;
    assert_eq!(
        answer.field("cache-control").as_deref(),
        Some("max-age=0, no-cache, no-store, must-revalidate, private")
    );
    assert_eq!(answer.field("expires").as_deref(), Some("0"));
}

#[tokio::test]
async fn any_answer_can_be_a_page() {
    #[cache_page(ttl = "5m")]
    async fn json() -> Json<Vec<u64>> {
        Json(vec![run()])
    }
    #[cache_page(ttl = "5m")]
    async fn text() -> &'static str {
        "text"
    }
    #[cache_page(ttl = "5m")]
    async fn tuple() -> (StatusCode, [(&'static str, &'static str); 1], Vec<u8>) {
        (StatusCode::NOT_FOUND, [("x-own", "1")], vec![b'x'])
    }
    #[cache_page(ttl = "5m")]
    async fn empty() {}
    for app in [site(json), site(text), site(tuple), site(empty)] {
        let (first, second) = (get(&app, "/any").await, get(&app, "/any").await);
        second.assert_hit();
        assert_eq!(
            (first.status, first.body, first.headers.get("content-type")),
            (
                second.status,
                second.body,
                second.headers.get("content-type")
            )
        );
    }
}
