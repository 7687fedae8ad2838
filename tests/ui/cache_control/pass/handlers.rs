//! Handlers of every form, without a warning, and beside other attributes in both orders.

#![deny(warnings)]

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Request;
use axum::routing::get;
use cache_core::{cache_control, cache_page, never_cache, vary_on};
use tower::ServiceExt;

const LIFE: Duration = Duration::from_secs(60);

#[cache_control(public, max_age = 0, s_maxage = "1d", must_revalidate, proxy_revalidate, no_transform)]
async fn words() -> &'static str {
    ""
}

#[cache_control(max_age = LIFE)]
async fn computed() -> &'static str {
    ""
}

#[cache_control(private, max_age = hours(life), immutable)]
#[axum::debug_handler]
async fn of_arguments(State(life): State<u64>, Path(mut slug): Path<String>) -> String {
    slug.push_str(&life.to_string());
    slug
}

#[cache_control(no_cache)]
#[vary_on(headers = ["Accept"])]
async fn above(Path(slug): Path<String>) -> Result<String, String> {
    Ok(slug)
}

#[vary_on(headers = ["Accept"])]
#[cache_core::cache_control(no_cache)]
async fn below(Path(slug): Path<String>) -> Result<String, String> {
    Ok(slug)
}

#[cache_control(public, no_store, must_understand, max_age = 60)]
async fn understood() -> &'static str {
    ""
}

#[cache_page(ttl = 60, browser = "30s", namespace = "pages")]
#[cache_control(public, stale_if_error = "1h", cdn = seconds(slug.len() as u64))]
async fn page(Path(slug): Path<String>) -> String {
    slug
}

struct Views;

#[cache_control(public, max_age = 60)]
#[vary_on(headers = ["Accept"])]
impl Views {
    async fn one() -> &'static str {
        ""
    }

    #[never_cache]
    async fn never() -> &'static str {
        ""
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let app = Router::new()
        .route("/words", get(words))
        .route("/computed", get(computed))
        .route("/of/{slug}", get(of_arguments))
        .route("/above/{slug}", get(above))
        .route("/below/{slug}", get(below))
        .route("/understood", get(understood))
        .route("/page/{slug}", get(page))
        .route("/one", get(Views::one))
        .route("/never", get(Views::never))
        .with_state(2_u64);
    for (path, told) in [
        ("/words", "public, must-revalidate, proxy-revalidate, no-transform, max-age=0, s-maxage=86400"),
        ("/computed", "max-age=60"),
        ("/of/a", "private, immutable, max-age=7200"),
        ("/above/a", "no-cache"),
        ("/below/a", "no-cache"),
        ("/understood", "public, no-store, must-understand, max-age=60"),
        ("/page/abc", "public, stale-if-error=3600, max-age=30"),
        ("/one", "public, max-age=60"),
        ("/never", "max-age=0, no-cache, no-store, must-revalidate, private"),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.headers()["cache-control"], told, "{path}");
    }
}
