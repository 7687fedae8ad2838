//! Arguments in the key, set aside, and what the attribute says about them.

use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get as route;
use cache_core::testing::Clock;
use cache_core::{cache_page, vary_on};
use serde::Deserialize;

use crate::support::{Visitor, assert_apart, assert_same, get, get_with, run, site};

#[tokio::test]
async fn a_key_is_extracted_on_every_request_and_the_answer_is_private() {
    #[cache_page(ttl = "5m", key = "dashboard_{visitor.id}")]
    async fn page(visitor: Visitor) -> String {
        format!("{} run {}", visitor.id, run())
    }
    let app = site(page);
    let one = get_with(&app, "/", &[("x-visitor", "1")]).await;
    assert!(one.body.starts_with("1 run "), "{one:?}");
    assert_eq!(
        one.field("cache-control").as_deref(),
        Some("private, max-age=0, must-revalidate")
    );
    let again = get_with(&app, "/", &[("x-visitor", "1")]).await;
    again.assert_hit();
    assert_same(&one, &again);
    assert_apart(&one, &get_with(&app, "/", &[("x-visitor", "2")]).await);
    let stranger = get_with(&app, "/", &[("if-none-match", "*")]).await;
    assert_eq!(
        (stranger.status, stranger.body.as_str()),
        (StatusCode::UNAUTHORIZED, "")
    );
    stranger.assert_bypassed("rejected");
    assert_eq!(
        stranger.field("cache-control").as_deref(),
        Some("private, no-store")
    );
}

#[tokio::test]
async fn credentials_that_the_key_reads_are_cached() {
    #[cache_page(ttl = "5m", key = "account_{visitor.id}")]
    async fn page(visitor: Visitor) -> String {
        format!("{} run {}", visitor.id, run())
    }
    let app = site(page);
    let one = get_with(&app, "/", &[("authorization", "1")]).await;
    one.assert_stored();
    assert_same(&one, &get_with(&app, "/", &[("authorization", "1")]).await);
    assert_apart(&one, &get_with(&app, "/", &[("authorization", "2")]).await);
}

#[derive(Deserialize)]
struct Listing {
    category: Option<String>,
    page: u32,
}

#[tokio::test]
async fn a_key_of_parameters_is_public_and_replaces_path_and_query() {
    #[cache_page(key = "listing:{q.category}:{q.page}", ttl = if q.category.is_some() { minutes(10) } else { minutes(30) })]
    async fn page(Query(q): Query<Listing>) -> String {
        format!("{:?} {} run {}", q.category, q.page, run())
    }
    let (clock, app) = (Clock::freeze(), site(page));
    let all = get(&app, "/a?page=1").await;
    assert_same(&all, &get(&app, "/b?utm=x&page=1").await);
    assert_eq!(
        all.field("cache-control").as_deref(),
        Some("max-age=0, must-revalidate")
    );
    let rust = get(&app, "/a?page=1&category=rust").await;
    assert_apart(&all, &rust);
    assert_apart(&rust, &get(&app, "/a?page=1&category=").await);
    assert_apart(&all, &get(&app, "/a?page=1&category=").await);
    assert_apart(
        &get_with(&app, "/a?page=1", &[("host", "a")]).await,
        &get_with(&app, "/a?page=1", &[("host", "b")]).await,
    );
    clock.advance(Duration::from_secs(601));
    assert_same(&all, &get(&app, "/a?page=1").await);
    assert_apart(&rust, &get(&app, "/a?page=1&category=rust").await);
    let malformed = get(&app, "/a?page=x").await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);
    malformed.assert_bypassed("rejected");
}

#[tokio::test]
async fn keys_of_several_parts_are_injective() {
    #[cache_page(ttl = "5m", key = "{a}:{b}")]
    async fn page(Path((a, b)): Path<(String, String)>) -> String {
        format!("{a} {b} run {}", run())
    }
    let app = Router::new().route("/{a}/{b}", route(page));
    let paths = ["/a:b/c", "/a/b:c", "/a%3Ab/c", "/a%253Ab/c", "/a/%253Ac"];
    let mut bodies = Vec::new();
    for path in paths {
        bodies.push(get(&app, path).await.body);
    }
    assert_eq!(bodies[0], bodies[2], "both are `a:b` and `c`");
    bodies.remove(2);
    let before = bodies.len();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), before);
}

struct Preferences(Option<String>);

impl<S: Sync> FromRequestParts<S> for Preferences {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self(parts.headers.get("cookie").map(|cookie| {
            String::from_utf8_lossy(cookie.as_bytes()).into_owned()
        })))
    }
}

impl cache_core::VariedInput for Preferences {}

#[tokio::test]
async fn an_extractor_of_the_users_sees_only_what_is_declared() {
    #[vary_on(cookies = ["preferences"])]
    #[cache_page(ttl = "5m")]
    async fn page(preferences: Preferences, optional: Option<Headers>) -> String {
        format!("{:?} {} run {}", preferences.0, optional.is_some(), run())
    }
    let app = site(page);
    let first = get_with(&app, "/", &[("cookie", "session=1; preferences=dark")]).await;
    assert!(
        first
            .body
            .starts_with("Some(\"preferences=dark\") true run "),
        "{first:?}"
    );
    assert_same(
        &first,
        &get_with(&app, "/", &[("cookie", "preferences=dark; session=2")]).await,
    );
}

struct Headers;

impl<S: Sync> axum::extract::OptionalFromRequestParts<S> for Headers {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, StatusCode> {
        Ok((!parts.headers.is_empty()).then_some(Self))
    }
}

impl cache_core::VariedInput for Headers {}

#[tokio::test]
async fn what_is_set_aside_does_not_run_on_hits() {
    #[cache_page(ttl = "5m", skip(headers))]
    async fn page(headers: HeaderMap) -> String {
        format!("{:?} run {}", headers.get("x-visitor"), run())
    }
    let app = site(page);
    let first = get_with(&app, "/", &[("x-visitor", "1")]).await;
    assert!(first.body.starts_with("Some(\"1\")"), "{first:?}");
    assert_same(&first, &get_with(&app, "/", &[("x-visitor", "2")]).await);
}

#[tokio::test]
async fn one_client_that_is_rejected_does_not_keep_the_page_from_others() {
    #[cache_page(ttl = "5m", skip(visitor))]
    async fn page(visitor: Visitor) -> String {
        format!("{} run {}", visitor.id, run())
    }
    let app = site(page);
    let rejected = get(&app, "/").await;
    assert_eq!(rejected.status, StatusCode::UNAUTHORIZED);
    rejected.assert_refused("rejected");
    get_with(&app, "/", &[("x-visitor", "1")])
        .await
        .assert_stored();
}

#[tokio::test]
async fn a_body_passes_to_a_handler_that_is_not_cached_for_it() {
    #[cache_page(ttl = "5m", skip(body))]
    async fn page(body: String) -> String {
        format!("{body} run {}", run())
    }
    let app = site(page);
    let mut posted = crate::support::request("POST", "/", &[]);
    *posted.body_mut() = "hello".into();
    assert!(
        crate::support::send(&app, posted)
            .await
            .body
            .starts_with("hello run ")
    );
    assert!(get(&app, "/").await.body.starts_with(" run "));
}

#[tokio::test]
async fn the_body_can_be_called_by_itself() {
    #[cache_page(ttl = "5m")]
    async fn page(Query(filter): Query<Listing>) -> String {
        format!("{}", filter.page)
    }
    assert_eq!(
        page::uncached(Query(Listing {
            category: None,
            page: 3
        }))
        .await,
        "3"
    );
    assert_eq!(page::stats().loads, 0);
}

#[tokio::test]
async fn an_argument_may_have_the_name_of_its_handler() {
    #[cache_page(ttl = "5m", key = "visitor_{visitor.id}")]
    async fn visitor(visitor: Visitor) -> String {
        format!("{} run {}", visitor.id, run())
    }
    let one = get_with(&site(visitor), "/", &[("x-visitor", "1")]).await;
    assert!(one.body.starts_with("1 run "), "{one:?}");
}
