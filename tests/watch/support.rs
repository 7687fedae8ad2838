//! Requests to a dashboard.

use axum::Router;
use axum::body::{Body, to_bytes};
use cache_core::dashboard::Dashboard;
use http::{Request, Response, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

/// A program with a dashboard under `/_cache`.
pub(crate) fn mounted(dashboard: Dashboard) -> Router {
    Router::new().nest("/_cache", dashboard.router())
}

pub(crate) async fn ask(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.unwrap()
}

pub(crate) async fn get(app: &Router, path: &str) -> Response<Body> {
    let request = Request::get(path).header("host", "localhost:3000");
    ask(app, request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn text(response: Response<Body>) -> String {
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// The JSON under a path of the dashboard, which must be there.
pub(crate) async fn json(app: &Router, path: &str) -> Value {
    let response = get(app, &format!("/_cache/api/{path}")).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    serde_json::from_str(&text(response).await).unwrap()
}

/// The site of an overview whose name ends so.
pub(crate) async fn site(app: &Router, name: &str) -> Value {
    let overview = json(app, "overview").await;
    let sites = overview["sites"].as_array().unwrap();
    let found = sites
        .iter()
        .find(|site| site["name"].as_str().unwrap().ends_with(name));
    found.unwrap_or_else(|| panic!("{name}")).clone()
}
