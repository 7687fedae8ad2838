//! Pages stay handlers of any router.

#![deny(warnings)]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use cache_core::{cache_page, vary_on};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tower::ServiceExt;

static RUNS: AtomicU32 = AtomicU32::new(0);

fn run() -> u32 {
    RUNS.fetch_add(1, Relaxed)
}

#[derive(Clone)]
struct Db;

#[derive(serde::Deserialize)]
struct Filter {
    page: u32,
}

struct AppError;

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

struct User {
    id: u64,
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let id = parts.headers.get("x-user").and_then(|id| id.to_str().ok()?.parse().ok());
        id.map(|id| Self { id }).ok_or(StatusCode::UNAUTHORIZED)
    }
}

mod db {
    pub struct Metrics;
}

impl<S: Sync> FromRequestParts<S> for db::Metrics {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

struct Preferences(HeaderMap);

impl<S: Sync> FromRequestParts<S> for Preferences {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self(parts.headers.clone()))
    }
}

impl cache_core::VariedInput for Preferences {}

/// No arguments.
#[cache_page(ttl = 900)]
pub async fn about() -> Html<&'static str> {
    run();
    Html("about")
}

#[cache_page(ttl = if q.page > 1 { minutes(10) } else { minutes(30) }, browser = minutes(q.page.into()), unless = |page: &Html<String>| page.0.is_empty())]
async fn list(State(_db): State<Db>, Query(q): Query<Filter>) -> Result<Html<String>, AppError> {
    if q.page == 0 {
        Err(AppError)?;
    }
    Ok(Html(format!("{} {}", q.page, run())))
}

#[cache_page(ttl = "5m", key = "dash_{user.id}_{page}", guard(_admin), skip(metrics), condition = user.id != 9, browser = "1m", cache_err = "2s")]
#[vary_on(headers = ["Accept-Language"], cookies = ["preferences"])]
async fn dash(
    user: User,
    _admin: User,
    State(Db): State<Db>,
    metrics: db::Metrics,
    Path(page): Path<u32>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, AppError> {
    let db::Metrics = metrics;
    Ok(format!("{} {page} {:?} {}", user.id, headers.get("accept-language"), run()))
}

#[vary_on(cookies)]
#[cache_page]
async fn personalised(prefs: Preferences) -> String {
    format!("{:?} {}", prefs.0.get("cookie"), run())
}

struct Views;

#[cache_page(ttl = "30m")]
#[vary_on(headers = ["User-Agent"])]
impl Views {
    const TITLE: &'static str = "views";

    async fn index(State(_db): State<Db>) -> Html<String> {
        Html(format!("{} {} {}", Self::TITLE, Self::helper(), run()))
    }

    #[cache_page(query = ["page"])]
    #[vary_on(headers = ["Accept-Language"])]
    async fn detail(Path(slug): Path<String>, Query(q): Query<Filter>) -> String {
        format!("{slug} {} {}", q.page, run())
    }

    #[cache_core::never_cache]
    async fn never(State(_db): State<Db>) -> String {
        format!("{} {}", Self::TITLE, run())
    }

    fn helper() -> u8 {
        7
    }
}

fn app() -> Router {
    Router::new()
        .route("/about", get(about))
        .route("/list", get(list))
        .route("/dash/{page}", get(dash))
        .route("/personalised", get(personalised))
        .route("/views", get(Views::index))
        .route("/views/{slug}", get(Views::detail))
        .route("/never", get(Views::never))
        .with_state(Db)
}

async fn fetch(path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for _ in 0..2 {
        assert_eq!(fetch("/about", &[]).await.2, "about");
    }
    assert_eq!(RUNS.load(Relaxed), 1);
    assert_eq!(about::stats().hits, 1);
    about::clear().await;
    fetch("/about", &[]).await;
    assert_eq!(RUNS.load(Relaxed), 2);
    about::invalidate_path("/about").await;
    assert_eq!(about::uncached().await.0, "about");

    let (_, headers, first) = fetch("/list?page=2", &[]).await;
    assert_eq!(headers["cache-control"], "max-age=120");
    assert_eq!(fetch("/list?page=2", &[]).await.2, first);
    assert_ne!(fetch("/list?page=3", &[]).await.2, first);
    assert_eq!(fetch("/list?page=0", &[]).await.0, 500);

    let ada = &[("x-user", "1"), ("accept-language", "de")];
    let (_, headers, first) = fetch("/dash/5", ada).await;
    assert!(first.starts_with("1 5 Some(\"de\") "), "{first}");
    assert!(headers["cache-control"].to_str().unwrap().starts_with("private"), "{headers:?}");
    assert_eq!(fetch("/dash/5", ada).await.2, first);
    assert_ne!(fetch("/dash/5", &[("x-user", "2"), ("accept-language", "de")]).await.2, first);
    assert_ne!(fetch("/dash/6", ada).await.2, first);
    assert_eq!(fetch("/dash/5", &[]).await.0, 401);
    let nine = &[("x-user", "9")];
    assert_ne!(fetch("/dash/5", nine).await.2, fetch("/dash/5", nine).await.2);

    let (_, headers, first) = fetch("/personalised", &[("cookie", "a=b")]).await;
    assert_eq!(headers["vary"], "Cookie");
    assert_eq!(fetch("/personalised", &[("cookie", "a=b")]).await.2, first);
    assert_ne!(fetch("/personalised", &[("cookie", "a=c")]).await.2, first);

    let first = fetch("/views", &[]).await;
    assert!(first.2.starts_with("views 7 "), "{first:?}");
    assert_eq!(first.1["vary"], "User-Agent");
    assert_eq!(fetch("/views", &[]).await.2, first.2);
    let first = fetch("/views/x?page=1&other=2", &[]).await;
    assert_eq!(fetch("/views/x?page=1&other=3", &[]).await.2, first.2);
    assert_ne!(fetch("/views/x?page=2", &[]).await.2, first.2);
    Views::detail_clear().await;
    assert_ne!(fetch("/views/x?page=1", &[]).await.2, first.2);
    let first = fetch("/never", &[]).await;
    assert!(first.1["cache-control"].to_str().unwrap().contains("no-store"));
    assert_ne!(fetch("/never", &[]).await.2, first.2);
}
