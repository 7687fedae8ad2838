//! How the variants of a target are told apart, and what is found without.

use std::time::Duration;

use cache_core::CachePageLayer;
use cache_core::testing::Clock;

use crate::support::{front, page};

#[tokio::test]
async fn variants_that_name_different_fields_lie_side_by_side() {
    let front = front(&CachePageLayer::shared(), |asked| {
        let vary = if asked.field("x-a") == "1" {
            "x-a"
        } else {
            "x-a, x-b"
        };
        page(
            format!("{} {}", asked.field("x-a"), asked.field("x-b")),
            &[("vary", vary), ("cache-control", "max-age=60")],
        )
    });
    let all = [
        &[("x-a", "1")][..],
        &[("x-a", "2"), ("x-b", "1")],
        &[("x-a", "2"), ("x-b", "2")],
        &[("x-a", "3")],
    ];
    let mut bodies = Vec::new();
    for fields in all {
        bodies.push(front.get("/", fields).await.body);
    }
    for (fields, body) in all.iter().zip(&bodies) {
        assert_eq!(&front.get("/", fields).await.assert_hit().body, body);
    }
    assert_eq!(
        front
            .get("/", &[("x-a", "1"), ("x-b", "9")])
            .await
            .assert_hit()
            .body,
        "1 "
    );
    assert_eq!(
        front
            .get("/", &[("x-a", "2"), ("x-b", "9")])
            .await
            .assert_miss()
            .body,
        "2 9"
    );
}

#[tokio::test]
async fn a_response_without_vary_takes_the_place_of_its_variants() {
    let mut varies = true;
    let front = front(&CachePageLayer::shared(), move |asked| {
        let own = if std::mem::take(&mut varies) {
            vec![("vary", "x-a")]
        } else {
            vec![]
        };
        let fields: Vec<_> = own
            .into_iter()
            .chain([("cache-control", "max-age=60")])
            .collect();
        page(asked.field("x-a"), &fields)
    });
    front.get("/", &[("x-a", "1")]).await;
    front.get("/", &[("x-a", "2")]).await;
    assert_eq!(front.get("/", &[("x-a", "3")]).await.assert_hit().body, "2");
}

#[tokio::test]
async fn a_vary_of_many_long_fields_is_not_stored_and_not_lost() {
    let front = front(&CachePageLayer::shared(), |asked| {
        let fields = [("vary", "x-a"), ("cache-control", "max-age=60")];
        page(asked.field("x-a"), &fields)
    });
    let clock = Clock::freeze();
    let long = "a".repeat(9_000);
    for _ in 0..2 {
        let response = front.get("/", &[("x-a", &long)]).await;
        assert!(response.assert_miss().body.contains(&long));
    }
    // Those who want the same are not made to wait for each other for a moment.
    clock.advance(Duration::from_secs(2));
    front.get("/", &[("x-a", "1")]).await;
    front.get("/", &[("x-a", "1")]).await.assert_hit();
}

/// An index of variants is nothing that an origin could confirm, even one that answers with a 304 which nobody has asked for.
#[tokio::test]
async fn a_304_confirms_no_index() {
    let clock = Clock::freeze();
    let mut is_broken = false;
    let front = front(&CachePageLayer::shared(), move |asked| {
        let fields = [("vary", "x-a"), ("cache-control", "max-age=60")];
        match std::mem::replace(&mut is_broken, true) {
            true => page("", &fields).status(304),
            false => page(asked.field("x-a"), &fields),
        }
    });
    front.get("/", &[("x-a", "1")]).await;
    clock.advance(Duration::from_secs(30 * 24 * 3600));
    let long = "a".repeat(9_000);
    front.get("/", &[("x-a", &long)]).await.assert_miss();
    front.get("/", &[("x-a", "2")]).await.assert_miss();
}
