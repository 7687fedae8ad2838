//! The layer around routers, around parts of them, and with caches of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::middleware::{Next, map_request};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use cache_core::{Cache, CachePageLayer, Caches, WithCaches, cached};
use http::StatusCode;
use tower::ServiceExt;
use tower_http::cors::CorsLayer;

use crate::support::{Gate, ReadResponse, read, request, settle};

pub(crate) async fn ask(
    app: &Router,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
) -> ReadResponse {
    let response = app.clone().oneshot(request(method, target, fields)).await;
    read(response.unwrap()).await
}

/// A handler that says what it sees, and how often it ran.
fn counted()
-> impl Fn(OriginalUri, Request) -> std::future::Ready<Response> + Clone + Send + Sync + 'static {
    let runs = Arc::new(AtomicUsize::new(0));
    move |OriginalUri(original), request| {
        let run = runs.fetch_add(1, SeqCst) + 1;
        let body = format!("{original} {} run {run}", request.uri());
        std::future::ready(([("cache-control", "max-age=60")], body).into_response())
    }
}

#[tokio::test]
async fn a_layer_around_a_router_stores_what_its_handlers_say() {
    let app = Router::new()
        .route("/{id}", any(counted()))
        .layer(CachePageLayer::shared());
    let first = ask(&app, "GET", "/a", &[]).await;
    assert_eq!(
        ask(&app, "GET", "/a", &[]).await.assert_hit().body,
        first.body
    );
    ask(&app, "GET", "/b", &[]).await.assert_miss();
    ask(&app, "DELETE", "/a", &[]).await;
    ask(&app, "GET", "/a", &[]).await.assert_miss();
    ask(&app, "GET", "/b", &[]).await.assert_hit();
}

/// One handler, mounted twice below layers that share a cache, sees one path; its pages are two.
#[tokio::test]
async fn nested_routers_whose_paths_are_stripped_share_no_page() {
    let layer = CachePageLayer::shared();
    let inner = Router::new().route("/page", any(counted())).layer(layer);
    let app = Router::new()
        .nest("/one", inner.clone())
        .nest("/two", inner);
    let one = ask(&app, "GET", "/one/page", &[]).await;
    let two = ask(&app, "GET", "/two/page", &[]).await;
    assert!(one.body.starts_with("/one/page /page "), "{}", one.body);
    assert!(two.assert_miss().body.starts_with("/two/page /page "));
    assert_eq!(
        ask(&app, "GET", "/one/page", &[]).await.assert_hit().body,
        one.body
    );
    // A change is of what the client has asked for.
    ask(&app, "POST", "/one/page", &[]).await;
    ask(&app, "GET", "/one/page", &[]).await.assert_miss();
    ask(&app, "GET", "/two/page", &[]).await.assert_hit();
}

/// An outer layer and an inner one, and a page that both have, go together.
#[tokio::test]
async fn a_change_reaches_layers_within_layers() {
    let inner = Router::new()
        .route("/page", any(counted()))
        .layer(CachePageLayer::shared());
    let app = Router::new()
        .nest("/one", inner)
        .layer(CachePageLayer::shared());
    ask(&app, "GET", "/one/page", &[]).await;
    ask(&app, "GET", "/one/page", &[]).await.assert_hit();
    ask(&app, "PUT", "/one/page", &[]).await;
    let again = ask(&app, "GET", "/one/page", &[]).await;
    assert!(again.body.ends_with("run 3"), "{again:?}");
}

/// CVE-2026-59426: who is refused outside of the layer gets nothing of it.
#[tokio::test]
async fn a_guard_outside_of_the_layer_is_asked_each_time() {
    async fn guard(request: Request, next: Next) -> Response {
        match request.headers().contains_key("x-member") {
            true => next.run(request).await,
            false => StatusCode::FORBIDDEN.into_response(),
        }
    }
    let app = Router::new()
        .route("/", any(counted()))
        .layer(CachePageLayer::shared())
        .layer(axum::middleware::from_fn(guard));
    ask(&app, "GET", "/", &[("x-member", "1")]).await;
    ask(&app, "GET", "/", &[("x-member", "1")])
        .await
        .assert_hit();
    assert_eq!(ask(&app, "GET", "/", &[]).await.status, 403);
}

#[tokio::test]
async fn caches_of_a_router_are_its_own() {
    let layer = CachePageLayer::shared();
    let app = |_name: &str| {
        let caches = Caches::default().with("default", Cache::memory(100));
        Router::new()
            .route("/", any(counted()))
            .layer(layer.clone())
            .layer(WithCaches::new(caches))
    };
    let (one, other) = (app("one"), app("other"));
    ask(&one, "GET", "/", &[]).await;
    ask(&one, "GET", "/", &[]).await.assert_hit();
    ask(&other, "GET", "/", &[]).await.assert_miss();
    ask(&other, "GET", "/", &[]).await.assert_hit();
    ask(&one, "POST", "/", &[]).await;
    ask(&one, "GET", "/", &[]).await.assert_miss();
    ask(&other, "GET", "/", &[]).await.assert_hit();
}

/// A page that was made of a cached value goes when that is invalidated.
#[tokio::test]
async fn a_page_goes_with_what_it_was_made_of() {
    #[cached(ttl = "1h", tags("layer-post"))]
    async fn post() -> usize {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        RUNS.fetch_add(1, SeqCst)
    }
    let page = async || ([("cache-control", "max-age=60")], post().await.to_string());
    let inner = Router::new()
        .route("/", get(page))
        .layer(CachePageLayer::shared());
    let nested = Router::new()
        .route("/", get(page))
        .layer(CachePageLayer::shared())
        .layer(CachePageLayer::shared());
    for app in [inner, nested] {
        let first = ask(&app, "GET", "/", &[]).await;
        ask(&app, "GET", "/", &[]).await.assert_hit();
        cache_core::invalidate_tag("layer-post").await.unwrap();
        let second = ask(&app, "GET", "/", &[]).await;
        assert_ne!(second.body, first.body);
    }
}

/// What an inner layer had already tells an outer one that makes its page of it what that depends on.
#[tokio::test]
async fn a_hit_of_an_inner_layer_goes_with_what_it_was_made_of() {
    #[cached(ttl = "1h", tags("layer-inner-post"))]
    async fn post() -> usize {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        RUNS.fetch_add(1, SeqCst)
    }
    let page = async || ([("cache-control", "max-age=60")], post().await.to_string());
    let inner = Router::new()
        .route("/", get(page))
        .layer(CachePageLayer::shared());
    let outer = inner.clone().layer(CachePageLayer::shared());
    let first = ask(&inner, "GET", "/", &[]).await;
    ask(&inner, "GET", "/", &[]).await.assert_hit();
    assert_eq!(ask(&outer, "GET", "/", &[]).await.body, first.body);
    ask(&outer, "GET", "/", &[]).await.assert_hit();
    cache_core::invalidate_tag("layer-inner-post")
        .await
        .unwrap();
    assert_ne!(ask(&outer, "GET", "/", &[]).await.body, first.body);
}

/// So does a response of an inner layer for which an outer one has waited.
#[tokio::test]
async fn a_response_that_was_waited_for_goes_with_what_it_was_made_of() {
    static GATE: Gate = Gate::closed();
    #[cached(ttl = "1h", tags("layer-waited-post"))]
    async fn post() -> usize {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        RUNS.fetch_add(1, SeqCst)
    }
    let page = async || {
        GATE.pass().await;
        ([("cache-control", "max-age=60")], post().await.to_string())
    };
    let inner = Router::new()
        .route("/", get(page))
        .layer(CachePageLayer::shared());
    let outer = inner.clone().layer(CachePageLayer::shared());
    let start = |app: &Router| {
        let app = app.clone();
        tokio::spawn(async move { ask(&app, "GET", "/", &[]).await })
    };
    let leader = start(&inner);
    settle().await;
    let follower = start(&outer);
    settle().await;
    GATE.let_go(1);
    let (leader, follower) = (leader.await.unwrap(), follower.await.unwrap());
    assert_eq!(leader.body, follower.body);
    ask(&outer, "GET", "/", &[]).await.assert_hit();
    cache_core::invalidate_tag("layer-waited-post")
        .await
        .unwrap();
    GATE.let_go(1);
    assert_ne!(ask(&outer, "GET", "/", &[]).await.body, follower.body);
}

/// CVE-2025-49005: what a layer inside adds to `Vary` is told apart; what one outside adds is added to hits.
#[tokio::test]
async fn cross_origin_layers_inside_and_outside() {
    let handler = async || ([("cache-control", "max-age=60"), ("vary", "x-a")], "page");
    let cors = || {
        CorsLayer::new().allow_origin([
            "https://a.example".parse().unwrap(),
            "https://b.example".parse().unwrap(),
        ])
    };
    let inside = Router::new()
        .route("/", get(handler))
        .layer(cors())
        .layer(CachePageLayer::shared());
    let outside = Router::new()
        .route("/", get(handler))
        .layer(CachePageLayer::shared())
        .layer(cors());
    for app in [inside, outside] {
        for origin in [
            "https://a.example",
            "https://b.example",
            "https://a.example",
        ] {
            let answer = ask(&app, "GET", "/", &[("origin", origin)]).await;
            assert_eq!(answer.field("access-control-allow-origin"), origin);
            assert!(answer.field("vary").contains("x-a"), "{answer:?}");
        }
        let evil = ask(&app, "GET", "/", &[("origin", "https://evil.example")]).await;
        assert_eq!(evil.field("access-control-allow-origin"), "");
    }
}

/// A layer that rewrites the target before the cache sees it makes other pages of one.
#[tokio::test]
async fn a_rewrite_outside_of_the_layer_is_seen() {
    async fn rewrite(mut request: Request) -> Request {
        if request.headers().contains_key("x-other") {
            *request.uri_mut() = "/other".parse().unwrap();
        }
        request
    }
    let app = Router::new()
        .fallback(counted())
        .layer(CachePageLayer::shared())
        .layer(map_request(rewrite));
    let own = ask(&app, "GET", "/", &[]).await;
    let other = ask(&app, "GET", "/", &[("x-other", "1")]).await;
    assert_ne!(own.body, other.assert_miss().body);
    assert_eq!(ask(&app, "GET", "/", &[]).await.assert_hit().body, own.body);
}
