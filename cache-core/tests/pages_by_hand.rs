//! Pages expanded by hand: what `#[cache_page]` must write, and what it must do.

#![cfg(feature = "axum")]
#![allow(
    non_camel_case_types,
    missing_docs,
    clippy::pedantic,
    clippy::type_complexity,
    clippy::unwrap_used
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, FromRequestParts, Json, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use cache_core::__private::{self as p, axum as a, page as g};
use serde::Deserialize;
use tower::ServiceExt;

macro_rules! page {
    ($name:literal, $key:expr, $page:ident => $rules:expr) => {{
        static SITE: p::Site = p::Site::new(p::SiteInfo {
            name: concat!(module_path!(), "::", $name),
            file: file!(),
            line: line!(),
            kind: p::Kind::Page,
            key: $key,
            ttl: None,
            cache: None,
            capacity: None,
            version: 0,
        });
        static PAGE: g::Page = {
            let $page = g::Page::new(&SITE);
            $rules
        };
        p::inventory::submit! { p::Registered(&SITE) }
        &PAGE
    }};
}

#[derive(Clone)]
struct Db;

#[derive(Deserialize)]
struct Filter {
    page: Option<u32>,
}

#[derive(Debug)]
struct AppError;

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

type Answer<T> = Result<T, AppError>;

static RUNS: AtomicU32 = AtomicU32::new(0);

// #[cache_page(ttl = "5m")]
enum list {}
impl list {
    async fn uncached(
        State(_): State<Db>,
        Query(filter): Query<Filter>,
    ) -> Answer<impl IntoResponse> {
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        if filter.page == Some(0) {
            Err(AppError)
        } else {
            Ok(Html(format!("{:?} {run}", filter.page)))
        }
    }
    fn __page() -> &'static g::Page {
        page!("list", None, page => page)
    }
    fn __copy() -> p::Copy {
        p::Copy::of(Self::__page().site(), &|| ())
    }
}
async fn list(
    __page: a::Deferred<a::Nil, a::Keyed<State<Db>, a::KeyedLast<Query<Filter>>>>,
) -> a::Response {
    {
        enum db {}
        a::known::by_url::<db, State<Db>, _>(std::marker::PhantomData);
    }
    {
        enum filter {}
        a::known::by_url::<filter, Query<Filter>, _>(std::marker::PhantomData);
    }
    a::serve(
        list::__page(),
        list::__copy(),
        __page,
        |_| a::Lookup::by_url(),
        |_, a::Keyed(__arg0, a::KeyedLast(__arg1))| async move {
            a::answer!(list::uncached(__arg0, __arg1).await)
                .keep(|_| p::Keep::For(Duration::from_secs(300)))
        },
    )
    .await
}

struct User {
    id: u64,
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, StatusCode> {
        let id = parts
            .headers
            .get("x-user")
            .and_then(|id| id.to_str().ok()?.parse().ok());
        id.map(|id| Self { id }).ok_or(StatusCode::UNAUTHORIZED)
    }
}

// #[cache_page(key = "dash_{user.id}", guard(_admin), skip(extra), condition = user.id != 9, browser = "1m")]
// #[vary_on(headers = ["Accept-Language"])]
enum dash {}
impl dash {
    async fn uncached(
        user: User,
        _admin: User,
        State(_): State<Db>,
        extra: Option<Extension<u8>>,
        headers: HeaderMap,
    ) -> Html<String> {
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let mut names: Vec<&str> = headers.keys().map(|name| name.as_str()).collect();
        names.sort_unstable();
        Html(format!(
            "{} {:?} {names:?} {run}",
            user.id,
            extra.map(|Extension(extra)| extra)
        ))
    }
    fn __page() -> &'static g::Page {
        page!("dash", Some("dash_{user.id}"), page => page.vary_headers(&["accept-language"]).guarded().revalidate())
    }
    fn __copy() -> p::Copy {
        p::Copy::of(Self::__page().site(), &|| ())
    }
    fn __key(user: &User) -> cache_core::Key {
        let mut key = cache_core::Key::new();
        key.literal("dash_");
        key.last(&user.id);
        key
    }
}
async fn dash(
    __page: a::Deferred<
        a::Real<User, a::Real<User, a::Nil>>,
        a::Keyed<State<Db>, a::Real<Option<Extension<u8>>, a::KeyedLast<HeaderMap>>>,
    >,
) -> a::Response {
    {
        enum headers {}
        a::known::by_headers::<headers, HeaderMap, _>(std::marker::PhantomData);
    }
    a::serve(
        dash::__page(),
        dash::__copy(),
        __page,
        |a::Real(__arg0, a::Real(_, a::Nil))| {
            a::Lookup::by_key(dash::__key(__arg0))
                .personal(a::personal!(User))
                .when(__arg0.id != 9)
        },
        |a::Real(__arg0, a::Real(__arg1, a::Nil)),
         a::Keyed(__arg2, a::Real(__arg3, a::KeyedLast(__arg4)))| async move {
            a::answer!(dash::uncached(__arg0, __arg1, __arg2, __arg3, __arg4).await)
                .keep(|_| p::Keep::For(Duration::from_secs(300)))
                .browser(Duration::from_secs(60))
        },
    )
    .await
}

// #[cache_page(skip(body))]: a body is there for what is not cached.
enum echo {}
impl echo {
    fn __page() -> &'static g::Page {
        page!("echo", None, page => page)
    }
    fn __copy() -> p::Copy {
        p::Copy::of(Self::__page().site(), &|| ())
    }
}
async fn echo(
    __page: a::Deferred<
        a::Nil,
        a::Keyed<
            Path<String>,
            a::RealLast<Result<Json<String>, axum::extract::rejection::JsonRejection>>,
        >,
    >,
) -> a::Response {
    a::serve(
        echo::__page(),
        echo::__copy(),
        __page,
        |_| a::Lookup::by_url(),
        |_, a::Keyed(__arg0, a::RealLast(__arg1))| async move {
            a::answer!(format!(
                "{} {:?}",
                __arg0.0,
                __arg1.ok().map(|Json(body)| body)
            ))
        },
    )
    .await
}

fn app() -> Router {
    let inner = Router::new()
        .route("/list", get(list))
        .route("/dash", get(dash))
        .route("/echo/{name}", any(echo));
    inner.clone().nest("/in", inner).with_state(Db)
}

async fn send(
    request: axum::http::request::Builder,
    body: Body,
) -> (StatusCode, HeaderMap, String) {
    let request: Request = request.body(body).unwrap();
    let (parts, body) = app().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (
        parts.status,
        parts.headers,
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

async fn fetch(target: &str) -> (StatusCode, HeaderMap, String) {
    send(Request::get(target), Body::empty()).await
}

#[tokio::test]
async fn a_page_is_a_handler_of_any_router() {
    let (status, headers, first) = fetch("/list?page=2").await;
    assert_eq!(
        (status, &headers["cache-status"]),
        (
            StatusCode::OK,
            &"cache-core; fwd=uri-miss; stored".parse().unwrap()
        )
    );
    let (_, headers, second) = fetch("/list?page=2").await;
    assert_eq!(first, second);
    assert!(
        headers["cache-status"]
            .to_str()
            .unwrap()
            .starts_with("cache-core; hit; ttl="),
        "{headers:?}"
    );
    assert_ne!(first, fetch("/list?page=3").await.2);
    assert_ne!(first, fetch("/in/list?page=2").await.2);
    g::invalidate_path(list::__page(), "/list?page=2").await;
    assert_ne!(first, fetch("/list?page=2").await.2);
}

#[tokio::test]
async fn an_error_is_found_by_its_type_and_not_kept() {
    for _ in 0..2 {
        let (status, headers, _) = fetch("/list?page=0").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            headers["cache-status"],
            "cache-core; fwd=uri-miss; detail=error"
        );
    }
}

#[tokio::test]
async fn keyed_and_guarded_arguments_see_the_real_request_and_others_do_not() {
    let visit = |user: &'static str| {
        send(
            Request::get("/dash")
                .header("x-user", user)
                .header("cookie", "a=b")
                .header("accept-language", "de"),
            Body::empty(),
        )
    };
    let (_, headers, first) = visit("1").await;
    assert!(
        first.starts_with("1 None [\"accept-language\"] "),
        "{first}"
    );
    assert_eq!(headers["cache-control"], "private, max-age=60");
    assert_eq!(headers["vary"], "Accept-Language");
    assert_eq!(visit("1").await.2, first);
    assert!(visit("2").await.2.starts_with("2 "));
    let (status, headers, _) = fetch("/dash").await;
    assert_eq!(
        (status, &headers["cache-status"]),
        (
            StatusCode::UNAUTHORIZED,
            &"cache-core; fwd=bypass; detail=rejected".parse().unwrap()
        )
    );
    for _ in 0..2 {
        assert_eq!(
            visit("9").await.1["cache-status"],
            "cache-core; fwd=bypass; detail=condition"
        );
    }
}

#[tokio::test]
async fn a_request_with_a_body_reaches_the_handler_whole() {
    let posted = || {
        send(
            Request::post("/echo/a").header("content-type", "application/json"),
            Body::from("\"hello\""),
        )
    };
    for _ in 0..2 {
        let (_, headers, body) = posted().await;
        assert_eq!(
            (&headers["cache-status"], body.as_str()),
            (
                &"cache-core; fwd=method".parse().unwrap(),
                "a Some(\"hello\")"
            )
        );
    }
    let (_, headers, _) = send(Request::get("/echo/a"), Body::from("\"x\"")).await;
    assert_eq!(
        headers["cache-status"],
        "cache-core; fwd=bypass; detail=request-body"
    );
    assert_eq!(fetch("/echo/a").await.2, "a None");
}
