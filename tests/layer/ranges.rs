//! Parts of stored responses (RFC 9110, section 14; RFC 9111, sections 3.3 and 3.4).

use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{CachePageLayer, HttpMode};

use crate::support::{LayeredOrigin, date_in, fed, front, page, until};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

fn digits(layer: &CachePageLayer<HttpMode>) -> LayeredOrigin {
    front(layer, |_| {
        page(
            "0123456789",
            &[FRESH, ("etag", "\"a\""), ("accept-ranges", "bytes")],
        )
    })
}

#[tokio::test]
async fn section_14_2_a_part_is_cut_out_of_the_stored_whole() {
    let front = digits(&CachePageLayer::shared());
    front.get("/", &[]).await;
    for (range, body, shown) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=8-", "89", "bytes 8-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
        ("bytes=5-99999999999999999999", "56789", "bytes 5-9/10"),
        ("BYTES=0-0", "0", "bytes 0-0/10"),
    ] {
        let part = front.get("/", &[("range", range)]).await;
        assert_eq!(
            (part.assert_hit().status, part.body.as_str()),
            (206, body),
            "{range}"
        );
        assert_eq!(part.field("content-range"), shown, "{range}");
        assert_eq!(
            part.field("content-length"),
            body.len().to_string(),
            "{range}"
        );
        assert_eq!(part.field("etag"), "\"a\"");
    }
    assert_eq!(front.count(), 1);
}

#[tokio::test]
async fn section_14_2_what_cannot_be_read_is_ignored() {
    let front = digits(&CachePageLayer::shared());
    front.get("/", &[]).await;
    for range in [
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=3-1",
        "bytes=0-1,3-4",
        "lines=0-1",
        "bytes=+1-2",
        "bytes 0-3",
        "bytes=0x1-2",
        "\u{e9}",
    ] {
        let whole = front.get("/", &[("range", range)]).await;
        assert_eq!(
            (whole.assert_hit().status, whole.body.as_str()),
            (200, "0123456789"),
            "{range}"
        );
        assert_eq!(whole.field("content-range"), "");
    }
    let twice = front
        .get("/", &[("range", "bytes=0-1"), ("range", "bytes=2-3")])
        .await;
    assert_eq!(twice.status, 200);
}

#[tokio::test]
async fn section_15_5_17_a_part_that_is_not_there() {
    let front = digits(&CachePageLayer::shared());
    front.get("/", &[]).await;
    for range in [
        "bytes=10-",
        "bytes=99-100",
        "bytes=-0",
        "bytes=99999999999999999999-",
    ] {
        let none = front.get("/", &[("range", range)]).await;
        assert_eq!(
            (none.assert_hit().status, none.body.as_str()),
            (416, ""),
            "{range}"
        );
        assert_eq!(
            (none.field("content-range"), none.field("content-length")),
            ("bytes */10".into(), "0".into())
        );
    }
}

#[tokio::test]
async fn section_13_1_5_a_part_only_of_the_response_that_the_client_has() {
    let front = digits(&CachePageLayer::shared());
    front.get("/", &[]).await;
    for (condition, status) in [
        ("\"a\"", 206),
        ("\"b\"", 200),
        ("W/\"a\"", 200),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 200),
        ("a", 200),
        ("", 200),
    ] {
        let found = front
            .get("/", &[("range", "bytes=0-3"), ("if-range", condition)])
            .await;
        assert_eq!(found.assert_hit().status, status, "{condition}");
    }
}

/// A date of change tells two versions apart only if the response was made later (section 8.8.2.2).
#[tokio::test]
async fn section_13_1_5_a_date_counts_only_where_it_is_a_strong_validator() {
    let clock = Clock::freeze();
    let (old, now) = (date_in(-10).await, date_in(0).await);
    for (modified, status) in [(&old, 206), (&now, 200)] {
        let (own, dated) = (modified.clone(), now.clone());
        let front = front(&CachePageLayer::shared(), move |_| {
            page(
                "0123456789",
                &[FRESH, ("last-modified", &own), ("date", &dated)],
            )
        });
        front.get("/", &[]).await;
        clock.advance(Duration::from_secs(5));
        let found = front
            .get("/", &[("range", "bytes=0-3"), ("if-range", modified)])
            .await;
        assert_eq!(found.assert_hit().status, status);
    }
}

#[tokio::test]
async fn section_13_2_2_a_client_that_knows_the_whole_gets_no_part() {
    let front = digits(&CachePageLayer::shared());
    front.get("/", &[]).await;
    let known = front
        .get("/", &[("range", "bytes=0-3"), ("if-none-match", "\"a\"")])
        .await;
    assert_eq!(
        (known.status, known.field("content-range")),
        (304, String::new())
    );
}

#[tokio::test]
async fn section_3_3_a_part_of_the_origin_is_passed_on_and_never_stored() {
    for layer in [
        CachePageLayer::shared(),
        CachePageLayer::shared().to_the_letter(),
    ] {
        let front = front(&layer, |asked| match asked.field("range") {
            "" => page("0123456789", &[FRESH]),
            _ => page("0123", &[FRESH, ("content-range", "bytes 0-3/10")]).status(206),
        });
        for count in 1..3 {
            let part = front.get("/", &[("range", "bytes=0-3")]).await;
            assert_eq!((part.status, part.body.as_str()), (206, "0123"));
            assert_eq!(front.count(), count);
        }
        assert_eq!(front.get("/", &[]).await.assert_miss().body, "0123456789");
        assert_eq!(
            front
                .get("/", &[("range", "bytes=0-3")])
                .await
                .assert_hit()
                .body,
            "0123"
        );
    }
}

#[tokio::test]
async fn a_part_of_what_is_stale_is_one_of_what_takes_its_place() {
    let clock = Clock::freeze();
    let mut bodies = ["old body", "new text", "x"].into_iter();
    let front = front(&CachePageLayer::shared(), move |_| {
        page(bodies.next().unwrap(), &[FRESH, ("etag", "\"a\"")])
    });
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(61));
    let part = front.get("/", &[("range", "bytes=0-2")]).await;
    assert_eq!((part.status, part.body.as_str()), (206, "new"));
    assert_eq!(front.origin.last().field("range"), "");
}

#[tokio::test]
async fn a_part_waits_for_the_whole_that_streams() {
    let clock = Clock::freeze();
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![answer, page("stale", &[FRESH])];
    let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(61));
    let part = front.start("GET", "/", &[("range", "bytes=2-3")]);
    until(|| front.count() == 2).await;
    feeder.data("01");
    feeder.data("2345");
    drop(feeder);
    let part = part.await.unwrap();
    assert_eq!(
        (part.status, part.body.as_str(), part.field("content-range")),
        (206, "23", "bytes 2-3/6".into())
    );
}

#[tokio::test]
async fn only_a_200_has_parts() {
    let front = front(&CachePageLayer::shared(), |_| {
        page("nothing", &[FRESH]).status(404)
    });
    front.get("/", &[]).await;
    let found = front.get("/", &[("range", "bytes=0-3")]).await;
    assert_eq!(
        (found.assert_hit().status, found.body.as_str()),
        (404, "nothing")
    );
}
