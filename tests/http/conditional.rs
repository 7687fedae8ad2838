//! Conditional requests to handlers that know their validators before they run.

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get as on_get;
use cache_core::conditional;
use cache_core::testing::Clock;

use crate::support::{
    DATE_OF_1, DATE_OF_2, Post, assert_304, get, get_with, request, run, send, site,
};

#[conditional(etag = "post:{post.revision}", last_modified = post.updated)]
pub(crate) async fn show(post: Post) -> String {
    format!("revision {} run {}", post.revision, run())
}

#[tokio::test]
async fn a_client_that_has_the_answer_gets_a_304_and_the_body_does_not_run() {
    let app = site(show);
    let first = get(&app, "/?1").await;
    let tag = first.field("etag").expect("a tag");
    assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
    assert_eq!(first.field("last-modified").as_deref(), Some(DATE_OF_1));
    let before = run();
    for fields in [
        &[("if-none-match", tag.as_str())][..],
        &[("if-none-match", "\"a\", W/\"b\""), ("if-none-match", &tag)],
        &[("if-modified-since", DATE_OF_1)],
        &[("if-modified-since", DATE_OF_2)],
    ] {
        for method in ["GET", "HEAD"] {
            let known = send(&app, request(method, "/?1", fields)).await;
            assert_304(&known);
            assert_eq!(known.field("etag").as_deref(), Some(tag.as_str()));
            assert_eq!(known.field("last-modified").as_deref(), Some(DATE_OF_1));
        }
    }
    assert_eq!(run(), before + 1, "no body ran");
    for fields in [
        &[("if-none-match", tag.as_str())][..],
        &[("if-modified-since", DATE_OF_1)],
        &[("if-none-match", &tag), ("if-modified-since", DATE_OF_2)],
    ] {
        let changed = get_with(&app, "/?2", fields).await;
        assert_eq!(changed.status, StatusCode::OK, "{fields:?}");
        assert_ne!(changed.field("etag"), Some(tag.clone()));
    }
}

#[tokio::test]
async fn an_extractor_that_rejects_a_request_comes_before_its_conditions() {
    let answer = get_with(&site(show), "/", &[("if-none-match", "*")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.field("etag"), None);
}

#[tokio::test]
async fn a_handlers_own_validators_stand_and_errors_get_none() {
    #[conditional(etag = "post:{post.revision}", last_modified = Some(post.updated))]
    async fn page(post: Post) -> impl IntoResponse {
        let status = if post.revision == 1 {
            StatusCode::OK
        } else {
            StatusCode::NOT_FOUND
        };
        let own = [("etag", "\"own\""), ("last-modified", DATE_OF_2)];
        if status.is_success() {
            (status, own).into_response()
        } else {
            status.into_response()
        }
    }
    let app = site(page);
    let answer = get(&app, "/?1").await;
    assert_eq!(answer.field("etag").as_deref(), Some("\"own\""));
    assert_eq!(answer.field("last-modified").as_deref(), Some(DATE_OF_2));
    let answer = get(&app, "/?2").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(
        (answer.field("etag"), answer.field("last-modified")),
        (None, None)
    );
}

#[tokio::test]
async fn a_date_that_has_not_come_is_sent_as_now() {
    #[conditional(last_modified = SystemTime::now() + Duration::from_secs(later))]
    async fn page(State(later): State<u64>) -> String {
        later.to_string()
    }
    let _clock = Clock::freeze();
    let dated = async |later: u64| {
        let app = Router::new().route("/", on_get(page)).with_state(later);
        let date = get(&app, "/").await.field("last-modified");
        let date = date.expect("a date");
        let answer = get_with(&app, "/", &[("if-modified-since", &date)]).await;
        assert_eq!(answer.status, StatusCode::OK);
        date
    };
    assert_eq!(dated(1_000_000).await, dated(9_000_000).await);
}

#[tokio::test]
async fn dates_of_other_crates_are_dates() {
    #[conditional(last_modified = chrono::DateTime::from_timestamp(784_111_778, 0))]
    async fn of_chrono() -> &'static str {
        "page"
    }
    #[conditional(last_modified = time::OffsetDateTime::from_unix_timestamp(784_111_778).ok())]
    async fn of_time() -> &'static str {
        "page"
    }
    for app in [site(of_chrono), site(of_time)] {
        let answer = get(&app, "/").await;
        assert_eq!(answer.field("last-modified").as_deref(), Some(DATE_OF_1));
    }
}

struct Views;

#[conditional(etag = "post:{post.revision}")]
impl Views {
    async fn one(post: Post) -> String {
        post.revision.to_string()
    }

    #[conditional(etag = "own:{slug}:{post.revision}")]
    async fn other(Path(slug): Path<String>, post: Post) -> String {
        format!("{slug} {}", post.revision)
    }
}

#[tokio::test]
async fn a_block_speaks_for_its_handlers_and_patterns_bind_as_in_the_handler() {
    let app = Router::new()
        .route("/one", on_get(Views::one))
        .route("/other/{slug}", on_get(Views::other));
    let one = get(&app, "/one?1").await.field("etag");
    assert_eq!(one, get(&site(show), "/?1").await.field("etag"));
    let a = get(&app, "/other/a?1").await.field("etag").expect("a tag");
    assert_304(&get_with(&app, "/other/a?1", &[("if-none-match", &a)]).await);
    let b = get_with(&app, "/other/b?1", &[("if-none-match", &a)]).await;
    assert_eq!((b.status, b.body.as_str()), (StatusCode::OK, "b 1"));
}
