//! What requests say of stored responses (RFC 9111, sections 5.2.1 and 5.4).

use std::time::Duration;

use cache_core::CachePageLayer;
use cache_core::testing::Clock;

use crate::support::{LayeredOrigin, numbered};

fn obeying(fields: &[(&str, &str)]) -> LayeredOrigin {
    numbered(&CachePageLayer::shared().obey_requests(), fields)
}

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

async fn with(front: &LayeredOrigin, value: &str) -> crate::support::ReadResponse {
    front.get("/", &[("cache-control", value)]).await
}

/// What a client says about caching is not asked by default, or anybody could send every request to the origin.
#[tokio::test]
async fn by_default_no_client_steers_the_cache() {
    let front = numbered(&CachePageLayer::shared(), &[FRESH]);
    for value in ["no-cache", "no-store", "max-age=0", "min-fresh=999"] {
        with(&front, value).await;
        with(&front, value).await.assert_hit();
    }
    front
        .get(
            "/",
            &[("pragma", "no-cache"), ("x-invalidate-cache", "true")],
        )
        .await
        .assert_hit();
    let fresh = front
        .get("/other", &[("cache-control", "only-if-cached")])
        .await;
    assert_eq!((fresh.status, front.count()), (200, 2));
}

#[tokio::test]
async fn section_5_2_1_1_max_age() {
    let clock = Clock::freeze();
    let front = obeying(&[FRESH]);
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(10));
    with(&front, "max-age=10").await.assert_hit();
    assert_eq!(with(&front, "max-age=9").await.assert_miss().body, "run 2");
    assert_eq!(front.get("/", &[]).await.assert_hit().body, "run 2");
    with(&front, "max-age=0").await.assert_miss();
    with(&front, "max-age=x").await.assert_miss();
}

#[tokio::test]
async fn section_5_2_1_2_max_stale() {
    let clock = Clock::freeze();
    let front = obeying(&[FRESH]);
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(70));
    let stale = with(&front, "max-stale=10").await;
    assert_eq!(
        (stale.body.as_str(), stale.cache().as_str()),
        ("run 1", "hit; ttl=-10; detail=stale")
    );
    assert_eq!(with(&front, "max-stale").await.body, "run 1");
    assert_eq!(with(&front, "max-stale=9").await.body, "run 2");
}

#[tokio::test]
async fn section_5_2_1_2_max_stale_does_not_lift_what_a_response_forbids() {
    for value in [
        "max-age=1, must-revalidate",
        "max-age=1, proxy-revalidate",
        "s-maxage=1",
        "max-age=1, no-cache",
    ] {
        let clock = Clock::freeze();
        let front = obeying(&[("cache-control", value), ("etag", "\"a\"")]);
        front.get("/", &[]).await;
        clock.advance(Duration::from_secs(2));
        assert_eq!(with(&front, "max-stale").await.body, "run 2", "{value}");
    }
}

#[tokio::test]
async fn section_5_2_1_3_min_fresh() {
    let clock = Clock::freeze();
    let front = obeying(&[FRESH]);
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(10));
    with(&front, "min-fresh=50").await.assert_hit();
    with(&front, "min-fresh=51").await.assert_miss();
}

#[tokio::test]
async fn section_5_2_1_4_no_cache_and_section_5_4_pragma() {
    let front = obeying(&[FRESH]);
    front.get("/", &[]).await;
    assert_eq!(with(&front, "NO-cache").await.assert_miss().body, "run 2");
    assert_eq!(front.get("/", &[]).await.assert_hit().body, "run 2");
    assert_eq!(
        front
            .get("/", &[("pragma", "no-cache")])
            .await
            .assert_miss()
            .body,
        "run 3"
    );
    let both = [("pragma", "no-cache"), ("cache-control", "max-age=60")];
    front.get("/", &both).await.assert_hit();
}

#[tokio::test]
async fn section_5_2_1_5_no_store() {
    let front = obeying(&[FRESH]);
    for count in 1..3 {
        with(&front, "no-store").await.assert_miss();
        assert_eq!(front.count(), count);
    }
    front.get("/", &[]).await.assert_miss();
}

#[tokio::test]
async fn section_5_2_1_7_only_if_cached() {
    let clock = Clock::freeze();
    let front = obeying(&[FRESH]);
    let none = with(&front, "only-if-cached").await;
    assert_eq!(
        (none.status, none.cache().as_str(), front.count()),
        (504, "detail=only-if-cached", 0)
    );
    front.get("/", &[]).await;
    with(&front, "only-if-cached").await.assert_hit();
    clock.advance(Duration::from_secs(61));
    assert_eq!(with(&front, "only-if-cached").await.status, 504);
    assert_eq!(
        with(&front, "only-if-cached, max-stale").await.body,
        "run 1"
    );
    assert_eq!(front.count(), 1);
}

/// RFC 5861, section 3: a client that wants no stale response gets none.
#[tokio::test]
async fn a_client_that_says_how_old_it_may_be_gets_nothing_stale() {
    let clock = Clock::freeze();
    let front = obeying(&[(
        "cache-control",
        "max-age=10, stale-while-revalidate=60, stale-if-error=60",
    )]);
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(20));
    assert_eq!(with(&front, "max-age=30").await.body, "run 2");
    clock.advance(Duration::from_secs(20));
    assert_eq!(with(&front, "no-cache").await.body, "run 3");
}
