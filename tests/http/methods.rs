//! `GET` and `HEAD` share an entry; nothing else is looked up.

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, RawQuery};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get as route;
use cache_core::testing::Clock;
use cache_core::{cache_page, vary_on};

use crate::support::{assert_apart, assert_same, get, request, run, send, site};

#[cache_page(ttl = "5m")]
async fn page(method: Method) -> String {
    format!("{method} run {}", run())
}

#[tokio::test]
async fn a_head_fills_the_entry_of_the_get() {
    let app = site(page);
    let head = send(&app, request("HEAD", "/head-first", &[])).await;
    assert_eq!(head.body, "");
    head.assert_stored();
    let get = get(&app, "/head-first").await;
    get.assert_hit();
    assert!(get.body.starts_with("GET run "), "{get:?}");
    assert_eq!(
        head.field("content-length"),
        Some(get.body.len().to_string())
    );
    assert_eq!(head.field("etag"), get.field("etag"));
}

#[tokio::test]
async fn a_head_after_a_get_has_its_fields_and_no_body() {
    let (_clock, app) = (Clock::freeze(), site(page));
    get(&app, "/get-first").await;
    let (hit, head) = (
        get(&app, "/get-first").await,
        send(&app, request("HEAD", "/get-first", &[])).await,
    );
    assert_eq!(head.body, "");
    head.assert_hit();
    assert_eq!(head.headers, hit.headers);
    assert_same(&hit, &get(&app, "/get-first").await);
}

#[tokio::test]
async fn other_methods_go_past_the_cache() {
    let app = site(page);
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "get",
    ] {
        let (first, second) = (
            send(&app, request(method, "/methods", &[])).await,
            send(&app, request(method, "/methods", &[])).await,
        );
        assert_eq!(first.cache(), "cache-core; fwd=method");
        assert!(
            first.body.starts_with(&format!("{method} run ")),
            "{first:?}"
        );
        assert_apart(&first, &second);
        let kept = get(&app, "/methods").await;
        assert!(kept.body.starts_with("GET run "), "{kept:?}");
    }
}

#[tokio::test]
async fn a_get_with_a_body_is_neither_answered_from_the_cache_nor_kept() {
    let app = site(page);
    let kept = get(&app, "/fat").await;
    let mut fat = request("GET", "/fat", &[]);
    *fat.body_mut() = Body::from("body");
    let answer = send(&app, fat).await;
    answer.assert_bypassed("request-body");
    assert_apart(&kept, &answer);
    for fields in [
        &[("content-length", "4")][..],
        &[("transfer-encoding", "chunked")],
    ] {
        let answer = send(&app, request("GET", "/fat", fields)).await;
        answer.assert_bypassed("request-body");
        assert_apart(&kept, &answer);
    }
    assert_same(&kept, &get(&app, "/fat").await);
    send(&app, request("GET", "/fat", &[("content-length", "0")]))
        .await
        .assert_hit();
}

#[tokio::test]
async fn a_method_in_a_header_is_not_there_and_is_kept_from_others_where_it_is() {
    const OVERRIDES: [&str; 3] = [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ];
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn page(method: Method, headers: HeaderMap) -> impl IntoResponse {
        let overridden = OVERRIDES.iter().find_map(|name| headers.get(*name));
        (
            [("cache-control", "public, max-age=60")],
            format!("{method} {overridden:?} run {}", run()),
        )
    }
    let app = site(page);
    for name in OVERRIDES {
        let path = format!("/{name}");
        let forged = send(&app, request("GET", &path, &[(name, "DELETE")])).await;
        assert!(forged.body.starts_with("GET None run "), "{forged:?}");
        assert_same(&forged, &get(&app, &path).await);
        // Past the cache the handler sees the whole request, and so its answer is for nobody else.
        let mut fat = request("GET", &path, &[(name, "DELETE")]);
        *fat.body_mut() = Body::from("body");
        let fat = send(&app, fat).await;
        assert!(fat.body.contains("DELETE"), "{fat:?}");
        assert_eq!(
            fat.field("cache-control").as_deref(),
            Some("private, no-store")
        );
        assert_same(&forged, &get(&app, &path).await);
    }
}

/// A page for every method, whose status is in its query.
async fn answered(method: &str, status: u16) -> [crate::support::Answer; 2] {
    #[cache_page(ttl = "5m", skip(method))]
    async fn page(method: Method, RawQuery(query): RawQuery) -> (StatusCode, String) {
        let status = match query
            .as_deref()
            .and_then(|query| query.strip_prefix("status="))
        {
            Some(status) if method != Method::GET => status.parse().expect("a status"),
            _ => 200,
        };
        (
            StatusCode::from_u16(status).expect("a status"),
            format!("run {}", run()),
        )
    }
    let app = site(page);
    let (path, list) = (
        format!("/{method}/{status}"),
        format!("/{method}/{status}?status={status}"),
    );
    let before = get(&app, &path).await;
    let neighbour = get(&app, &format!("{path}/more")).await;
    get(&app, &list).await;
    send(&app, request(method, &list, &[("host", "other.example")])).await;
    assert_same(&neighbour, &get(&app, &format!("{path}/more")).await);
    [before, get(&app, &path).await]
}

#[tokio::test]
async fn an_unsafe_method_that_succeeds_invalidates_its_url() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "PURGE"] {
        for status in [200, 201, 204, 303] {
            let [before, after] = answered(method, status).await;
            assert_apart(&before, &after);
        }
    }
}

#[tokio::test]
async fn safe_methods_and_failures_invalidate_nothing() {
    for (method, status) in [
        ("POST", 400),
        ("DELETE", 404),
        ("PUT", 500),
        ("OPTIONS", 200),
        ("TRACE", 200),
        ("QUERY", 200),
    ] {
        let [before, after] = answered(method, status).await;
        assert_same(&before, &after);
    }
}

#[tokio::test]
async fn an_unsafe_method_that_succeeds_invalidates_the_pages_own_key() {
    #[cache_page(ttl = "5m", key = "item:{id}")]
    async fn page(Path(id): Path<u32>) -> String {
        format!("{id} run {}", run())
    }
    let app = Router::new().route("/items/{id}", route(page).post(page));
    let (first, second) = (get(&app, "/items/1").await, get(&app, "/items/2").await);
    send(&app, request("POST", "/items/1", &[])).await;
    assert_apart(&first, &get(&app, "/items/1").await);
    assert_same(&second, &get(&app, "/items/2").await);
}

#[tokio::test]
async fn a_rejected_request_invalidates_nothing() {
    struct Nobody;
    impl<S: Sync> FromRequestParts<S> for Nobody {
        type Rejection = Redirect;
        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Redirect> {
            match parts.method {
                Method::GET => Ok(Self),
                _ => Err(Redirect::to("/login")),
            }
        }
    }
    #[cache_page(ttl = "5m", skip(_late))]
    async fn late(_late: Nobody) -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", guard(_early))]
    async fn early(_early: Nobody) -> String {
        format!("run {}", run())
    }
    for app in [site(late), site(early)] {
        let before = get(&app, "/").await;
        assert!(
            send(&app, request("POST", "/", &[]))
                .await
                .status
                .is_redirection()
        );
        assert_same(&before, &get(&app, "/").await);
    }
}
