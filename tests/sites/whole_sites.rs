//! A layer in front of a whole site.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{OriginalUri, Query, Request};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, COOKIE, SET_COOKIE, VARY};
use axum::routing::{any, get};
use cache_core::testing::Clock;
use cache_core::{CachePageLayer, Caches, WithCaches, cached};

use crate::support::{Answer, request, run, send};

/// What a handler saw of a request, and its run.
async fn seen(headers: HeaderMap, request: Request) -> String {
    let mut names: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    names.sort();
    format!(
        "{} {} {} {}",
        run(),
        request.method(),
        request.uri(),
        names.join(" ")
    )
}

fn site(layer: CachePageLayer) -> Router {
    Router::new()
        .route("/", any(seen))
        .route("/other", any(seen))
        .layer(layer)
        .layer(WithCaches::new(Caches::new()))
}

async fn ask(router: &Router, path: &str, fields: &[(&str, &str)]) -> Answer {
    ask_by("GET", router, path, fields).await
}

async fn ask_by(method: &str, router: &Router, path: &str, fields: &[(&str, &str)]) -> Answer {
    let fields = [&[("host", "a.example")], fields].concat();
    send(router, request(method, path, &fields)).await
}

#[tokio::test]
async fn a_page_is_kept_for_the_ttl_of_the_layer() {
    let clock = Clock::freeze();
    let site = site(CachePageLayer::new("10m"));
    let first = ask(&site, "/", &[]).await;
    first.assert_stored();
    clock.advance(Duration::from_secs(599));
    let second = ask(&site, "/", &[]).await;
    assert_eq!(second.assert_hit().body, first.body);
    assert_eq!(second.field("age").as_deref(), Some("599"));
    clock.advance(Duration::from_secs(1));
    assert_ne!(ask(&site, "/", &[]).await.body, first.body);
}

#[tokio::test]
async fn the_site_sees_only_what_is_keyed() {
    let layer = CachePageLayer::new(60)
        .vary_on_headers(["Accept-Language"])
        .vary_on_cookies(["theme"])
        .ignore_cookies(["_ga"]);
    let site = site(layer);
    let fields = [
        ("accept-language", "de"),
        ("user-agent", "x"),
        ("x-forwarded-host", "evil.example"),
        ("cookie", "theme=dark; _ga=1"),
    ];
    let page = ask(&site, "/?b=2&a=1", &fields).await;
    page.assert_stored();
    let expected = r#"GET /?a=1&b=2 accept-language="de" cookie="theme=dark" host="a.example""#;
    assert!(page.body.ends_with(expected), "{}", page.body);
    let alike = [("accept-language", "de"), ("cookie", "_ga=2; theme=dark")];
    assert_eq!(
        ask(&site, "/?a=1&b=2", &alike).await.assert_hit().body,
        page.body
    );
    for other in [
        [("accept-language", "en"), ("cookie", "theme=dark")],
        [("accept-language", "de"), ("cookie", "theme=light")],
    ] {
        ask(&site, "/?a=1&b=2", &other).await.assert_stored();
    }
}

#[tokio::test]
async fn who_may_be_somebody_passes_by() {
    let site = site(CachePageLayer::new(60));
    let page = ask(&site, "/", &[]).await;
    for (name, value, detail) in [
        (AUTHORIZATION, "Bearer x", "authorization"),
        (COOKIE, "session=1", "cookie"),
        (COOKIE, "session", "cookie"),
    ] {
        let passed = ask(&site, "/", &[(name.as_str(), value)]).await;
        passed.assert_bypassed(detail);
        assert_ne!(passed.body, page.body);
        assert!(
            passed.body.contains(value),
            "the site sees it: {}",
            passed.body
        );
        assert_eq!(
            passed.field("cache-control").as_deref(),
            Some("private, no-store")
        );
    }
    assert_eq!(ask(&site, "/", &[]).await.assert_hit().body, page.body);
    // A browser that has kept the page does not show it after a login.
    assert_eq!(page.field("vary").as_deref(), Some("Cookie"));
}

#[tokio::test]
async fn a_head_is_answered_from_the_page_and_fills_it() {
    let site = site(CachePageLayer::new(60));
    let head = ask_by("HEAD", &site, "/", &[]).await;
    assert_eq!(head.assert_stored().body, "");
    let page = ask(&site, "/", &[]).await;
    assert!(page.assert_hit().body.contains("GET / "), "{}", page.body);
    assert_eq!(head.field("content-length"), page.field("content-length"));
}

#[tokio::test]
async fn a_change_forgets_the_path() {
    let site = site(CachePageLayer::new(60));
    let (page, query) = (ask(&site, "/", &[]).await, ask(&site, "/?a=1", &[]).await);
    let other = ask(&site, "/other", &[]).await;
    let changed = ask_by("POST", &site, "/", &[]).await;
    assert_eq!(changed.cache(), "cache-core; fwd=method");
    assert_ne!(ask(&site, "/", &[]).await.body, page.body);
    assert_ne!(ask(&site, "/?a=1", &[]).await.body, query.body);
    assert_eq!(
        ask(&site, "/other", &[]).await.assert_hit().body,
        other.body
    );
}

#[tokio::test]
async fn what_a_page_does_not_keep_a_site_does_not_either() {
    let router = Router::new()
        .route("/cookie", get(|| async { ([(SET_COOKIE, "a=b")], "x") }))
        .route(
            "/private",
            get(|| async { ([(CACHE_CONTROL, "private")], "x") }),
        )
        .route("/vary", get(|| async { ([(VARY, "x-other")], "x") }))
        .layer(CachePageLayer::new(60));
    for (path, detail) in [
        ("/cookie", "set-cookie"),
        ("/private", "private"),
        ("/vary", "vary"),
    ] {
        ask(&router, path, &[]).await.assert_refused(detail);
    }
}

#[tokio::test]
async fn nested_routers_and_hosts_have_pages_of_their_own() {
    let layer = CachePageLayer::new(60);
    let inner = || Router::new().route("/x", any(seen)).layer(layer.clone());
    let router = Router::new().nest("/a", inner()).nest("/b", inner());
    let (one, other) = (
        ask(&router, "/a/x", &[]).await,
        ask(&router, "/b/x", &[]).await,
    );
    other.assert_stored();
    assert_ne!(one.body, other.body);
    let at = |host| request("GET", "/a/x", &[("host", host)]);
    assert_eq!(
        send(&router, at("a.example")).await.assert_hit().body,
        one.body
    );
    send(&router, at("b.example")).await.assert_stored();
}

#[tokio::test]
async fn what_a_page_is_made_of_reaches_it() {
    static LOADS: AtomicU64 = AtomicU64::new(0);
    #[cached(key = "whole_sites_name", tags("whole_sites"))]
    async fn name() -> u64 {
        LOADS.fetch_add(1, Ordering::SeqCst)
    }
    let router = Router::new()
        .route("/", get(|| async { name().await.to_string() }))
        .layer(CachePageLayer::new(60));
    let first = ask(&router, "/", &[]).await;
    assert_eq!(ask(&router, "/", &[]).await.assert_hit().body, first.body);
    cache_core::invalidate_tag("whole_sites").await.unwrap();
    assert_ne!(ask(&router, "/", &[]).await.body, first.body);
}

#[tokio::test]
async fn two_layers_share_nothing_and_clones_share_all() {
    let page = |layer: &CachePageLayer| Router::new().route("/", any(seen)).layer(layer.clone());
    let (one, other) = (CachePageLayer::new(60), CachePageLayer::new(60));
    let first = ask(&page(&one), "/", &[]).await;
    assert_eq!(
        ask(&page(&one), "/", &[]).await.assert_hit().body,
        first.body
    );
    ask(&page(&other), "/", &[]).await.assert_stored();
    assert_eq!((one.stats().hits, one.stats().misses), (1, 1));
}

#[tokio::test]
async fn extractors_under_the_layer_see_the_query() {
    #[derive(serde::Deserialize)]
    struct Page {
        page: u32,
    }
    let router = Router::new()
        .route(
            "/",
            get(|Query(query): Query<Page>| async move { query.page.to_string() }),
        )
        .layer(CachePageLayer::new(60));
    assert_eq!(ask(&router, "/?page=2", &[]).await.body, "2");
    assert_eq!(ask(&router, "/?page=3", &[]).await.body, "3");
}

#[tokio::test]
async fn requests_for_another_protocol_pass_by_as_they_are() {
    let site = site(CachePageLayer::new(60));
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
    let passed = ask(&site, "/", &upgrade).await;
    passed.assert_bypassed("upgrade");
    assert!(passed.body.contains("websocket"), "{}", passed.body);
}

#[tokio::test]
async fn the_site_does_not_see_how_the_first_client_wrote_the_target() {
    let page = async |OriginalUri(original): OriginalUri| original.to_string();
    let router = Router::new()
        .route("/", get(page))
        .layer(CachePageLayer::new(60));
    let first = ask(&router, "/?b=2&a=1", &[]).await;
    assert_eq!(first.body, "/?a=1&b=2");
    ask(&router, "/?a=1&b=2", &[]).await.assert_hit();
}
