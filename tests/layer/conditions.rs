//! Clients that know a response already, or want it on a condition (RFC 9110, section 13; RFC 9111, section 4.3.2).

use cache_core::CachePageLayer;
use cache_core::testing::Clock;

use crate::support::{date_in, front, numbered, page};

const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

#[tokio::test]
async fn section_4_3_2_a_client_that_knows_the_response_is_told_so() {
    let front = numbered(
        &CachePageLayer::shared(),
        &[
            ("cache-control", "max-age=60"),
            ("etag", "\"a\""),
            ("last-modified", MODIFIED),
            ("vary", "x"),
            ("content-type", "x/y"),
            ("set-x", "1"),
        ],
    );
    front.get("/", &[]).await;
    for (name, value, expected) in [
        ("if-none-match", "\"a\"", 304),
        ("if-none-match", "W/\"a\"", 304),
        ("if-none-match", "\"b\", \"a\"", 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"b\"", 200),
        ("if-none-match", "a", 200),
        ("if-modified-since", MODIFIED, 304),
        ("if-modified-since", "Sun, 06 Nov 1994 08:49:38 GMT", 304),
        ("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT", 200),
        ("if-modified-since", "yesterday", 200),
    ] {
        let answer = front.get("/", &[(name, value)]).await;
        assert_eq!(answer.assert_hit().status, expected, "{name}: {value}");
        if expected == 304 {
            assert_eq!(answer.body, "");
            assert_eq!(
                (answer.field("etag"), answer.field("vary")),
                ("\"a\"".into(), "x".into())
            );
            assert_eq!(answer.field("content-type"), "");
        }
    }
    let both = [("if-none-match", "\"b\""), ("if-modified-since", MODIFIED)];
    assert_eq!(
        front.get("/", &both).await.status,
        200,
        "the tag decides alone"
    );
}

#[tokio::test]
async fn section_4_3_2_without_a_date_of_change_the_date_of_the_response_counts() {
    let _clock = Clock::freeze();
    let (now, before) = (date_in(0).await, date_in(-1).await);
    let front = numbered(
        &CachePageLayer::shared(),
        &[("cache-control", "max-age=60"), ("date", &now)],
    );
    front.get("/", &[]).await;
    assert_eq!(
        front.get("/", &[("if-modified-since", &now)]).await.status,
        304
    );
    assert_eq!(
        front
            .get("/", &[("if-modified-since", &before)])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn section_13_2_1_of_rfc_9110_only_a_200_is_known_already() {
    let front = front(&CachePageLayer::shared(), |_| {
        page(
            "none",
            &[("cache-control", "max-age=60"), ("etag", "\"a\"")],
        )
        .status(404)
    });
    front.get("/", &[]).await;
    let hit = front.get("/", &[("if-none-match", "\"a\"")]).await;
    assert_eq!((hit.assert_hit().status, hit.body.as_str()), (404, "none"));
}

/// The conditions of one client never reach the origin of a response that is for all: a 304 or a 412 would answer the others.
#[tokio::test]
async fn the_conditions_of_a_client_do_not_decide_what_is_stored() {
    let front = front(&CachePageLayer::shared(), |asked| {
        let fields = [("cache-control", "max-age=60"), ("etag", "\"a\"")];
        if asked.headers.contains_key("if-none-match") {
            return page("", &fields).status(304);
        }
        page("page", &fields)
    });
    let known = front
        .get(
            "/",
            &[("if-none-match", "\"a\""), ("if-modified-since", MODIFIED)],
        )
        .await;
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    let hit = front.get("/", &[]).await;
    assert_eq!((hit.assert_hit().status, hit.body.as_str()), (200, "page"));
}

/// A condition that no cache evaluates is the origin's, which fails the request if it does not hold.
#[tokio::test]
async fn section_13_1_1_of_rfc_9110_the_origin_evaluates_if_match() {
    for (name, value) in [
        ("if-match", "\"old\""),
        ("if-unmodified-since", "Sun, 06 Nov 1983 08:49:37 GMT"),
    ] {
        let front = front(&CachePageLayer::shared(), move |asked| {
            let fields = [("cache-control", "max-age=60"), ("etag", "\"a\"")];
            if asked.headers.contains_key(name) {
                return page("failed", &fields).status(412);
            }
            page("page", &fields)
        });
        assert_eq!(front.get("/", &[(name, value)]).await.status, 412, "{name}");
        front.get("/", &[]).await.assert_miss();
        front.get("/", &[]).await.assert_hit();
    }
}
