//! Guards: what decides on every request whether it gets the page, and never what the page is.

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::get as route;
use cache_core::cache_page;

use crate::support::{Visitor, assert_apart, assert_same, get, get_with, request, run, send, site};

#[cache_page(ttl = "5m", guard(_visitor))]
async fn members(_visitor: Visitor) -> String {
    format!("run {}", run())
}

#[tokio::test]
async fn a_guard_runs_on_hits_and_is_not_in_the_key() {
    let app = site(members);
    let first = get_with(&app, "/members", &[("x-visitor", "1")]).await;
    first.assert_stored();
    let second = get_with(&app, "/members", &[("authorization", "2")]).await;
    second.assert_hit();
    assert_same(&first, &second);
    for answer in [&first, &second] {
        let reach = answer.field("cache-control").expect("one");
        assert!(reach.starts_with("private"), "{reach}");
    }
    let tag = first.field("etag").expect("a tag");
    for fields in [
        vec![],
        vec![("if-none-match", "*")],
        vec![("if-none-match", &*tag)],
    ] {
        let stranger = get_with(&app, "/members", &fields).await;
        assert_eq!(
            (stranger.status, stranger.body.as_str()),
            (StatusCode::UNAUTHORIZED, ""),
            "{fields:?}"
        );
        stranger.assert_bypassed("rejected");
        assert_eq!(stranger.field("etag"), None);
    }
    let stranger = send(&app, request("HEAD", "/members", &[])).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_page_without_the_guard_does_not_serve_the_one_with_it() {
    #[cache_page(ttl = "5m", key = "report")]
    async fn open() -> String {
        format!("open {}", run())
    }
    #[cache_page(ttl = "5m", key = "report", guard(_visitor))]
    async fn closed(_visitor: Visitor) -> String {
        format!("closed {}", run())
    }
    let app = Router::new()
        .route("/a", route(open))
        .route("/b", route(closed));
    let member = &[("x-visitor", "1")];
    let kept = get_with(&app, "/b", member).await;
    kept.assert_stored();
    let stranger = get(&app, "/a").await;
    assert!(stranger.body.starts_with("open "), "{stranger:?}");
    let kept = get_with(&app, "/b", member).await;
    assert!(kept.body.starts_with("closed "), "{kept:?}");
    assert!(get(&app, "/a").await.body.starts_with("open "));
}

#[tokio::test]
async fn all_guards_of_a_page_are_asked() {
    struct Badge;
    impl<S: Sync> FromRequestParts<S> for Badge {
        type Rejection = StatusCode;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
            let badge = parts.headers.get("x-badge");
            badge.map(|_| Self).ok_or(StatusCode::FORBIDDEN)
        }
    }
    #[cache_page(ttl = "5m", guard(_visitor, _pair))]
    async fn page(_visitor: Visitor, _pair: (Option<axum::Extension<u8>>, Badge)) -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let both = &[("x-visitor", "1"), ("x-badge", "")];
    get_with(&app, "/", both).await.assert_stored();
    get_with(&app, "/", both).await.assert_hit();
    let one = get_with(&app, "/", &both[..1]).await;
    assert_eq!(one.status, StatusCode::FORBIDDEN);
    let other = get_with(&app, "/", &both[1..]).await;
    assert_eq!(other.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_condition_over_a_guard_is_asked_for_each_visitor_and_keeps_nothing_for_others() {
    #[cache_page(ttl = "5m", guard(visitor), condition = visitor.id != 9)]
    async fn page(visitor: Visitor) -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let editor = &[("x-visitor", "9")];
    let fresh = get_with(&app, "/", editor).await;
    let first = get_with(&app, "/", &[("x-visitor", "1")]).await;
    assert_apart(&fresh, &first);
    first.assert_stored();
    assert_same(&first, &get_with(&app, "/", &[("x-visitor", "2")]).await);
    let again = get_with(&app, "/", editor).await;
    again.assert_bypassed("condition");
    assert_apart(&first, &again);
    assert_same(&first, &get_with(&app, "/", &[("x-visitor", "1")]).await);
    assert_eq!(get(&app, "/").await.status, StatusCode::UNAUTHORIZED);
}
