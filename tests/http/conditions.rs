//! 304: a client that has the page already.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use cache_core::testing::Clock;
use cache_core::{cache_page, vary_on};

use crate::support::{Answer, get, get_with, request, run, send, site};

fn assert_304(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    for name in ["content-type", "content-encoding", "x-own"] {
        assert_eq!(answer.field(name), None, "{name}");
    }
}

#[tokio::test]
async fn a_known_tag_is_answered_without_the_handler() {
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        (
            [("x-own", "1"), ("content-location", "/en")],
            format!("run {}", run()),
        )
    }
    let app = site(page);
    let first = get(&app, "/").await;
    let tag = first.field("etag").expect("a tag");
    for asked in [
        tag.clone(),
        tag.trim_start_matches("W/").to_owned(),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        let known = get_with(&app, "/", &[("if-none-match", &asked)]).await;
        assert_304(&known);
        known.assert_hit();
        assert_eq!(known.field("content-length"), first.field("content-length"));
        for name in [
            "etag",
            "cache-control",
            "content-location",
            "date",
            "expires",
            "vary",
        ] {
            assert_eq!(known.field(name), first.field(name), "{name}");
        }
    }
    for asked in ["\"other\"", "W/\"other\"", "garbage", "", "\""] {
        let whole = get_with(&app, "/", &[("if-none-match", asked)]).await;
        assert_eq!(
            (whole.status, &whole.body),
            (StatusCode::OK, &first.body),
            "{asked}"
        );
    }
    assert_eq!(page::stats().loads, 1);
}

#[tokio::test]
async fn a_new_page_that_the_client_knows_is_a_304_too() {
    #[cache_page(ttl = "5m")]
    async fn page() -> &'static str {
        "always the same"
    }
    let app = site(page);
    let tag = get(&app, "/").await.field("etag").expect("a tag");
    page::clear().await;
    let known = get_with(&app, "/", &[("if-none-match", &tag)]).await;
    assert_304(&known);
    known.assert_stored();
    assert_eq!(get(&app, "/").await.body, "always the same");
}

#[tokio::test]
async fn a_page_that_says_no_date_gets_none() {
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let (_clock, app) = (Clock::freeze(), site(page));
    let old = get(&app, "/second").await;
    assert_eq!(old.field("last-modified"), None);
    let date = old.field("date").expect("a date");
    // A date of one second, and of this process, cannot tell two pages apart.
    for _ in 0..2 {
        let whole = get_with(&app, "/second", &[("if-modified-since", &date)]).await;
        assert_eq!(whole.status, StatusCode::OK);
        page::invalidate_path("/second").await;
    }
    let new = get_with(&app, "/second", &[("if-modified-since", &date)]).await;
    assert_eq!(new.status, StatusCode::OK);
    assert_ne!(new.body, old.body);
}

#[tokio::test]
async fn the_handlers_date_counts_where_no_tag_is_asked_for_and_only_as_it_was_sent() {
    const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        ([("last-modified", MODIFIED)], format!("run {}", run()))
    }
    let app = site(page);
    let first = get(&app, "/").await;
    assert_eq!(first.field("last-modified").as_deref(), Some(MODIFIED));
    assert_304(&get_with(&app, "/", &[("if-modified-since", MODIFIED)]).await);
    for fields in [
        &[
            ("if-modified-since", MODIFIED),
            ("if-none-match", "\"other\""),
        ][..],
        // The page that a client has may be newer than the one that is shown now: what was newest can be deleted.
        &[("if-modified-since", "Sun, 06 Nov 1994 08:49:38 GMT")],
        &[("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT")],
        &[("if-modified-since", "yesterday")],
    ] {
        let whole = get_with(&app, "/", fields).await;
        assert_eq!(
            (whole.status, &whole.body),
            (StatusCode::OK, &first.body),
            "{fields:?}"
        );
    }
}

#[tokio::test]
async fn a_tag_covers_every_field_that_is_kept() {
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        ([("x-total-count", run().to_string())], "[]")
    }
    let app = site(page);
    let old = get(&app, "/").await;
    let tag = old.field("etag").expect("a tag");
    assert_304(&get_with(&app, "/", &[("if-none-match", &tag)]).await);
    page::clear().await;
    let new = get_with(&app, "/", &[("if-none-match", &tag)]).await;
    assert_eq!((new.status, &new.body), (StatusCode::OK, &old.body));
    assert_ne!(new.field("x-total-count"), old.field("x-total-count"));
}

#[tokio::test]
async fn a_head_may_be_a_304_and_other_statuses_may_not() {
    #[cache_page(ttl = "5m")]
    async fn page() -> &'static str {
        "page"
    }
    #[cache_page(ttl = "5m")]
    async fn missing() -> StatusCode {
        StatusCode::NOT_FOUND
    }
    let app = site(page);
    let tag = get(&app, "/").await.field("etag").expect("a tag");
    assert_304(&send(&app, request("HEAD", "/", &[("if-none-match", &tag)])).await);
    let app = site(missing);
    get(&app, "/").await.assert_stored();
    let answer = get_with(&app, "/", &[("if-none-match", "*")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    answer.assert_hit();
}

#[tokio::test]
async fn ranges_are_not_cut() {
    #[cache_page(ttl = "5m")]
    async fn page() -> &'static str {
        "0123456789"
    }
    let app = site(page);
    for _ in 0..2 {
        let answer = get_with(&app, "/", &[("range", "bytes=0-3")]).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (StatusCode::OK, "0123456789")
        );
    }
}
