//! What a middleware in front of a layer makes of a target, and what routers read in it: handlers below can read it too.

use axum::Router;
use axum::extract::{MatchedPath, NestedPath, Path, Request};
use axum::http::Uri;
use axum::routing::any;
use cache_core::CachePageLayer;
use tower::ServiceExt;

use crate::keys::site;
use crate::support::{get, get_with, request, run, send};

/// Sends a request with a header `x-to` to that target, as a middleware would that knows more of it.
fn rewrite(mut request: Request) -> Request {
    if let Some(to) = request.headers().get("x-to") {
        let to: Uri = to.to_str().expect("text").parse().expect("a target");
        *request.uri_mut() = to;
    }
    request
}

/// What a middleware in front has made of a target is told apart, and shown.
#[tokio::test]
async fn what_was_rewritten_on_the_way_is_told_apart() {
    let inner = site(CachePageLayer::new(60)).map_request(rewrite);
    let app = Router::new().fallback_service(inner);
    for to in ["/a", "/b", "/a?x=1", "/a?x=2", "/asked"] {
        let first = get_with(&app, "/asked", &[("x-to", to)]).await;
        let expected = format!("GET {to} /asked ");
        assert!(first.body.starts_with(&expected), "{to}: {first:?}");
        let again = get_with(&app, "/asked", &[("x-to", to)]).await;
        assert_eq!(again.assert_hit().body, first.body);
    }
}

/// What a router has read in a path that was rewritten before is in the key (CVE-2026-94484, where one route's entry was another's).
#[tokio::test]
async fn what_a_router_has_read_of_a_rewritten_path_is_told_apart() {
    async fn page(tenant: Path<String>, route: MatchedPath, nested: NestedPath) -> String {
        format!(
            "{} {} {} run {}",
            *tenant,
            route.as_str(),
            nested.as_str(),
            run()
        )
    }
    let layer = CachePageLayer::new(60);
    let posts = Router::new()
        .route("/posts", any(page))
        .layer(layer.clone());
    let inner = Router::new()
        .nest("/t/{tenant}", posts.clone())
        .nest("/u/{user}", posts);
    let app = Router::new().fallback_service(inner.map_request(rewrite));
    for (to, expected) in [
        ("/t/alice/posts", "alice /t/{tenant}/posts /t/{tenant}"),
        ("/t/bob/posts", "bob /t/{tenant}/posts /t/{tenant}"),
        ("/u/alice/posts", "alice /u/{user}/posts /u/{user}"),
    ] {
        let first = get_with(&app, "/posts", &[("x-to", to)]).await;
        assert!(first.body.starts_with(expected), "{to}: {first:?}");
        let again = get_with(&app, "/posts", &[("x-to", to)]).await;
        assert_eq!(again.assert_hit().body, first.body);
    }
    // Clients have asked for `/posts`, whatever became of it.
    send(
        &app,
        request("POST", "/posts", &[("x-to", "/t/alice/posts")]),
    )
    .await;
    let anew = get_with(&app, "/posts", &[("x-to", "/t/alice/posts")]).await;
    anew.assert_stored();
}

/// One path under two routes, of routers that share a layer, is two pages.
#[tokio::test]
async fn one_path_under_two_routes_is_two_pages() {
    async fn page(name: Path<String>, route: MatchedPath) -> String {
        format!("{} {} run {}", *name, route.as_str(), run())
    }
    let layer = CachePageLayer::new(60);
    let of = |route| Router::new().route(route, any(page)).layer(layer.clone());
    let (one, other) = (of("/{name}/x"), of("/x/{name}"));
    let (first, second) = (get(&one, "/x/x").await, get(&other, "/x/x").await);
    assert!(first.body.starts_with("x /{name}/x run "), "{first:?}");
    assert!(second.body.starts_with("x /x/{name} run "), "{second:?}");
    assert_eq!(get(&one, "/x/x").await.assert_hit().body, first.body);
}
