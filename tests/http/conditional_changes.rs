//! Requests that change something, if it is still what their client knows.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::routing::{get as on_get, put};
use cache_core::{conditional, invalidates, key};

use crate::conditional::show;
use crate::support::{DATE_OF_1, DATE_OF_2, Post, get, request, send, site};

#[tokio::test]
async fn a_change_of_what_has_changed_meanwhile_is_refused() {
    static SAVED: AtomicU64 = AtomicU64::new(0);
    #[conditional(etag = "post:{post.revision}", last_modified = post.updated)]
    async fn save(post: Post, Json(text): Json<u64>) -> String {
        SAVED.store(text, Ordering::SeqCst);
        format!("saved over {}", post.revision)
    }
    let app = Router::new().route(
        "/",
        on_get(show).put(save).post(save).delete(save).patch(save),
    );
    let change = async |method: &str, text: u64, fields: &[(&str, &str)]| {
        let mut all = vec![("content-type", "application/json")];
        all.extend(fields);
        let request = request(method, "/?2", &all);
        send(
            &app,
            request.map(|_| axum::body::Body::from(text.to_string())),
        )
        .await
    };
    let old = get(&app, "/?1").await.field("etag").expect("a tag");
    let now = get(&app, "/?2").await.field("etag").expect("a tag");
    for (at, method) in ["PUT", "POST", "PATCH", "DELETE"].into_iter().enumerate() {
        for (field, value) in [
            ("if-match", old.as_str()),
            ("if-match", &format!("W/{now}")),
            ("if-unmodified-since", DATE_OF_1),
            ("if-none-match", "*"),
        ] {
            let refused = change(method, 99, &[(field, value)]).await;
            assert_eq!(
                refused.status,
                StatusCode::PRECONDITION_FAILED,
                "{method} {field}"
            );
            assert_ne!(SAVED.load(Ordering::SeqCst), 99);
        }
        for (more, fields) in [
            &[("if-match", now.as_str())][..],
            &[("if-match", "*")],
            &[("if-unmodified-since", DATE_OF_2)],
            // Nothing is asked.
            &[],
            &[("if-modified-since", DATE_OF_2)],
        ]
        .into_iter()
        .enumerate()
        {
            let text = (at * 10 + more + 1) as u64;
            let saved = change(method, text, fields).await;
            assert_eq!(saved.status, StatusCode::OK, "{method} {fields:?}");
            assert_eq!(SAVED.load(Ordering::SeqCst), text);
            // They would be those of the state before the change.
            assert_eq!(saved.field("etag"), None);
            assert_eq!(saved.field("last-modified"), None);
        }
    }
}

#[tokio::test]
async fn a_change_that_is_refused_makes_nothing_stale() {
    static SENT: AtomicU64 = AtomicU64::new(0);
    #[cache_core::cached(tags("conditional posts"))]
    async fn kept() -> u64 {
        SENT.fetch_add(1, Ordering::SeqCst)
    }
    #[invalidates(tags("conditional posts"))]
    #[conditional(etag = "post:{post.revision}")]
    async fn save(post: Post) -> Result<String, StatusCode> {
        Ok(post.revision.to_string())
    }
    let app = site(save);
    let first = kept().await;
    send(&app, request("PUT", "/?1", &[("if-match", "\"other\"")])).await;
    assert_eq!(kept().await, first);
    send(&app, request("PUT", "/?1", &[])).await;
    assert_ne!(kept().await, first);
}

#[tokio::test]
async fn where_there_may_be_nothing_a_star_asks_whether_there_is() {
    #[conditional(etag = there.map(|revision| key!("post:{revision}")))]
    async fn create(State(there): State<Option<u64>>) -> StatusCode {
        let _ = there;
        StatusCode::CREATED
    }
    for (there, field, expected) in [
        (None, "if-none-match", 201),
        (Some(1), "if-none-match", 412),
        (None, "if-match", 412),
        (Some(1), "if-match", 201),
    ] {
        let app = Router::new().route("/", put(create)).with_state(there);
        let answer = send(&app, request("PUT", "/", &[(field, "*")])).await;
        assert_eq!(answer.status, expected, "{there:?} {field}");
    }
}
