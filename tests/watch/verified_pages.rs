//! Hits of pages that are verified.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use cache_core::testing::{Clock, scope, verify};
use cache_core::{Caches, cache_page, cached, vary_on};
use http::request::Parts;
use http::{Request, StatusCode};

use crate::support::{ask, text};

async fn answer(app: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).header("host", "localhost");
    let response = ask(app, request.body(Body::empty()).unwrap()).await;
    (response.status(), text(response).await)
}

async fn body(app: &Router, path: &str) -> String {
    let (status, body) = answer(app, path).await;
    assert_eq!(status, StatusCode::OK);
    body
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

#[tokio::test]
async fn a_deleted_page_that_is_still_served_is_found() {
    static DELETED: AtomicBool = AtomicBool::new(false);
    #[cache_page(ttl = "1h", tags("deleted"))]
    async fn post(Path(_slug): Path<String>) -> Response {
        if DELETED.load(SeqCst) {
            return StatusCode::NOT_FOUND.into_response();
        }
        "here".into_response()
    }
    let app: Router = Router::new().route("/posts/{slug}", get(post));
    let report = found(async move {
        body(&app, "/posts/a").await;
        DELETED.store(true, SeqCst);
        body(&app, "/posts/a").await;
    });
    assert!(report.await.unwrap().contains("/posts/a"));
}

#[tokio::test]
async fn pages_without_tags_are_compared_by_what_clients_see() {
    static HOME: AtomicU64 = AtomicU64::new(1);
    #[cache_page(ttl = "1h", tags("moved"))]
    async fn moved() -> Response {
        Redirect::permanent(&format!("/home/{}", HOME.load(SeqCst))).into_response()
    }
    #[cache_page(ttl = "1h", tags("missing"))]
    async fn missing() -> StatusCode {
        StatusCode::NOT_FOUND
    }
    let app: Router = Router::new()
        .route("/moved", get(moved))
        .route("/missing", get(missing));
    let report = found(async move {
        for path in ["/moved", "/missing"] {
            answer(&app, path).await;
            answer(&app, path).await;
        }
        HOME.store(2, SeqCst);
        answer(&app, "/moved").await;
    });
    assert!(report.await.unwrap().contains("/moved"));
    assert_eq!((moved::stats().verified, missing::stats().verified), (1, 1));
}

#[tokio::test]
async fn a_page_that_panics_says_nothing_of_what_is_kept() {
    static FAILS: AtomicBool = AtomicBool::new(false);
    #[cache_page(ttl = "1h")]
    async fn post(Path(slug): Path<String>) -> String {
        assert!(!FAILS.load(SeqCst), "on purpose");
        slug
    }
    let app: Router = Router::new().route("/posts/{slug}", get(post));
    let report = found(async move {
        body(&app, "/posts/a").await;
        FAILS.store(true, SeqCst);
        body(&app, "/posts/a").await;
    });
    assert_eq!(report.await, None);
}

#[tokio::test]
async fn few_pages_that_hang_are_rendered_at_once() {
    static HANGS: AtomicBool = AtomicBool::new(false);
    static BEGUN: AtomicU64 = AtomicU64::new(0);
    #[cache_page(ttl = "1h", verify = 1.0)]
    async fn page() -> &'static str {
        if HANGS.load(SeqCst) {
            BEGUN.fetch_add(1, SeqCst);
            std::future::pending::<()>().await;
        }
        "x"
    }
    let clock = Clock::freeze();
    let app: Router = Router::new().route("/", get(page));
    body(&app, "/").await;
    HANGS.store(true, SeqCst);
    for _ in 0..100 {
        body(&app, "/").await;
        tokio::task::yield_now().await;
    }
    assert_eq!(BEGUN.load(SeqCst), 4);
    clock.advance(Duration::from_secs(10));
    // They have given up, and make room for others.
    for _ in 0..100 {
        body(&app, "/").await;
        tokio::task::yield_now().await;
    }
    assert_eq!(BEGUN.load(SeqCst), 8);
}

#[tokio::test]
async fn a_page_is_verified_in_the_caches_of_its_test() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cached(key = "verified:part:{n}")]
    fn part(n: u64) -> u64 {
        RUNS.fetch_add(1, SeqCst);
        n
    }
    #[cache_page(ttl = "1h", verify = 1.0)]
    async fn page() -> String {
        part(1).to_string()
    }
    let app: Router = Router::new().route("/", get(page));
    let work = async {
        body(&app, "/").await;
        body(&app, "/").await;
        assert!(cache_core::drain(Duration::from_secs(10)).await);
        assert_eq!(part::peek(&1), Some(1));
    };
    scope(Caches::new(), work).await;
    assert_eq!((part::peek(&1), RUNS.load(SeqCst)), (None, 1));
}

#[tokio::test]
async fn what_a_run_that_verifies_has_rendered_is_given_to_nobody() {
    static WHO: AtomicU64 = AtomicU64::new(1);
    #[cache_page(ttl = "1h", verify = 1.0)]
    async fn mine() -> String {
        format!("user {}", WHO.load(SeqCst))
    }
    let app: Router = Router::new().route("/", get(mine));
    let work = async {
        body(&app, "/").await;
        WHO.store(2, SeqCst);
        for _ in 0..5 {
            assert_eq!(body(&app, "/").await, "user 1");
        }
        assert!(cache_core::drain(Duration::from_secs(10)).await);
        assert_eq!(body(&app, "/").await, "user 1");
    };
    scope(Caches::new(), work).await;
    assert!(mine::stats().wrong_hits >= 1);
}
