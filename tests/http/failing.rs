//! Handlers that fail where a stale page serves.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cache_core::testing::Clock;
use cache_core::{cache_page, drain};

use crate::support::{
    Source, assert_apart, assert_ends, assert_same, assert_status, get, run, site,
};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_failed_load_sends_the_last_good_page_and_pauses() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", stale_if_error = "6h")]
    async fn page() -> Response {
        SOURCE.page().into_response()
    }

    let (clock, app) = (Clock::freeze(), site(page));
    get(&app, "/").await.assert_stored();
    SOURCE.answers(500);
    clock.advance(11 * MINUTE);
    let stale = get(&app, "/").await;
    assert_status(&stale, "run 1", "fwd=stale; ttl=-60; detail=stale");
    assert_eq!(stale.status, StatusCode::OK);
    assert_ends(&stale);
    let paused = get(&app, "/").await;
    assert_status(&paused, "run 1", "hit; ttl=-60; detail=stale");
    assert_eq!(SOURCE.runs(), 2, "it pauses after a failure");
    clock.advance(MINUTE);
    get(&app, "/").await;
    assert_eq!(SOURCE.runs(), 3, "and tries again");
    assert_eq!(page::stats().stale_hits, 3);
    let other = get(&app, "/other").await;
    assert_eq!(other.status, StatusCode::INTERNAL_SERVER_ERROR);
    clock.advance(6 * 60 * MINUTE);
    assert_eq!(
        get(&app, "/").await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    SOURCE.answers(200);
    clock.advance(MINUTE);
    get(&app, "/").await.assert_stored();
}

#[tokio::test]
async fn an_error_of_the_handler_fails_by_its_status() {
    static BROKEN: AtomicBool = AtomicBool::new(false);
    static STATUS: AtomicU64 = AtomicU64::new(503);
    #[cache_page(ttl = "10m", stale_if_error = "6h")]
    async fn page() -> Result<String, StatusCode> {
        if BROKEN.load(SeqCst) {
            let status = u16::try_from(STATUS.load(SeqCst)).unwrap();
            return Err(StatusCode::from_u16(status).unwrap());
        }
        Ok(format!("run {}", run()))
    }

    let (clock, app) = (Clock::freeze(), site(page));
    let first = get(&app, "/").await;
    BROKEN.store(true, SeqCst);
    clock.advance(11 * MINUTE);
    assert_same(&first, &get(&app, "/").await);
    STATUS.store(404, SeqCst);
    clock.advance(11 * MINUTE);
    let gone = get(&app, "/").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "that is an answer");
    STATUS.store(503, SeqCst);
    let failed = get(&app, "/").await;
    assert_eq!(
        failed.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "the stale page has ended"
    );
}

#[tokio::test]
async fn an_answer_that_is_not_kept_ends_the_stale_page() {
    static SECRET: AtomicBool = AtomicBool::new(false);
    #[cache_page(ttl = "10m", stale_while_revalidate = "1h")]
    async fn page() -> Response {
        let body = format!("run {}", run());
        if SECRET.load(SeqCst) {
            return ([(header::SET_COOKIE, "a=b")], body).into_response();
        }
        body.into_response()
    }

    let (clock, app) = (Clock::freeze(), site(page));
    let first = get(&app, "/").await;
    SECRET.store(true, SeqCst);
    clock.advance(11 * MINUTE);
    assert_same(&first, &get(&app, "/").await);
    assert!(drain(SOON).await);
    assert_apart(&first, &get(&app, "/").await);
}

#[tokio::test]
async fn a_refresh_that_panics_leaves_the_page_and_pauses() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", stale_while_revalidate = "1h")]
    async fn page() -> Response {
        SOURCE.page().into_response()
    }

    let (clock, app) = (Clock::freeze(), site(page));
    get(&app, "/").await.assert_stored();
    SOURCE.answers(599);
    clock.advance(11 * MINUTE);
    for _ in 0..3 {
        assert_status(&get(&app, "/").await, "run 1", "hit; ttl=-60; detail=stale");
        assert!(drain(SOON).await);
    }
    assert_eq!(SOURCE.runs(), 2);
}
