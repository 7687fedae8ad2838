//! What routers have read of a request on its way to the layer: handlers below can read it too, so it tells pages apart.

use axum::Router;
use axum::extract::{MatchedPath, Path, Request};
use axum::middleware::map_request;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use cache_core::CachePageLayer;
use tower::Layer;

use crate::routers::ask;

/// A middleware between the router that notes the client's target and the router that matches makes other pages of one.
#[tokio::test]
async fn what_a_router_has_read_of_a_rewritten_path_is_told_apart() {
    async fn page(tenant: Path<String>, route: MatchedPath) -> Response {
        let page = format!("{} {}", *tenant, route.as_str());
        ([("cache-control", "max-age=60")], page).into_response()
    }
    async fn rewrite(mut request: Request) -> Request {
        let to = request.headers()["x-to"].to_str().unwrap();
        *request.uri_mut() = to.parse().unwrap();
        request
    }
    let posts = Router::new()
        .route("/posts", any(page))
        .layer(CachePageLayer::shared());
    let inner = Router::new()
        .nest("/t/{tenant}", posts.clone())
        .nest("/u/{user}", posts);
    let app = Router::new().fallback_service(map_request(rewrite).layer(inner));
    for (to, body) in [
        ("/t/alice/posts", "alice /t/{tenant}/posts"),
        ("/t/bob/posts", "bob /t/{tenant}/posts"),
        ("/u/alice/posts", "alice /u/{user}/posts"),
    ] {
        let of = async || ask(&app, "GET", "/posts", &[("x-to", to)]).await;
        assert_eq!(of().await.assert_miss().body, body);
        assert_eq!(of().await.assert_hit().body, body);
    }
    // Clients have asked for `/posts`, whatever became of it.
    ask(&app, "POST", "/posts", &[("x-to", "/t/alice/posts")]).await;
    for to in ["/t/alice/posts", "/t/bob/posts"] {
        ask(&app, "GET", "/posts", &[("x-to", to)])
            .await
            .assert_miss();
    }
}

/// One path under two routes, of routers that share a layer, is two pages.
#[tokio::test]
async fn one_path_under_two_routes_is_two_pages() {
    let page = async |name: Path<String>, route: MatchedPath| {
        let page = format!("{} {}", *name, route.as_str());
        ([("cache-control", "max-age=60")], page)
    };
    let layer = CachePageLayer::shared();
    for route in ["/{name}/x", "/x/{name}"] {
        let app = Router::new().route(route, get(page)).layer(layer.clone());
        let first = ask(&app, "GET", "/x/x", &[]).await;
        assert_eq!(first.assert_miss().body, format!("x {route}"));
        let again = ask(&app, "GET", "/x/x", &[]).await;
        assert_eq!(again.assert_hit().body, first.body);
    }
}
