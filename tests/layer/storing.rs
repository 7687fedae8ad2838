//! What is stored, and what never is (RFC 9111, section 3).

use cache_core::CachePageLayer;
use http::StatusCode;

use crate::support::{data, framed, front, is_reused, is_reused_after, numbered, page};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

#[tokio::test]
async fn section_3_a_response_without_a_life_is_not_stored() {
    let layer = CachePageLayer::shared();
    assert!(!is_reused(&layer, &[]).await);
    assert!(!is_reused(&layer, &[("etag", "\"a\"")]).await);
    assert!(
        !is_reused(
            &layer,
            &[("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")]
        )
        .await
    );
}

#[tokio::test]
async fn section_3_a_response_with_a_life_is_stored() {
    for value in [
        "max-age=60",
        "MAX-AGE=60",
        "public, max-age=60",
        "s-maxage=60",
        "max-age=60, unknown, other=\"a, b\"",
        ",, max-age=60,",
    ] {
        let layer = CachePageLayer::shared();
        assert!(
            is_reused(&layer, &[("cache-control", value)]).await,
            "{value}"
        );
    }
}

#[tokio::test]
async fn section_5_2_2_5_no_store_is_not_stored() {
    for value in [
        "no-store, max-age=60",
        "max-age=60, No-Store",
        "no-store=1, max-age=60",
    ] {
        for layer in [
            CachePageLayer::shared(),
            CachePageLayer::private(),
            CachePageLayer::shared().to_the_letter(),
        ] {
            assert!(
                !is_reused(&layer, &[("cache-control", value)]).await,
                "{value}"
            );
        }
    }
}

#[tokio::test]
async fn section_5_2_2_7_private_is_stored_by_a_private_cache_alone() {
    for value in [
        "private, max-age=60",
        "max-age=60, PRIVATE",
        "max-age=60, private=\"x-a\"",
    ] {
        let fields = [("cache-control", value)];
        for layer in [
            CachePageLayer::shared(),
            CachePageLayer::shared().to_the_letter(),
        ] {
            assert!(!is_reused(&layer, &fields).await, "{value}");
        }
        assert!(
            is_reused(&CachePageLayer::private(), &fields).await,
            "{value}"
        );
    }
}

#[tokio::test]
async fn section_3_5_responses_to_credentials_are_for_others_only_if_they_say_so() {
    let credentials = [("authorization", "Basic x")];
    for (value, expected) in [
        ("max-age=60", false),
        ("max-age=60, no-transform", false),
        ("max-age=60, proxy-revalidate", false),
        ("public, max-age=60", true),
        ("s-maxage=60", true),
        ("max-age=60, must-revalidate", true),
    ] {
        for layer in [
            CachePageLayer::shared(),
            CachePageLayer::shared().to_the_letter(),
        ] {
            let fields = [("cache-control", value)];
            let found = is_reused_after(&layer, &credentials, 200, &fields).await;
            assert_eq!(found, expected, "{value}");
        }
    }
    let private = CachePageLayer::private();
    assert!(is_reused_after(&private, &credentials, 200, &[FRESH]).await);
}

#[tokio::test]
async fn section_3_5_an_empty_authorization_is_one() {
    let layer = CachePageLayer::shared();
    assert!(!is_reused_after(&layer, &[("authorization", "")], 200, &[FRESH]).await);
}

#[tokio::test]
async fn cookies_are_stored_only_to_the_letter() {
    let fields = [FRESH, ("set-cookie", "a=b")];
    assert!(!is_reused(&CachePageLayer::shared(), &fields).await);
    assert!(!is_reused(&CachePageLayer::private(), &fields).await);
    let letter = numbered(&CachePageLayer::shared().to_the_letter(), &fields);
    letter.get("/", &[]).await;
    let hit = letter.get("/", &[]).await;
    assert_eq!(hit.assert_hit().field("set-cookie"), "a=b");
}

#[tokio::test]
async fn statuses_that_are_listed_are_stored() {
    for status in [200, 203, 301, 308, 404, 410] {
        let layer = CachePageLayer::shared();
        assert!(
            is_reused_after(&layer, &[], status, &[FRESH]).await,
            "{status}"
        );
    }
    for status in [
        201, 202, 299, 302, 307, 400, 403, 405, 414, 500, 501, 503, 599,
    ] {
        let layer = CachePageLayer::shared();
        assert!(
            !is_reused_after(&layer, &[], status, &[FRESH]).await,
            "{status}"
        );
        let layer = layer.to_the_letter();
        assert!(
            is_reused_after(&layer, &[], status, &[FRESH]).await,
            "{status}"
        );
    }
    let own = CachePageLayer::shared().statuses([StatusCode::FORBIDDEN]);
    assert!(is_reused_after(&own, &[], 403, &[FRESH]).await);
    assert!(!is_reused_after(&own, &[], 200, &[FRESH]).await);
}

#[tokio::test]
async fn section_3_3_parts_and_comparisons_never_stand_for_the_resource() {
    let fields = [FRESH, ("content-range", "bytes 0-3/10"), ("etag", "\"a\"")];
    for status in [206, 304, 412, 416] {
        for layer in [
            CachePageLayer::shared(),
            CachePageLayer::shared().to_the_letter(),
            CachePageLayer::private().to_the_letter(),
        ] {
            assert!(
                !is_reused_after(&layer, &[], status, &fields).await,
                "{status}"
            );
        }
    }
}

#[tokio::test]
async fn section_5_2_2_3_must_understand_lifts_no_store_where_the_status_is_known() {
    let fields = [("cache-control", "must-understand, no-store, max-age=60")];
    let letter = CachePageLayer::shared().to_the_letter();
    assert!(is_reused_after(&letter, &[], 200, &fields).await);
    assert!(!is_reused_after(&letter, &[], 299, &fields).await);
}

#[tokio::test]
async fn section_3_1_fields_of_the_connection_are_not_stored() {
    let front = numbered(
        &CachePageLayer::shared(),
        &[
            FRESH,
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-authenticate", "Basic"),
            ("proxy-connection", "close"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("upgrade", "h2c"),
            ("x-own", "2"),
            ("x-own", "3"),
        ],
    );
    front.get("/", &[]).await;
    let hit = front.get("/", &[]).await;
    hit.assert_hit();
    for name in [
        "connection",
        "x-hop",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
        "transfer-encoding",
    ] {
        assert_eq!(hit.field(name), "", "{name}");
    }
    assert_eq!(hit.field("x-own"), "2, 3");
}

#[tokio::test]
async fn section_3_3_a_body_that_is_not_whole_is_not_stored() {
    let failing = || vec![data("1"), crate::support::BodyFrame::Error];
    for (at, length) in [None, Some("5")].into_iter().enumerate() {
        let front = front(&CachePageLayer::shared(), move |_| {
            let length = length.map(|length| ("content-length", length));
            let fields: Vec<_> = length.into_iter().chain([FRESH]).collect();
            framed(failing(), &fields)
        });
        for count in 1..=2 {
            let response = front.get("/", &[]).await;
            assert_eq!((response.body.as_str(), response.is_whole), ("1", false));
            assert_eq!(front.count(), count, "{at}");
        }
    }
    // Too short, and too long, for the length that it says in its field.
    for length in ["9", "1"] {
        let layer = CachePageLayer::shared();
        assert!(
            !is_reused(&layer, &[FRESH, ("content-length", length)]).await,
            "{length}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_shorter_than_it_says_of_itself_is_not_stored() {
    let front = front(&CachePageLayer::shared(), |_| {
        framed([data("12")], &[FRESH]).says(5)
    });
    front.get("/", &[]).await;
    front.get("/", &[]).await.assert_miss();
}

#[tokio::test]
async fn a_body_with_trailers_is_passed_on_and_not_stored() {
    let front = front(&CachePageLayer::shared(), |_| {
        framed([data("12"), crate::support::BodyFrame::Trailers], &[FRESH])
    });
    for _ in 0..2 {
        assert_eq!(front.get("/", &[]).await.assert_miss().body, "12");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_passed_on_and_not_stored() {
    let layer = CachePageLayer::shared().body_limit(4);
    let front = front(&layer, |asked| match asked.uri.path() {
        "/said" => page("12345", &[FRESH, ("content-length", "5")]),
        "/unsaid" => framed([data("123"), data("45")], &[FRESH]),
        _ => page("1234", &[FRESH]),
    });
    for (target, is_stored) in [("/said", false), ("/unsaid", false), ("/fits", true)] {
        let first = front.get(target, &[]).await;
        let second = front.get(target, &[]).await;
        assert_eq!(first.body, second.body);
        assert_eq!(second.is_hit(), is_stored, "{target}");
    }
    assert_eq!(front.get("/unsaid", &[]).await.body, "12345");
}

#[tokio::test]
async fn what_is_asked_for_once_takes_no_room() {
    let front = numbered(&CachePageLayer::shared().min_uses(2), &[FRESH]);
    front.get("/", &[]).await.assert_miss();
    front.get("/", &[]).await.assert_miss();
    front.get("/", &[]).await.assert_hit();
}

#[tokio::test]
async fn statuses_have_lives_of_their_own() {
    let layer = CachePageLayer::shared().life_of(StatusCode::NOT_FOUND, "10s");
    assert!(is_reused_after(&layer, &[], 404, &[]).await);
    assert!(!is_reused_after(&layer, &[], 200, &[]).await);
    assert!(!is_reused_after(&layer, &[], 404, &[("cache-control", "no-store")]).await);
}
