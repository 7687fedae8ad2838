//! Bodies that are kept, and bodies that are left alone.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::get as route;
use bytes::Bytes;
use cache_core::cache_page;
use http_body::{Frame, SizeHint};
use tower::ServiceExt;

use crate::support::{get, request, run, site};

/// A body that says how long it is, and may be wrong.
struct Told {
    says: Option<u64>,
    frames: VecDeque<Result<&'static str, &'static str>>,
}

impl http_body::Body for Told {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(
            self.frames
                .pop_front()
                .map(|frame| frame.map(|text| Frame::data(Bytes::from_static(text.as_bytes())))),
        )
    }

    fn size_hint(&self) -> SizeHint {
        self.says
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

fn told(says: Option<u64>, frames: &[Result<&'static str, &'static str>]) -> Response {
    let body = Body::new(Told {
        says,
        frames: frames.iter().copied().collect(),
    });
    ([("x-run", run().to_string())], body).into_response()
}

#[tokio::test]
async fn a_body_over_the_limit_passes_through() {
    #[cache_page(ttl = "5m")]
    async fn page() -> Vec<u8> {
        vec![b'x'; (1 << 20) + 1]
    }
    let app = site(page);
    for _ in 0..2 {
        let answer = get(&app, "/").await;
        answer.assert_refused("body-too-large");
        assert_eq!(answer.body.len(), (1 << 20) + 1);
    }
    assert_eq!(page::stats().entries, 0);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_passed_on_as_it_is_and_not_kept() {
    #[cache_page(ttl = "5m")]
    async fn page(axum::extract::RawQuery(case): axum::extract::RawQuery) -> Response {
        match case.as_deref() {
            Some("error") => told(Some(100), &[Ok("ten bytes!"), Err("upstream closed")]),
            Some("short") => told(Some(100), &[Ok("ten bytes!")]),
            Some("long") => told(Some(4), &[Ok("ten "), Ok("bytes!")]),
            Some("announced") => ([("content-length", "100")], "ten bytes!").into_response(),
            _ => told(Some(10), &[Ok("ten "), Ok("bytes!")]),
        }
    }
    let app = Router::new().route("/", route(page));
    for case in ["error", "short", "long", "announced"] {
        for _ in 0..2 {
            let answer = app
                .clone()
                .oneshot(request("GET", &format!("/?{case}"), &[]))
                .await
                .expect("an answer");
            assert_eq!(
                answer.headers()["cache-status"],
                "cache-core; fwd=uri-miss; detail=body-broken",
                "{case}"
            );
            let body = to_bytes(answer.into_body(), usize::MAX).await;
            match case {
                "error" => assert!(body.is_err()),
                _ => assert_eq!(body.expect("a body"), "ten bytes!", "{case}"),
            }
            page::clear().await;
        }
    }
    assert_eq!(get(&app, "/").await.body, "ten bytes!");
    let hit = get(&app, "/").await;
    hit.assert_hit();
    assert_eq!(
        (hit.body.as_str(), hit.field("content-length").as_deref()),
        ("ten bytes!", Some("10"))
    );
}

#[tokio::test]
async fn an_encoded_body_keeps_its_encoding() {
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        (
            [("content-encoding", "br"), ("content-type", "text/html")],
            vec![0xff, 0, 1, 2],
        )
    }
    let app = Router::new().route("/", route(page));
    for _ in 0..2 {
        let answer = app
            .clone()
            .oneshot(request("GET", "/", &[]))
            .await
            .expect("an answer");
        assert_eq!(answer.headers()["content-encoding"], "br");
        assert_eq!(
            to_bytes(answer.into_body(), 10).await.expect("a body"),
            &[0xff, 0, 1, 2][..]
        );
    }
}

#[tokio::test]
async fn empty_pages_are_pages() {
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        ([("x-run", run().to_string())], "")
    }
    let app = site(page);
    let (first, second) = (get(&app, "/").await, get(&app, "/").await);
    second.assert_hit();
    assert_eq!(first.field("x-run"), second.field("x-run"));
}
