//! Origins that fail, and what serves in their place (RFC 9111, section 4.2.4; RFC 5861).

use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{CachePageLayer, HttpMode};

use crate::support::{
    LayeredOrigin, OriginAnswer, OriginError, failure, front, page, request, settle,
};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// An origin that works once.
fn then_fails(
    layer: &CachePageLayer<HttpMode>,
    value: &'static str,
    how: fn() -> OriginAnswer,
) -> LayeredOrigin {
    let mut works = true;
    front(layer, move |_| match std::mem::take(&mut works) {
        true => page("page", &[("cache-control", value), ("etag", "\"a\"")]),
        false => how(),
    })
}

#[tokio::test]
async fn section_4_of_rfc_5861_a_stale_response_serves_in_the_place_of_a_failure() {
    let failures: [fn() -> OriginAnswer; 5] = [
        failure,
        || page("broken", &[]).status(500),
        || page("broken", &[("cache-control", "max-age=60")]).status(502),
        || page("broken", &[]).status(503),
        || page("broken", &[]).status(504),
    ];
    for (at, how) in failures.into_iter().enumerate() {
        let clock = Clock::freeze();
        let front = then_fails(
            &CachePageLayer::shared(),
            "max-age=60, stale-if-error=30",
            how,
        );
        front.get("/", &[]).await;
        clock.advance(seconds(70));
        for _ in 0..2 {
            let stale = front.get("/", &[]).await;
            assert_eq!((stale.status, stale.body.as_str()), (200, "page"), "{at}");
            assert_eq!(stale.cache(), "fwd=stale; ttl=-10; detail=stale", "{at}");
            assert_eq!(stale.field("age"), "70");
        }
        clock.advance(seconds(20));
        let ended = front.send(request("GET", "/", &[])).await;
        assert!(ended.is_err() || ended.unwrap().status() != 200, "{at}");
    }
}

#[tokio::test]
async fn other_failures_of_the_origin_are_its_answer() {
    for status in [400, 403, 404, 429, 501] {
        let clock = Clock::freeze();
        let mut works = true;
        let front = front(&CachePageLayer::shared(), move |_| {
            match std::mem::take(&mut works) {
                true => page(
                    "page",
                    &[("cache-control", "max-age=60, stale-if-error=30")],
                ),
                false => page("no", &[]).status(status),
            }
        });
        front.get("/", &[]).await;
        clock.advance(seconds(70));
        assert_eq!(front.get("/", &[]).await.status, status);
    }
}

#[tokio::test]
async fn without_a_word_of_the_response_nothing_serves_past_its_life() {
    let clock = Clock::freeze();
    let front = then_fails(&CachePageLayer::shared(), "max-age=60", failure);
    front.get("/", &[]).await;
    clock.advance(seconds(61));
    assert_eq!(
        front.send(request("GET", "/", &[])).await.err(),
        Some(OriginError)
    );
}

#[tokio::test]
async fn to_the_letter_what_does_not_forbid_it_serves_for_a_day() {
    for layer in [
        CachePageLayer::shared().to_the_letter(),
        CachePageLayer::shared().stale_if_error("1d"),
    ] {
        let clock = Clock::freeze();
        let front = then_fails(&layer, "max-age=60", failure);
        front.get("/", &[]).await;
        clock.advance(seconds(3_600));
        assert_eq!(front.get("/", &[]).await.body, "page");
        clock.advance(seconds(24 * 3_600));
        assert!(front.send(request("GET", "/", &[])).await.is_err());
    }
}

#[tokio::test]
async fn section_5_2_2_2_what_must_be_revalidated_never_serves_stale() {
    for value in [
        "max-age=60, must-revalidate",
        "max-age=60, proxy-revalidate",
        "s-maxage=60",
        "max-age=60, no-cache",
        "max-age=60, must-revalidate, stale-if-error=99, stale-while-revalidate=99",
    ] {
        for how in [failure as fn() -> OriginAnswer, || {
            page("broken", &[]).status(503)
        }] {
            let clock = Clock::freeze();
            let front = then_fails(&CachePageLayer::shared().to_the_letter(), value, how);
            front.get("/", &[]).await;
            clock.advance(seconds(61));
            let answer = front.send(request("GET", "/", &[])).await;
            assert!(
                answer.is_err() || answer.unwrap().status() == 503,
                "{value}"
            );
        }
    }
}

#[tokio::test]
async fn section_3_of_rfc_5861_a_stale_response_serves_while_it_is_validated() {
    let clock = Clock::freeze();
    let mut run = 0;
    let front = front(&CachePageLayer::shared(), move |_| {
        run += 1;
        page(
            format!("run {run}"),
            &[("cache-control", "max-age=60, stale-while-revalidate=30")],
        )
    });
    front.get("/", &[]).await;
    clock.advance(seconds(70));
    let stale = front.get("/", &[]).await;
    assert_eq!(
        (stale.body.as_str(), stale.cache().as_str()),
        ("run 1", "hit; ttl=-10; detail=stale")
    );
    settle().await;
    assert_eq!(front.get("/", &[]).await.assert_hit().body, "run 2");
    clock.advance(seconds(90));
    assert_eq!(front.get("/", &[]).await.body, "run 3", "beyond the window");
}

/// One refresh at a time, and none for a while after one has failed.
#[tokio::test]
async fn a_refresh_that_fails_is_not_tried_for_each_client() {
    let clock = Clock::freeze();
    let front = then_fails(
        &CachePageLayer::shared(),
        "max-age=60, stale-while-revalidate=600, stale-if-error=600",
        failure,
    );
    front.get("/", &[]).await;
    clock.advance(seconds(70));
    for _ in 0..20 {
        assert_eq!(front.get("/", &[]).await.body, "page");
        settle().await;
    }
    assert!(front.count() <= 3, "{}", front.count());
}

#[tokio::test]
async fn what_was_invalidated_never_serves_in_the_place_of_a_failure() {
    let clock = Clock::freeze();
    let mut works = true;
    let front = front(
        &CachePageLayer::shared().to_the_letter(),
        move |asked| match asked.method.as_str() {
            "POST" => page("", &[]),
            _ if std::mem::take(&mut works) => page(
                "page",
                &[(
                    "cache-control",
                    "max-age=60, stale-if-error=999, stale-while-revalidate=999",
                )],
            ),
            _ => failure(),
        },
    );
    front.get("/", &[]).await;
    clock.advance(seconds(70));
    front.ask("POST", "/", &[]).await;
    assert!(front.send(request("GET", "/", &[])).await.is_err());
}

/// Nor is one that is for a client with credentials alone.
#[tokio::test]
async fn a_response_to_credentials_leaves_what_serves_others() {
    let clock = Clock::freeze();
    let mut runs = 0;
    let front = front(&CachePageLayer::shared(), move |_| {
        runs += 1;
        match runs {
            1 => page(
                "old",
                &[("cache-control", "max-age=60, stale-if-error=999")],
            ),
            2 => page("own", &[("cache-control", "max-age=60")]),
            _ => failure(),
        }
    });
    front.get("/", &[]).await;
    clock.advance(seconds(70));
    assert_eq!(
        front.get("/", &[("authorization", "Basic x")]).await.body,
        "own"
    );
    clock.advance(seconds(2));
    assert_eq!(front.get("/", &[]).await.body, "old");
}

/// Nor is one that confirms to a client with credentials what is stored for all.
#[tokio::test]
async fn a_304_to_credentials_leaves_what_serves_others() {
    let clock = Clock::freeze();
    let mut runs = 0;
    let front = front(&CachePageLayer::shared(), move |_| {
        let fields = [
            ("cache-control", "max-age=60, stale-if-error=999"),
            ("etag", "\"a\""),
        ];
        runs += 1;
        match runs {
            1 => page("old", &fields),
            2 => page("", &fields).status(304),
            _ => failure(),
        }
    });
    front.get("/", &[]).await;
    clock.advance(seconds(70));
    let own = front.get("/", &[("authorization", "Basic x")]).await;
    assert_eq!((own.status, own.body.as_str()), (200, "old"));
    assert_eq!(front.get("/", &[]).await.body, "old");
}

/// Nor does what is about one client end it, though that client insists on a response of its own.
#[tokio::test]
async fn a_rejected_client_leaves_what_serves_others() {
    for status in [401, 403, 429, 500] {
        let clock = Clock::freeze();
        let front = front(&CachePageLayer::shared().obey_requests(), move |asked| {
            if asked.field("cache-control").is_empty() {
                page("for all", &[("cache-control", "max-age=60")])
            } else {
                page("rejected", &[]).status(status)
            }
        });
        front.get("/", &[]).await;
        clock.advance(seconds(1));
        for credentials in [
            &[("cache-control", "no-cache")][..],
            &[("cache-control", "no-cache"), ("authorization", "Basic x")],
        ] {
            let own = front.get("/", credentials).await;
            assert_eq!((own.status, own.body.as_str()), (status, "rejected"));
            assert_eq!(front.get("/", &[]).await.assert_hit().body, "for all");
        }
        assert_eq!(front.count(), 3, "{status}");
    }
}
