//! Bodies that break off: they are whole for nobody, and end nothing that serves in their place.

use std::time::Duration;

use cache_core::CachePageLayer;
use cache_core::testing::Clock;

use crate::support::{BodyFrame, data, failure, fed, framed, front, page, settle, until};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test]
async fn a_body_that_breaks_off_at_once_counts_as_a_failure() {
    let clock = Clock::freeze();
    let mut works = true;
    let front = front(&CachePageLayer::shared(), move |_| {
        match std::mem::take(&mut works) {
            true => page(
                "page",
                &[("cache-control", "max-age=60, stale-if-error=30")],
            ),
            false => framed([BodyFrame::Error], &[("cache-control", "max-age=60")]),
        }
    });
    front.get("/", &[]).await;
    clock.advance(seconds(61));
    let stale = front.get("/", &[]).await;
    assert_eq!((stale.body.as_str(), stale.is_whole), ("page", true));
}

#[tokio::test]
async fn an_origin_that_dies_between_head_and_body_leaves_nothing() {
    for ends_with_an_error in [true, false] {
        let (answer, feeder) = fed(&[("cache-control", "max-age=60"), ("content-length", "6")]);
        let mut answers = vec![page("whole", &[("cache-control", "max-age=60")]), answer];
        let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
        let reading = front.start("GET", "/", &[]);
        feeder.data("123");
        until(|| front.count() == 1).await;
        if ends_with_an_error {
            feeder.error();
        }
        drop(feeder);
        let cut = reading.await.unwrap();
        assert_eq!(
            (cut.body.as_str(), cut.is_whole),
            ("123", !ends_with_an_error)
        );
        assert_eq!(front.get("/", &[]).await.assert_miss().body, "whole");
    }
}

#[tokio::test]
async fn a_body_that_panics_is_nobodys_whole() {
    let mut panics = true;
    let front = front(&CachePageLayer::shared(), move |_| {
        match std::mem::take(&mut panics) {
            true => framed(
                [data("12"), BodyFrame::Panic],
                &[("cache-control", "max-age=60")],
            ),
            false => page("whole", &[("cache-control", "max-age=60")]),
        }
    });
    let broken = front.start("GET", "/", &[]).await;
    assert!(broken.is_err_and(|error| error.is_panic()));
    assert_eq!(front.get("/", &[]).await.body, "whole");
    assert_eq!(front.get("/", &[]).await.assert_hit().body, "whole");
}

/// A new response that breaks off is no word against the old one.
#[tokio::test]
async fn a_body_that_breaks_off_leaves_what_serves_in_its_place() {
    let clock = Clock::freeze();
    let (answer, feeder) = fed(&[("cache-control", "max-age=60")]);
    let kept = page(
        "old",
        &[("cache-control", "max-age=60, stale-if-error=999")],
    );
    let mut answers = vec![answer, kept];
    let front = front(&CachePageLayer::shared(), move |_| {
        answers.pop().unwrap_or_else(failure)
    });
    front.get("/", &[]).await;
    clock.advance(seconds(70));
    let cut = front.start("GET", "/", &[]);
    feeder.data("half");
    until(|| front.count() == 2).await;
    settle().await;
    feeder.error();
    assert!(!cut.await.unwrap().is_whole);
    clock.advance(seconds(2));
    assert_eq!(front.get("/", &[]).await.body, "old");
}

/// In front of a whole site, too, a body is a page only if it is as long as it says and ends as it should.
#[tokio::test]
async fn a_page_that_breaks_its_word_is_passed_on_and_not_kept() {
    type Frames = fn() -> Vec<BodyFrame>;
    let broken: [(Frames, u64, &str, bool); 5] = [
        (|| vec![data("12")], 5, "12", true),
        (|| vec![data("123"), data("45")], 3, "12345", true),
        (|| vec![data("12"), BodyFrame::Error], 5, "12", false),
        (|| vec![BodyFrame::Error], 5, "", false),
        (
            || vec![data("12345"), BodyFrame::Trailers],
            5,
            "12345",
            true,
        ),
    ];
    for (frames, says, body, is_whole) in broken {
        let front = front(&CachePageLayer::new(60), move |_| {
            framed(frames(), &[]).says(says)
        });
        let first = front.get("/", &[]).await;
        assert_eq!(first.cache(), "fwd=uri-miss; detail=body-broken");
        let second = front.get("/", &[]).await;
        for answer in [&first, second.assert_miss()] {
            assert_eq!((answer.body.as_str(), answer.is_whole), (body, is_whole));
        }
        assert_eq!(front.count(), 2);
    }
}
