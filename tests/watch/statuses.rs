//! `Cache-Status`: why a page was not there.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cache_core::dashboard::router;
use cache_core::testing::Clock;
use cache_core::{cache_page, vary_on};
use http::{Request, StatusCode};

use crate::support::{ask, json, site};

#[cache_page(ttl = "1m", tags("status:pages"))]
#[vary_on(headers = ["Accept-Language"])]
async fn page() -> &'static str {
    "a page"
}

async fn status(app: &Router, language: &str) -> String {
    let request = Request::get("/page")
        .header("host", "localhost")
        .header("accept-language", language);
    let response = ask(app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.headers()["cache-status"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_page_says_why_it_was_rendered() {
    let (clock, app) = (Clock::freeze(), Router::new().route("/page", get(page)));
    assert_eq!(status(&app, "en").await, "cache-core; fwd=miss; stored");
    assert_eq!(status(&app, "en").await, "cache-core; hit; ttl=60");
    clock.advance(Duration::from_mins(1));
    assert_eq!(
        status(&app, "en").await,
        "cache-core; fwd=stale; stored; detail=expired"
    );
    cache_core::invalidate_tag("status:pages").await.unwrap();
    assert_eq!(
        status(&app, "en").await,
        "cache-core; fwd=miss; stored; detail=invalidated"
    );
    assert_eq!(
        status(&app, "de").await,
        "cache-core; fwd=vary-miss; stored; detail=variant"
    );
}

#[tokio::test]
async fn keys_of_a_page_can_be_read_though_it_was_opened_early_before_its_first_miss() {
    #[cache_page(ttl = "1m")]
    async fn opened_early() -> &'static str {
        "a page"
    }
    let app = Router::new().route("/looked-at", get(opened_early));
    let app = app.nest("/_cache", router());
    let detail = async || {
        let id = site(&app, "::opened_early").await["id"].clone();
        json(&app, &format!("site/{id}")).await
    };
    detail().await;
    let request = Request::get("/looked-at?a=1").header("host", "localhost");
    ask(&app, request.body(Body::empty()).unwrap()).await;
    let last = &detail().await["recent"][0];
    assert_eq!(last["key"], "/looked-at?a=1 (host: localhost)");
}
