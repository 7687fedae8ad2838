//! What of a request's target a handler is shown.

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{MatchedPath, NestedPath, OriginalUri, Path, Query};
use axum::routing::get as route;
use cache_core::{cache_page, vary_on};

use crate::support::{assert_same, get, run};

#[tokio::test]
async fn parameters_that_are_no_text_go_past_the_cache() {
    #[cache_page(ttl = "5m")]
    async fn page(path: Result<Path<String>, PathRejection>) -> String {
        format!("{:?} run {}", path.map(|Path(path)| path).ok(), run())
    }
    let app = Router::new().route("/{name}", route(page));
    for _ in 0..2 {
        let answer = get(&app, "/%FF").await;
        assert!(answer.body.starts_with("None run "), "{answer:?}");
        answer.assert_bypassed("target");
    }
    get(&app, "/a").await.assert_stored();
    get(&app, "/a").await.assert_hit();
}

#[derive(serde::Deserialize)]
struct Listing {
    page: u32,
}

#[tokio::test]
async fn a_key_of_the_pages_own_shows_nothing_of_the_target() {
    struct Everything(String);
    impl<S: Sync> axum::extract::FromRequestParts<S> for Everything {
        type Rejection = std::convert::Infallible;

        async fn from_request_parts(
            parts: &mut axum::http::request::Parts,
            _: &S,
        ) -> Result<Self, Self::Rejection> {
            let extensions = &parts.extensions;
            Ok(Self(format!(
                "{} {:?} {:?} {:?}",
                parts.uri,
                extensions.get::<OriginalUri>(),
                extensions.get::<MatchedPath>(),
                extensions.get::<NestedPath>()
            )))
        }
    }
    impl cache_core::VariedInput for Everything {}
    #[vary_on(headers = ["X-Kind"])]
    #[cache_page(ttl = "5m", key = "by_page:{q.page}")]
    async fn page(Query(q): Query<Listing>, all: Everything) -> String {
        format!("{} {} run {}", q.page, all.0, run())
    }
    let inner = Router::new().route("/{name}", route(page));
    let app = Router::new().nest("/a", inner.clone()).nest("/b", inner);
    let first = get(&app, "/a/x?page=1").await;
    assert!(
        first
            .body
            .starts_with("1 / Some(OriginalUri(/)) None None run "),
        "{first:?}"
    );
    assert_same(&first, &get(&app, "/b/y?page=1").await);
}
