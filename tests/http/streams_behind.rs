//! Bodies that come by and by when their client has its answer already, or the page its age.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use cache_core::testing::Clock;
use cache_core::{cache_page, drain};
use cache_tests::{BOUND, within};

use crate::fed::{Fed, begin, next, part, start};
use crate::support::{get, get_with, site};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_page_has_aged_while_its_body_came() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "1h")]
    async fn page() -> Response {
        ([("cache-control", "max-age=60")], BODIES.body()).into_response()
    }
    let app = site(page);
    let clock = Clock::freeze();
    let (feeder, second) = (BODIES.feed(), BODIES.feed());
    let mut first = begin(&app, "/").await;
    feeder.send(part("old")).unwrap();
    assert_eq!(next(&mut first).await.unwrap().unwrap(), "old");
    clock.advance(100 * SECOND);
    drop(feeder);
    assert!(next(&mut first).await.is_none());
    assert!(drain(BOUND).await);
    second.send(part("new")).unwrap();
    drop(second);
    let again = get(&app, "/").await;
    assert_eq!(again.body, "new", "{again:?}");
}

#[tokio::test]
async fn a_304_of_a_body_that_streams_has_the_fields_of_its_request() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "1h")]
    async fn page() -> Response {
        ([("etag", "\"7\""), ("x-request-id", "9")], BODIES.body()).into_response()
    }
    #[cache_page(ttl = "1h")]
    async fn whole() -> Response {
        ([("etag", "\"7\""), ("x-request-id", "9")], "x").into_response()
    }
    let known = [("if-none-match", "\"7\"")];
    let at_once = get_with(&site(whole), "/", &known).await;
    let _feeder = BODIES.feed();
    let streamed = within(get_with(&site(page), "/", &known)).await;
    assert_eq!(at_once.status, streamed.status);
    assert_eq!(
        at_once.field("x-request-id"),
        streamed.field("x-request-id")
    );
}

#[tokio::test]
async fn a_slow_body_is_refreshed_behind_its_client() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m", stale_while_revalidate = "1h")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    let clock = Clock::freeze();
    let feeder = BODIES.feed();
    let first = start(&app, "/");
    feeder.send(part("one")).unwrap();
    drop(feeder);
    within(first).await.unwrap();
    clock.advance(301 * SECOND);
    let feeder = BODIES.feed();
    assert_eq!(get(&app, "/").await.body, "one");
    for _ in 0..45 {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        clock.advance(SECOND);
    }
    let _ = feeder.send(part("two"));
    drop(feeder);
    assert!(drain(BOUND).await);
    BODIES.feed_whole("three");
    assert_eq!(get(&app, "/").await.body, "two");
}

#[tokio::test]
async fn one_refresh_runs_at_a_time_behind_clients() {
    static BODIES: Fed = Fed::new();
    static RUNS: AtomicU32 = AtomicU32::new(0);
    #[cache_page(ttl = "5m", stale_while_revalidate = "1h")]
    async fn page() -> Response {
        RUNS.fetch_add(1, Ordering::SeqCst);
        BODIES.body().into_response()
    }
    let app = site(page);
    let clock = Clock::freeze();
    let feeders: Vec<_> = (0..30).map(|_| BODIES.feed()).collect();
    let first = start(&app, "/");
    feeders[0].send(part("one")).unwrap();
    let mut feeders = feeders.into_iter();
    drop(feeders.next());
    within(first).await.unwrap();
    clock.advance(301 * SECOND);
    for _ in 0..20 {
        assert_eq!(within(get(&app, "/")).await.body, "one");
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        clock.advance(SECOND + Duration::from_millis(10));
    }
    // A load that has not ended after ten seconds gets a second one at its side.
    assert!(RUNS.load(Ordering::SeqCst) <= 3);
}
