//! What of an answer is one message's, and what is the page's.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Json, Path, RawQuery};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use axum::response::{Extension, IntoResponse};
use axum::routing::post;
use axum::{Router, routing::get as route};
use bytes::Bytes;
use cache_core::testing::Clock;
use cache_core::{cache_page, never_cache, vary_on};
use http_body::Frame;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::support::{assert_apart, assert_same, get, get_with, request, run, send, site};

#[tokio::test]
async fn fields_of_one_run_go_to_the_client_of_that_run() {
    const OF_ONE_RUN: [&str; 9] = [
        "server-timing",
        "x-request-id",
        "x-correlation-id",
        "traceparent",
        "x-runtime",
        "ratelimit",
        "x-ratelimit-remaining",
        "authentication-info",
        "set-login",
    ];
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        let mut headers = HeaderMap::new();
        for name in OF_ONE_RUN {
            headers.insert(name, HeaderValue::from(run()));
        }
        headers.insert("x-own", HeaderValue::from_static("1"));
        (headers, "page")
    }
    let app = site(page);
    let (first, hit) = (get(&app, "/").await, get(&app, "/").await);
    hit.assert_hit();
    for name in OF_ONE_RUN {
        assert!(first.field(name).is_some(), "{name}");
        assert_eq!(hit.field(name), None, "{name}");
    }
    assert_eq!(hit.field("x-own").as_deref(), Some("1"));
    // They are no part of the page, so that its tag is the same after every run.
    page::clear().await;
    assert_eq!(get(&app, "/").await.field("etag"), first.field("etag"));
}

#[tokio::test]
async fn what_is_for_one_visitor_is_not_kept() {
    #[cache_page(ttl = "5m")]
    async fn page(Path(case): Path<u32>) -> impl IntoResponse {
        let (name, value) = match case {
            0 => ("clear-site-data", "\"cookies\""),
            1 => ("x-csrf-token", "secret"),
            2 => (
                "content-security-policy",
                "default-src 'self'; script-src 'NONCE-abc'",
            ),
            3 => (
                "content-security-policy-report-only",
                "script-src 'nonce-abc'",
            ),
            _ => ("content-security-policy", "script-src 'sha256-abc'"),
        };
        ([(name, value)], format!("run {}", run()))
    }
    let app = Router::new().route("/{case}", route(page));
    for (case, detail, name) in [
        (0, "clear-site-data", "clear-site-data"),
        (1, "csrf-token", "x-csrf-token"),
        (2, "csp-nonce", "content-security-policy"),
        (3, "csp-nonce", "content-security-policy-report-only"),
    ] {
        let target = format!("/{case}");
        let first = get(&app, &target).await;
        first.assert_refused(detail);
        assert!(first.field(name).is_some());
        assert_apart(&first, &get(&app, &target).await);
    }
    get(&app, "/4").await.assert_stored();
    get(&app, "/4").await.assert_hit();
}

#[derive(Clone, PartialEq, Debug)]
struct Seen(u64);

#[tokio::test]
async fn extensions_of_an_answer_reach_the_layers_around_the_run_that_made_it() {
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        (Extension(Seen(7)), "page")
    }
    let app = site(page);
    let seen = async || {
        let answer = app.clone().oneshot(request("GET", "/", &[])).await;
        answer
            .expect("an answer")
            .extensions()
            .get::<Seen>()
            .cloned()
    };
    assert_eq!(seen().await, Some(Seen(7)));
    assert_eq!(seen().await, None);
}

#[tokio::test]
async fn an_old_date_is_an_age() {
    #[cache_page(ttl = "5m")]
    async fn page(RawQuery(query): RawQuery) -> impl IntoResponse {
        let mut headers = HeaderMap::new();
        headers.insert(
            "date",
            HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"),
        );
        if let Some(query) = query {
            headers.insert("cache-control", query.parse().expect("a value"));
        }
        (headers, format!("run {}", run()))
    }
    let (clock, app) = (Clock::freeze(), site(page));
    let age = |answer: &crate::support::Answer| -> u64 {
        answer
            .field("age")
            .expect("an age")
            .parse()
            .expect("a number")
    };
    let first = get(&app, "/").await;
    first.assert_stored();
    assert!(age(&first) > 900_000_000, "{first:?}");
    clock.advance(Duration::from_secs(5));
    assert_eq!(age(&get(&app, "/").await), age(&first) + 5);
    get(&app, "/?max-age=60").await.assert_refused("stale");
}

#[tokio::test]
async fn a_304_has_no_content_and_layers_see_it() {
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        "a page that is worth its compression ".repeat(100)
    }
    let app = site(page).layer(CompressionLayer::new());
    let plain = get(&site(page), "/").await;
    let tag = plain.field("etag").expect("a tag");
    let gzip = ("accept-encoding", "gzip");
    let whole = get_with(&app, "/", &[gzip]).await;
    assert_eq!(whole.field("content-encoding").as_deref(), Some("gzip"));
    assert_eq!(whole.field("etag"), Some(tag.clone()));
    for method in ["GET", "HEAD"] {
        let asked = request(method, "/", &[gzip, ("if-none-match", &tag)]);
        let answer = app.clone().oneshot(asked).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
        assert!(answer.body().is_end_stream());
        assert_eq!(answer.body().size_hint().exact(), Some(0));
        assert!(!answer.headers().contains_key("content-encoding"));
        // A 304 speaks of the page, whose length is not zero.
        assert_eq!(
            answer.headers()["content-length"],
            plain.body.len().to_string()
        );
    }
}

/// The body of a request of which nobody says how long it is. `None` is a part that does not come.
struct Unsized(Vec<Option<&'static str>>);

impl HttpBody for Unsized {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.pop() {
            Some(None) => Poll::Pending,
            part => Poll::Ready(part.flatten().map(|part| Ok(Frame::data(part.into())))),
        }
    }
}

#[tokio::test]
async fn a_layer_around_the_requests_body_does_not_keep_http_2_from_the_cache() {
    #[cache_page(ttl = "5m", skip(body))]
    async fn page(body: String) -> String {
        format!("{body} run {}", run())
    }
    let app = site(page).layer(RequestBodyTimeoutLayer::new(Duration::from_secs(9)));
    let over_http_2 = async |body: Body| {
        let mut asked = request("GET", "/", &[]);
        *asked.version_mut() = Version::HTTP_2;
        *asked.body_mut() = body;
        send(&app, asked).await
    };
    let first = over_http_2(Body::empty()).await;
    first.assert_stored();
    assert_same(&first, &over_http_2(Body::new(Unsized(vec![]))).await);
    let fat = over_http_2(Body::new(Unsized(vec![Some("second"), Some("first ")]))).await;
    fat.assert_bypassed("request-body");
    assert!(fat.body.starts_with("first second run "), "{fat:?}");
}

#[tokio::test]
async fn a_page_keeps_no_more_than_it_weighs() {
    static LARGE: OnceLock<Bytes> = OnceLock::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        let large = LARGE.get_or_init(|| Bytes::from(vec![b'a'; 1 << 20]));
        let value = HeaderValue::from_maybe_shared(large.slice(..10)).expect("a value");
        (
            [
                (HeaderName::from_static("x-own"), value.clone()),
                (HeaderName::from_static("cache-status"), value),
            ],
            large.slice(..100),
        )
    }
    let app = site(page);
    get(&app, "/").await.assert_stored();
    let hit = get(&app, "/").await;
    assert_eq!(
        (hit.body.len(), hit.field("x-own").map(|own| own.len())),
        (100, Some(10))
    );
    drop(hit);
    assert!(LARGE.get().expect("the handler ran").is_unique());
}

#[tokio::test]
async fn every_answer_of_an_uncached_route_says_so() {
    #[never_cache]
    async fn never(Path(id): Path<u32>, Json(text): Json<String>) -> impl IntoResponse {
        (
            [
                ("cdn-cache-control", "max-age=60"),
                ("surrogate-control", "max-age=60"),
                ("x-accel-expires", "60"),
            ],
            format!("{id} {text}"),
        )
    }
    #[vary_on(headers = ["Accept-Language"], cookies)]
    async fn varied(Path(id): Path<u32>, text: Json<String>) -> String {
        format!("{id} {}", text.0)
    }
    #[never_cache]
    async fn nothing() -> &'static str {
        "nothing"
    }
    let app = Router::new()
        .route("/never/{id}", post(never))
        .route("/varied/{id}", post(varied))
        .route("/nothing", route(nothing));
    let asked = |target: &str, body: &'static str| {
        let mut asked = request("POST", target, &[("content-type", "application/json")]);
        *asked.body_mut() = Body::from(body);
        asked
    };
    for (id, body, status) in [("7", "\"x\"", 200), ("x", "\"x\"", 400), ("7", "x", 400)] {
        let never = send(&app, asked(&format!("/never/{id}"), body)).await;
        assert_eq!(never.status, status);
        assert_eq!(
            never.field("cache-control").as_deref(),
            Some("max-age=0, no-cache, no-store, must-revalidate, private")
        );
        for name in ["cdn-cache-control", "surrogate-control", "x-accel-expires"] {
            assert_eq!(never.field(name), None, "{name}");
        }
        let varied = send(&app, asked(&format!("/varied/{id}"), body)).await;
        assert_eq!(varied.status, status);
        assert_eq!(
            varied.field("vary").as_deref(),
            Some("Accept-Language, Cookie")
        );
        if status == 200 {
            assert_eq!((never.body, varied.body), ("7 x".into(), "7 x".into()));
        }
    }
    let nothing = get(&app, "/nothing").await;
    assert!(
        nothing
            .field("cache-control")
            .is_some_and(|field| field.contains("no-store"))
    );
}
