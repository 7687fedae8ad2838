//! Stored responses that are validated, and clients that know a response already (RFC 9111, section 4.3; RFC 9110, section 13).

use std::time::Duration;

use cache_core::CachePageLayer;
use cache_core::testing::Clock;

use crate::support::{AskedRequest, OriginAnswer, front, numbered, page};

const LATER: Duration = Duration::from_secs(61);
const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// An origin that has one page, and says of it that it has not changed.
fn unchanged(fields: &'static [(&str, &str)]) -> impl FnMut(&AskedRequest) -> OriginAnswer + Send {
    move |asked| {
        let is_known =
            asked.field("if-none-match") == "\"a\"" || asked.field("if-modified-since") == MODIFIED;
        if is_known {
            page("", fields).status(304)
        } else {
            let all = [
                ("cache-control", "max-age=60"),
                ("etag", "\"a\""),
                ("last-modified", MODIFIED),
                ("x-a", "old"),
            ];
            page("page", &all)
        }
    }
}

#[tokio::test]
async fn section_4_3_1_what_is_stale_is_validated_with_all_its_validators() {
    let clock = Clock::freeze();
    let front = front(
        &CachePageLayer::shared(),
        unchanged(&[("etag", "\"a\""), ("cache-control", "max-age=60")]),
    );
    front.get("/", &[]).await;
    clock.advance(LATER);
    let confirmed = front.get("/", &[]).await;
    assert_eq!((confirmed.status, confirmed.body.as_str()), (200, "page"));
    assert_eq!(confirmed.cache(), "fwd=stale; fwd-status=304; stored");
    let asked = front.origin.last();
    assert_eq!(asked.field("if-none-match"), "\"a\"");
    assert_eq!(asked.field("if-modified-since"), MODIFIED);
    clock.advance(Duration::from_secs(59));
    front.get("/", &[]).await.assert_hit();
    clock.advance(Duration::from_secs(1));
    front.get("/", &[]).await.assert_miss();
}

#[tokio::test]
async fn section_3_2_a_304_updates_the_stored_fields_and_not_what_describes_the_body() {
    let clock = Clock::freeze();
    let front = front(
        &CachePageLayer::shared(),
        unchanged(&[
            ("cache-control", "max-age=30"),
            ("x-a", "new"),
            ("x-b", "1"),
            ("content-length", "0"),
            ("content-encoding", "gzip"),
            ("content-type", "x/y"),
            ("content-range", "bytes 0-1/2"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
        ]),
    );
    front.get("/", &[]).await;
    clock.advance(LATER);
    front.get("/", &[]).await;
    let hit = front.get("/", &[]).await;
    assert_eq!(hit.assert_hit().cache(), "hit; ttl=30");
    assert_eq!(
        (hit.field("x-a"), hit.field("x-b")),
        ("new".into(), "1".into())
    );
    assert_eq!(
        (hit.field("content-length"), hit.body.as_str()),
        ("4".into(), "page")
    );
    for name in [
        "content-encoding",
        "content-type",
        "content-range",
        "x-hop",
        "connection",
    ] {
        assert_eq!(hit.field(name), "", "{name}");
    }
}

#[tokio::test]
async fn section_4_3_3_a_new_response_takes_the_place_of_the_stored_one() {
    let clock = Clock::freeze();
    let front = numbered(
        &CachePageLayer::shared(),
        &[("cache-control", "max-age=60"), ("etag", "\"a\"")],
    );
    front.get("/", &[]).await;
    clock.advance(LATER);
    assert_eq!(front.get("/", &[]).await.body, "run 2");
    assert_eq!(front.get("/", &[]).await.assert_hit().body, "run 2");
}

/// A 304 that names a validator which is not that of what is stored is about another response: it changes nothing here, and the whole
/// response is asked for.
#[tokio::test]
async fn section_4_3_4_a_304_about_another_response_changes_nothing_here() {
    for (stored, named) in [
        ("\"a\"", "\"b\""),
        ("W/\"a\"", "\"b\""),
        ("W/\"a\"", "\"a\""),
        ("\"a\"", "W/\"b\""),
        ("", "\"b\""),
    ] {
        let clock = Clock::freeze();
        let front = front(&CachePageLayer::shared(), move |asked| {
            let is_conditional = asked.headers.contains_key("if-none-match")
                || asked.headers.contains_key("if-modified-since");
            if is_conditional {
                return page(
                    "",
                    &[
                        ("etag", named),
                        ("cache-control", "max-age=60"),
                        ("x-other", "1"),
                    ],
                )
                .status(304);
            }
            let tag = (!stored.is_empty()).then_some(("etag", stored));
            let fields: Vec<_> = tag
                .into_iter()
                .chain([("cache-control", "max-age=60"), ("last-modified", MODIFIED)])
                .collect();
            page("whole", &fields)
        });
        front.get("/", &[]).await;
        clock.advance(LATER);
        let second = front.get("/", &[]).await;
        assert_eq!(
            (second.status, second.body.as_str(), second.field("x-other")),
            (200, "whole", String::new()),
            "{stored} {named}"
        );
        assert_eq!(front.count(), 3, "{stored} {named}");
    }
}

#[tokio::test]
async fn section_4_3_4_a_304_with_the_same_tag_or_none_confirms() {
    for (stored, named) in [
        ("\"a\"", "\"a\""),
        ("W/\"a\"", "W/\"a\""),
        ("\"a\"", "W/\"a\""),
        ("\"a\"", ""),
    ] {
        let clock = Clock::freeze();
        let front = front(&CachePageLayer::shared(), move |asked| {
            if asked.headers.contains_key("if-none-match") {
                let tag = (!named.is_empty()).then_some(("etag", named));
                let fields: Vec<_> = tag.into_iter().collect();
                return page("", &fields).status(304);
            }
            page(
                "whole",
                &[("etag", stored), ("cache-control", "max-age=60")],
            )
        });
        front.get("/", &[]).await;
        clock.advance(LATER);
        front.get("/", &[]).await;
        front.get("/", &[]).await.assert_hit();
        assert_eq!(front.count(), 2, "{stored} {named}");
    }
}

/// A 304 may take away what allowed to store the response.
#[tokio::test]
async fn section_4_3_4_a_304_that_forbids_to_store_ends_what_is_stored() {
    for said in ["no-store", "private"] {
        let clock = Clock::freeze();
        let front = front(&CachePageLayer::shared(), move |asked| {
            if asked.headers.contains_key("if-none-match") {
                return page("", &[("etag", "\"a\""), ("cache-control", said)]).status(304);
            }
            page(
                "whole",
                &[
                    ("etag", "\"a\""),
                    (
                        "cache-control",
                        "max-age=60, stale-if-error=999, stale-while-revalidate=0",
                    ),
                ],
            )
        });
        front.get("/", &[]).await;
        clock.advance(LATER);
        assert_eq!(front.get("/", &[]).await.body, "whole");
        assert!(!front.get("/", &[]).await.is_hit(), "{said}");
        assert_eq!(front.origin.last().field("if-none-match"), "", "{said}");
    }
}

#[tokio::test]
async fn section_5_2_2_4_no_cache_is_validated_each_time() {
    for value in [
        "no-cache",
        "no-cache, max-age=60",
        "max-age=60, NO-CACHE=\"x\"",
        "max-age=0",
    ] {
        for layer in [
            CachePageLayer::shared(),
            CachePageLayer::private(),
            CachePageLayer::shared().to_the_letter(),
        ] {
            let front = front(&layer, move |asked| {
                let fields = [("cache-control", value), ("etag", "\"a\"")];
                match asked.field("if-none-match") {
                    "\"a\"" => page("", &fields).status(304),
                    _ => page("page", &fields),
                }
            });
            for count in 1..4 {
                let response = front.get("/", &[]).await;
                assert_eq!((response.status, response.body.as_str()), (200, "page"));
                assert_eq!(front.count(), count, "{value}");
            }
            assert_eq!(
                front.origin.last().field("if-none-match"),
                "\"a\"",
                "{value}"
            );
        }
    }
}

#[tokio::test]
async fn a_304_to_a_request_without_a_condition_confirms_nothing() {
    let front = front(&CachePageLayer::shared(), |_| {
        page("", &[("cache-control", "max-age=60"), ("etag", "\"a\"")]).status(304)
    });
    for count in 1..4 {
        front
            .get("/", &[("vary-me", &count.to_string())])
            .await
            .assert_miss();
        assert_eq!(front.count(), count);
    }
}

/// Nor does one to the request for a response that has nothing to be validated by.
#[tokio::test]
async fn a_304_does_not_confirm_what_cannot_be_validated() {
    let clock = Clock::freeze();
    let mut run = 0;
    let front = front(&CachePageLayer::shared(), move |_| {
        run += 1;
        match run {
            1 => page("old", &[("cache-control", "max-age=60")]),
            2 => page("", &[("cache-control", "max-age=60")]).status(304),
            _ => page("new", &[("cache-control", "max-age=60")]),
        }
    });
    front.get("/", &[]).await;
    clock.advance(LATER);
    assert_ne!(front.get("/", &[]).await.body, "old");
    clock.advance(Duration::from_secs(2));
    assert_eq!(front.get("/", &[]).await.body, "new");
}

/// The layer gives it a date, as to every response: what is fresh until a date is not fresh for longer.
#[tokio::test]
async fn section_6_6_1_of_rfc_9110_a_304_without_a_date_is_of_now() {
    let clock = Clock::freeze();
    let expires = |seconds: u64| {
        let at = std::time::SystemTime::now() + Duration::from_secs(seconds);
        httpdate::fmt_http_date(at)
    };
    let mut runs = 0;
    let front = front(&CachePageLayer::shared(), move |_| {
        runs += 1;
        let until = expires(if runs == 1 { 60 } else { 7_200 + 60 });
        let fields = [("etag", "\"a\""), ("expires", until.as_str())];
        match runs {
            1 => page("page", &fields),
            _ => page("", &fields).status(304),
        }
    });
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(7_200));
    front.get("/", &[]).await;
    front.get("/", &[]).await.assert_hit();
    clock.advance(Duration::from_secs(120));
    front.get("/", &[]).await.assert_miss();
}
