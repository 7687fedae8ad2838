//! Whoever watches before caches are installed leaves the place to them. The process has one set of installed caches, so this is a
//! program of its own.
#![allow(clippy::unwrap_used, reason = "a test fails so")]

use axum::Router;
use axum::body::{Body, to_bytes};
use cache_core::dashboard::Dashboard;
use cache_core::{CacheMonitor, Caches, cached};
use http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

/// It keeps its values for itself, so it needs no installed caches.
#[cached(local)]
fn square(n: u64) -> u64 {
    n * n
}

async fn answer(app: &Router, path: &str) -> (StatusCode, Value) {
    let request = Request::get(format!("/_cache/api/{path}")).body(Body::empty());
    let response = app.clone().oneshot(request.unwrap()).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

/// How many misses of `square` the dashboard shows.
async fn noted_misses(app: &Router) -> usize {
    let (_, overview) = answer(app, "overview").await;
    let sites = overview["sites"].as_array().unwrap();
    let is_square = |site: &&Value| site["name"].as_str().unwrap().ends_with("::square");
    let id = &sites.iter().find(is_square).unwrap()["id"];
    let (_, detail) = answer(app, &format!("site/{id}")).await;
    detail["recent"].as_array().unwrap().len()
}

#[tokio::test]
async fn watching_and_publishing_install_nothing() {
    // A monitor watches from its beginning, however it is made: this miss is noted before there is a dashboard.
    let _monitor = CacheMonitor::default();
    assert_eq!(square(3), 9);
    let app: Router = Router::new().nest("/_cache", Dashboard::new().router());
    assert!(noted_misses(&app).await > 0);
    for (path, status) in [
        ("overview", StatusCode::OK),
        ("names", StatusCode::OK),
        ("site/0", StatusCode::OK),
        ("entry?key=a", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(answer(&app, path).await.0, status, "{path}");
    }
    cache_core::metrics::publish();
    cache_core::install(Caches::new()).unwrap();
}
