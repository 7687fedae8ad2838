//! One request for the key, the condition and the body, whoever edits it; and the client's own where nothing is looked up.

use axum::Router;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::routing::any;
use cache_core::{cache_page, vary_on};
use serde::Deserialize;

use crate::support::{assert_apart, assert_same, get, get_with, request, run, send, site};

/// Knows the tenant, and writes it where everybody looks for it.
struct Tenant(String);

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let token = parts.headers.get("x-token");
        let token = token
            .and_then(|token| token.to_str().ok())
            .ok_or(StatusCode::UNAUTHORIZED)?
            .to_owned();
        let tenant = HeaderValue::try_from(&token).expect("a value");
        parts.headers.insert("x-tenant", tenant);
        parts.method = Method::GET;
        Ok(Self(token))
    }
}

fn tenant(headers: &HeaderMap) -> String {
    format!("{:?}", headers.get("x-tenant"))
}

#[tokio::test]
async fn what_a_guard_edits_is_seen_by_key_condition_and_body() {
    #[vary_on(headers = ["X-Tenant"])]
    #[cache_page(ttl = "5m", guard(_tenant), condition = headers.contains_key("x-tenant"))]
    async fn guard_first(_tenant: Tenant, headers: HeaderMap) -> String {
        format!("{} run {}", tenant(&headers), run())
    }
    #[vary_on(headers = ["X-Tenant"])]
    #[cache_page(ttl = "5m", guard(_tenant), condition = headers.contains_key("x-tenant"))]
    async fn guard_last(headers: HeaderMap, _tenant: Tenant) -> String {
        format!("{} run {}", tenant(&headers), run())
    }
    #[vary_on(headers = ["X-Tenant"])]
    #[cache_page(ttl = "5m", guard(_tenant))]
    async fn without_a_condition(headers: HeaderMap, _tenant: Tenant) -> String {
        format!("{} run {}", tenant(&headers), run())
    }
    for app in [
        site(guard_first),
        site(guard_last),
        site(without_a_condition),
    ] {
        let forged = get_with(&app, "/", &[("x-token", "mallory"), ("x-tenant", "acme")]).await;
        assert!(
            forged.body.starts_with("Some(\"mallory\") run "),
            "{forged:?}"
        );
        let honest = get_with(&app, "/", &[("x-token", "acme")]).await;
        assert!(honest.body.starts_with("Some(\"acme\") run "), "{honest:?}");
        assert_same(
            &honest,
            &get_with(&app, "/", &[("x-token", "acme"), ("x-tenant", "x")]).await,
        );
        assert_same(
            &forged,
            &get_with(&app, "/", &[("x-token", "mallory")]).await,
        );
    }
}

#[tokio::test]
async fn what_an_argument_of_the_key_edits_is_seen_by_all() {
    #[vary_on(headers = ["X-Tenant"])]
    #[cache_page(ttl = "5m", key = "by:{by.0.len()}", condition = headers.contains_key("x-tenant"))]
    async fn page(headers: HeaderMap, by: Tenant) -> String {
        format!("{} {} run {}", by.0.len(), tenant(&headers), run())
    }
    let app = site(page);
    let forged = get_with(&app, "/", &[("x-token", "evil"), ("x-tenant", "acme")]).await;
    assert!(
        forged.body.starts_with("4 Some(\"evil\") run "),
        "{forged:?}"
    );
    let honest = get_with(&app, "/", &[("x-token", "acme")]).await;
    assert!(
        honest.body.starts_with("4 Some(\"acme\") run "),
        "{honest:?}"
    );
}

#[tokio::test]
async fn an_extractor_that_edits_the_method_makes_no_look_up_of_a_post() {
    #[cache_page(ttl = "5m", guard(_tenant))]
    async fn page(_tenant: Tenant) -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let kept = get_with(&app, "/", &[("x-token", "a")]).await;
    let posted = send(&app, request("POST", "/", &[("x-token", "a")])).await;
    assert_apart(&kept, &posted);
    assert_eq!(posted.cache(), "cache-core; fwd=method");
}

#[tokio::test]
async fn where_nothing_is_looked_up_arguments_see_the_clients_request() {
    #[vary_on(headers = ["X-Kind"])]
    #[cache_page(ttl = "5m", condition = method == Method::GET && !headers.contains_key("x-kind"))]
    async fn page(method: Method, headers: HeaderMap) -> String {
        let shown = |name| headers.get(name).and_then(|value| value.to_str().ok());
        format!(
            "{method} {:?} {:?} run {}",
            shown("authorization"),
            shown("x-undeclared"),
            run()
        )
    }
    let app = site(page);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let fields = [("authorization", "Bearer x"), ("x-undeclared", "1")];
        let answer = send(&app, request(method, "/", &fields)).await;
        let expected = format!("{method} Some(\"Bearer x\") Some(\"1\") run ");
        assert!(answer.body.starts_with(&expected), "{answer:?}");
        assert_eq!(answer.cache(), "cache-core; fwd=method");
    }
    let bearer = get_with(&app, "/", &[("authorization", "Bearer x")]).await;
    assert!(
        bearer.body.starts_with("GET Some(\"Bearer x\") None run "),
        "{bearer:?}"
    );
    bearer.assert_bypassed("authorization");
    let mut with_a_body = request("GET", "/", &[("x-undeclared", "1")]);
    *with_a_body.body_mut() = "body".into();
    let with_a_body = send(&app, with_a_body).await;
    assert!(
        with_a_body.body.starts_with("GET None Some(\"1\") run "),
        "{with_a_body:?}"
    );
    with_a_body.assert_bypassed("request-body");
    let head = send(&app, request("HEAD", "/", &[])).await;
    assert_eq!(head.cache(), "cache-core; fwd=miss; stored");
    let looked_up = get_with(&app, "/", &[("x-undeclared", "1")]).await;
    looked_up.assert_hit();
    assert!(
        looked_up.body.starts_with("GET None None run "),
        "{looked_up:?}"
    );
}

#[tokio::test]
async fn where_the_condition_does_not_hold_arguments_see_the_clients_request() {
    #[derive(Deserialize)]
    struct Filter {
        preview: Option<bool>,
    }
    #[vary_on(headers = ["X-Kind"])]
    #[cache_page(ttl = "5m", query = ["preview"], condition = filter.preview != Some(true) && !headers.contains_key("x-kind"))]
    async fn page(
        Query(filter): Query<Filter>,
        headers: HeaderMap,
        uri: axum::http::Uri,
    ) -> String {
        let _ = filter.preview;
        let shown = |name| headers.get(name).and_then(|value| value.to_str().ok());
        format!("{:?} {uri} run {}", shown("x-undeclared"), run())
    }
    let app = site(page);
    let preview = get_with(&app, "/?preview=true&utm=1", &[("x-undeclared", "1")]).await;
    assert!(
        preview
            .body
            .starts_with("Some(\"1\") /?preview=true&utm=1 run "),
        "{preview:?}"
    );
    preview.assert_bypassed("condition");
    let public = get_with(&app, "/?utm=1", &[("x-undeclared", "1")]).await;
    assert!(public.body.starts_with("None / run "), "{public:?}");
}

/// Counts how often it runs, and reads what a rebuilt request has not.
struct Counted;

impl<S: Sync> FromRequestParts<S> for Counted {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let runs = parts.headers.get("x-runs").map_or(0, HeaderValue::len);
        parts.headers.insert(
            "x-runs",
            HeaderValue::try_from("x".repeat(runs + 1)).expect("a value"),
        );
        Ok(Self)
    }
}

#[tokio::test]
async fn a_guard_runs_once_where_nothing_is_looked_up() {
    #[vary_on(headers = ["X-Kind"])]
    #[cache_page(ttl = "5m", guard(_guard), condition = !headers.contains_key("x-kind"))]
    async fn page(headers: HeaderMap, _guard: Counted) -> String {
        format!("{:?}", headers.get("x-runs"))
    }
    let app = Router::new().route("/", any(page));
    let answer = get_with(&app, "/", &[("x-kind", "1")]).await;
    answer.assert_bypassed("condition");
    assert_eq!(answer.body, "Some(\"x\")");
    assert_eq!(
        send(&app, request("POST", "/", &[])).await.body,
        "Some(\"x\")"
    );
    assert_eq!(get(&app, "/").await.body, "None");
}
