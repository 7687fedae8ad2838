//! Fields that speak to some caches alone (RFC 9213), and what a cache says of itself (RFC 9211).

use std::time::Duration;

use cache_core::CachePageLayer;
use cache_core::testing::Clock;
use http::HeaderName;

use crate::support::{date_in, is_reused, numbered};

#[tokio::test]
async fn rfc_9213_a_targeted_field_speaks_in_the_place_of_the_others() {
    let future = date_in(60).await;
    for (fields, expected) in [
        (
            &[
                ("cdn-cache-control", "max-age=60"),
                ("cache-control", "no-store"),
            ][..],
            true,
        ),
        (
            &[("cdn-cache-control", "max-age=60"), ("expires", "0")],
            true,
        ),
        (
            &[
                ("cdn-cache-control", "no-store"),
                ("cache-control", "max-age=60"),
            ],
            false,
        ),
        (
            &[
                ("cdn-cache-control", "private"),
                ("cache-control", "max-age=60"),
            ],
            false,
        ),
        (
            &[("cdn-cache-control", "public"), ("expires", &future)],
            false,
        ),
        (
            &[
                ("cdn-cache-control", "max-age=0"),
                ("cache-control", "max-age=60"),
            ],
            false,
        ),
        // Malformed, empty: as if it were not there.
        (
            &[
                ("cdn-cache-control", "&&&"),
                ("cache-control", "max-age=60"),
            ],
            true,
        ),
        (
            &[("cdn-cache-control", ""), ("cache-control", "max-age=60")],
            true,
        ),
        (
            &[
                ("cdn-cache-control", "max-age=60, &"),
                ("cache-control", "no-store"),
            ],
            false,
        ),
        (
            &[
                ("cdn-cache-control", "MAX-AGE=60"),
                ("cache-control", "no-store"),
            ],
            false,
        ),
        (
            &[
                ("surrogate-control", "max-age=60"),
                ("cache-control", "no-store"),
            ],
            true,
        ),
        (
            &[
                ("cdn-cache-control", "no-store"),
                ("surrogate-control", "max-age=60"),
            ],
            false,
        ),
    ] {
        let found = is_reused(&CachePageLayer::shared(), fields).await;
        assert_eq!(found, expected, "{fields:?}");
    }
}

#[tokio::test]
async fn rfc_9213_a_private_cache_has_no_target() {
    let fields = [
        ("cdn-cache-control", "max-age=60"),
        ("cache-control", "max-age=0"),
    ];
    assert!(!is_reused(&CachePageLayer::private(), &fields).await);
    let own = CachePageLayer::private().targeted([HeaderName::from_static("own-cache-control")]);
    let fields = [
        ("own-cache-control", "max-age=60"),
        ("cache-control", "no-store"),
    ];
    assert!(is_reused(&own, &fields).await);
}

#[tokio::test]
async fn rfc_9211_each_answer_says_what_the_cache_did() {
    let clock = Clock::freeze();
    let front = numbered(
        &CachePageLayer::shared(),
        &[
            ("cache-control", "max-age=60"),
            ("cache-status", "origin; hit"),
        ],
    );
    let first = front.get("/", &[]).await;
    assert_eq!(
        first.field("cache-status"),
        "origin; hit, cache-core; fwd=uri-miss; stored"
    );
    let hit = front.get("/", &[]).await;
    assert_eq!(
        hit.field("cache-status"),
        "origin; hit, cache-core; hit; ttl=60"
    );
    clock.advance(Duration::from_secs(61));
    let stale = front.get("/", &[]).await;
    assert_eq!(stale.cache(), "fwd=stale; stored");
    assert_eq!(front.ask("POST", "/", &[]).await.cache(), "fwd=method");
}
