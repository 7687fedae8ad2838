//! How long a response is fresh, and how old it is (RFC 9111, sections 4.2, 5.1 and 5.3; RFC 9213).

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{CachePageLayer, HttpMode};

use crate::support::{Gate, date_in, front, is_reused, is_reused_after, numbered, page, until};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test]
async fn section_4_2_a_response_is_fresh_until_its_age_is_its_life() {
    let clock = Clock::freeze();
    let front = numbered(
        &CachePageLayer::shared(),
        &[("cache-control", "max-age=60")],
    );
    front.get("/", &[]).await.assert_miss();
    clock.advance(seconds(59));
    let hit = front.get("/", &[]).await;
    assert_eq!(hit.assert_hit().field("age"), "59");
    assert_eq!(hit.cache(), "hit; ttl=1");
    clock.advance(seconds(1));
    front.get("/", &[]).await.assert_miss();
}

#[tokio::test]
async fn section_4_2_1_s_maxage_comes_before_max_age_in_a_shared_cache_alone() {
    let clock = Clock::freeze();
    let fields = [("cache-control", "max-age=60, s-maxage=10")];
    let shared = numbered(&CachePageLayer::shared(), &fields);
    let private = numbered(&CachePageLayer::private(), &fields);
    shared.get("/", &[]).await;
    private.get("/", &[]).await;
    clock.advance(seconds(20));
    shared.get("/", &[]).await.assert_miss();
    private.get("/", &[]).await.assert_hit();
    let alone = [("cache-control", "s-maxage=10")];
    assert!(!is_reused(&CachePageLayer::private(), &alone).await);
}

#[tokio::test]
async fn section_4_2_1_max_age_comes_before_expires() {
    let _clock = Clock::freeze();
    let (past, future) = (date_in(-60).await, date_in(60).await);
    let layer = CachePageLayer::shared();
    assert!(is_reused(&layer, &[("expires", &future)]).await);
    assert!(!is_reused(&layer, &[("expires", &past)]).await);
    let max_age = ("cache-control", "max-age=60");
    assert!(is_reused(&layer, &[max_age, ("expires", &past)]).await);
    let none = ("cache-control", "max-age=0");
    assert!(!is_reused(&layer, &[none, ("expires", &future)]).await);
}

#[tokio::test]
async fn section_5_3_an_expires_that_cannot_be_read_is_in_the_past() {
    let future = date_in(60).await;
    for value in [
        "0",
        "",
        "-1",
        "tomorrow",
        "Sun, 06 Nov 94 08:49:37 GMT",
        &future.replace("GMT", "UTC"),
    ] {
        assert!(
            !is_reused(&CachePageLayer::shared(), &[("expires", value)]).await,
            "{value}"
        );
    }
    let layer = CachePageLayer::shared();
    assert!(
        !is_reused(&layer, &[("expires", &future), ("expires", &future)]).await,
        "twice"
    );
}

#[tokio::test]
async fn section_4_2_1_expires_counts_from_the_date() {
    let _clock = Clock::freeze();
    let (earlier, later) = (date_in(-100).await, date_in(10).await);
    // A life of 110 seconds, of which 100 have passed.
    let front = numbered(
        &CachePageLayer::shared(),
        &[("date", &earlier), ("expires", &later)],
    );
    front.get("/", &[]).await;
    let hit = front.get("/", &[]).await;
    assert_eq!(hit.assert_hit().cache(), "hit; ttl=10");
    assert_eq!(
        (hit.field("age"), hit.field("date")),
        ("100".into(), earlier)
    );
}

#[tokio::test]
async fn section_4_2_3_the_age_is_that_of_all_caches_on_the_way() {
    let clock = Clock::freeze();
    for (age, expected) in [
        ("50", Some(50)),
        ("60", None),
        ("99999999999999999999", None),
        ("50, 0", Some(50)),
        ("-1", Some(0)),
        ("x", Some(0)),
        ("7.5", Some(0)),
    ] {
        let layer = CachePageLayer::shared();
        let front = numbered(&layer, &[("cache-control", "max-age=60"), ("age", age)]);
        front.get("/", &[]).await;
        clock.advance(seconds(5));
        let second = front.get("/", &[]).await;
        match expected {
            Some(before) => assert_eq!(second.assert_hit().field("age"), (before + 5).to_string()),
            None => drop(second.assert_miss()),
        }
    }
}

#[tokio::test]
async fn section_4_2_3_the_way_counts() {
    let (clock, gate) = (Clock::freeze(), Arc::new(Gate::closed()));
    let at_origin = gate.clone();
    let front = front(&CachePageLayer::shared(), move |_| {
        page("slow", &[("cache-control", "max-age=60")]).behind(&at_origin)
    });
    let first = front.start("GET", "/", &[]);
    until(|| front.count() == 1).await;
    clock.advance(seconds(40));
    gate.let_go(2);
    first.await.unwrap();
    assert_eq!(front.get("/", &[]).await.assert_hit().field("age"), "40");
    clock.advance(seconds(20));
    front.get("/", &[]).await.assert_miss();
}

#[tokio::test]
async fn section_4_2_2_guesses_are_made_only_where_they_are_asked_for() {
    let clock = Clock::freeze();
    for (layer, guesses) in [
        (CachePageLayer::shared(), false),
        (CachePageLayer::shared().heuristic(0.1), true),
        (CachePageLayer::shared().to_the_letter(), true),
    ] {
        let modified = date_in(-1_000).await;
        let front = numbered(&layer, &[("last-modified", &modified)]);
        front.get("/", &[]).await;
        clock.advance(seconds(99));
        assert_eq!(front.get("/", &[]).await.is_hit(), guesses);
        clock.advance(seconds(2));
        front.get("/", &[]).await.assert_miss();
    }
}

#[tokio::test]
async fn section_4_2_2_guesses_are_made_for_some_statuses_alone() {
    let modified = date_in(-1_000).await;
    let fields = [("last-modified", modified.as_str())];
    let public = [fields[0], ("cache-control", "public")];
    for (status, expected) in [
        (200, true),
        (204, true),
        (404, true),
        (501, true),
        (201, false),
        (403, false),
        (502, false),
        (599, false),
    ] {
        let layer = CachePageLayer::shared().to_the_letter();
        let body_less = status == 204;
        if !body_less {
            let found = is_reused_after(&layer, &[], status, &fields).await;
            assert_eq!(found, expected, "{status}");
            assert!(
                is_reused_after(&layer, &[], status, &public).await,
                "{status}"
            );
        }
    }
}

#[tokio::test]
async fn section_4_2_2_no_guess_overrides_a_life_that_is_said() {
    let modified = date_in(-1_000_000).await;
    let layer = CachePageLayer::shared().to_the_letter();
    for said in [
        ("cache-control", "max-age=0"),
        ("expires", "0"),
        ("cache-control", "no-cache"),
    ] {
        assert!(
            !is_fresh(&layer, &[("last-modified", &modified), said]).await,
            "{said:?}"
        );
    }
}

/// Whether the second of two requests is answered without the origin.
async fn is_fresh(layer: &CachePageLayer<HttpMode>, fields: &[(&str, &str)]) -> bool {
    is_reused(layer, fields).await
}

#[tokio::test]
async fn section_4_2_4_nothing_serves_past_its_life_unless_something_allows_it() {
    let clock = Clock::freeze();
    for layer in [
        CachePageLayer::shared(),
        CachePageLayer::shared().to_the_letter(),
    ] {
        let front = numbered(&layer, &[("cache-control", "max-age=1"), ("etag", "\"a\"")]);
        front.get("/", &[]).await;
        clock.advance(seconds(2));
        let second = front.get("/", &[]).await;
        assert_eq!((second.body.as_str(), front.count()), ("run 2", 2));
    }
}
