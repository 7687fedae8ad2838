//! Hits of pages that are verified.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::routing::get;
use cache_core::testing::verify;
use cache_core::{cache_page, vary_on};
use http::request::Parts;
use http::{Request, StatusCode};

use crate::support::{ask, text};

async fn body(app: &Router, path: &str) -> String {
    let request = Request::get(path).header("host", "localhost");
    let response = ask(app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    text(response).await
}

/// The text of the panic in which this ends, if it does.
async fn found(work: impl Future<Output = ()> + Send + 'static) -> Option<String> {
    let panic = tokio::spawn(verify(work)).await.err()?.into_panic();
    Some(panic.downcast_ref::<String>().unwrap().clone())
}

#[tokio::test]
async fn a_page_that_depends_on_a_global_is_found() {
    static THEME: AtomicU64 = AtomicU64::new(1);
    #[cache_page(ttl = "1h")]
    #[vary_on(headers = ["Accept-Language"])]
    async fn themed(Path(slug): Path<String>, State(name): State<&'static str>) -> String {
        format!("{name} {slug} in theme {}", THEME.load(SeqCst))
    }
    let app: Router = Router::new()
        .route("/posts/{slug}", get(themed))
        .with_state("blog");
    let report = found(async move {
        body(&app, "/posts/a").await;
        body(&app, "/posts/a").await;
        THEME.store(2, SeqCst);
        body(&app, "/posts/a").await;
    });
    let report = report.await.unwrap();
    for part in ["themed", "/posts/a (host: localhost", "theme 1", "theme 2"] {
        assert!(report.contains(part), "{report}");
    }
    assert_eq!(themed::stats().verified, 1);
}

#[tokio::test]
async fn a_right_page_and_one_that_differs_each_time_are_no_faults() {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    #[cache_page(ttl = "1h")]
    async fn right(Path(slug): Path<String>) -> String {
        slug
    }
    #[cache_page(ttl = "1h")]
    async fn random() -> String {
        NEXT.fetch_add(1, SeqCst).to_string()
    }
    #[cache_page(ttl = "1h", verify = false)]
    async fn left_out() -> String {
        NEXT.fetch_add(1, SeqCst).to_string()
    }
    let app: Router = Router::new()
        .route("/right/{slug}", get(right))
        .route("/random", get(random))
        .route("/left-out", get(left_out));
    let report = found(async move {
        for path in ["/right/a", "/random", "/left-out"] {
            let first = body(&app, path).await;
            assert_eq!(body(&app, path).await, first);
        }
    });
    assert_eq!(report.await, None);
    assert_eq!((right::stats().verified, random::stats().impure), (1, 1));
    assert_eq!(left_out::stats().verified + left_out::stats().impure, 0);
}

#[tokio::test]
async fn a_part_of_the_hits_is_verified_behind_their_answers() {
    static THEME: AtomicU64 = AtomicU64::new(1);
    #[cache_page(ttl = "1h", verify = 1.0)]
    async fn sampled() -> String {
        format!("theme {}", THEME.load(SeqCst))
    }
    let app: Router = Router::new().route("/", get(sampled));
    body(&app, "/").await;
    THEME.store(2, SeqCst);
    assert_eq!(body(&app, "/").await, "theme 1");
    assert!(cache_core::drain(Duration::from_secs(10)).await);
    assert_eq!(sampled::stats().wrong_hits, 1);
}

/// Who asks, by a cookie that no key holds by itself.
struct Visitor(String);

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let cookie = parts
            .headers
            .get("cookie")
            .and_then(|cookie| cookie.to_str().ok());
        Ok(Self(cookie.unwrap_or("nobody").to_owned()))
    }
}

#[tokio::test]
async fn a_page_is_not_compared_with_the_page_of_somebody_else() {
    #[cache_page(ttl = "1h", key = "verified:{visitor.0}")]
    async fn greeting(visitor: Visitor) -> String {
        visitor.0
    }
    let app: Router = Router::new().route("/greeting", get(greeting));
    let report = found(async move {
        for _ in 0..2 {
            let request = Request::get("/greeting").header("host", "localhost");
            let request = request.header("cookie", "mara").body(Body::empty());
            assert_eq!(text(ask(&app, request.unwrap()).await).await, "mara");
        }
    });
    assert_eq!(report.await, None);
    let stats = greeting::stats();
    assert_eq!((stats.hits, stats.verified, stats.wrong_hits), (1, 0, 0));
}

#[tokio::test]
async fn a_page_that_is_rendered_again_is_verified_too() {
    static THEME: AtomicU64 = AtomicU64::new(1);
    #[cache_page(ttl = "1h", warm = 5, verify = 1.0)]
    async fn warm() -> String {
        format!("theme {}", THEME.load(SeqCst))
    }
    let app: Router = Router::new().route("/", get(warm));
    let report = found(async move {
        body(&app, "/").await;
        body(&app, "/").await;
        THEME.store(2, SeqCst);
        body(&app, "/").await;
    });
    assert!(report.await.unwrap().contains("warm"));
    assert_eq!(warm::stats().verified, 1);
}
