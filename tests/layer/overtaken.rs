//! Responses that were on their way for long, and younger ones that came before them.

use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{CachePageLayer, drain};
use cache_tests::BOUND;

use crate::stores::two;
use crate::support::{ScriptedOrigin, failure, fed, front, page, request, settle, until};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn an_older_variant_does_not_replace_a_younger_one() {
    let clock = Clock::freeze();
    let varied = ("vary", "accept-language");
    let (answer, feeder) = fed(&[("cache-control", "max-age=600"), varied]);
    let mut answers = vec![
        page("young", &[("cache-control", "max-age=600"), varied]),
        answer,
    ];
    let front = front(&CachePageLayer::shared(), move |_| {
        answers.pop().expect("two runs")
    });
    let english = [("accept-language", "en")];
    let slow = front.start("GET", "/x", &english);
    feeder.data("old");
    until(|| front.count() == 1).await;
    settle().await;
    clock.advance(SECOND + SECOND / 2);
    settle().await;
    clock.advance(SECOND + SECOND / 2);
    settle().await;
    assert_eq!(front.get("/x", &english).await.body, "young");
    assert_eq!(front.get("/x", &english).await.assert_hit().body, "young");
    clock.advance(5 * SECOND);
    drop(feeder);
    slow.await.unwrap();
    assert!(drain(BOUND).await);
    assert_eq!(front.get("/x", &english).await.assert_hit().body, "young");
}

#[tokio::test]
async fn nor_does_it_in_a_store() {
    for copies in [0, 100] {
        let clock = Clock::freeze();
        let fields = [
            ("cache-control", "max-age=600"),
            ("vary", "accept-language"),
        ];
        let (answer, feeder) = fed(&fields);
        let mut answers = vec![page("young", &fields), answer];
        let origin = ScriptedOrigin::new(move |_| answers.pop().expect("two runs"));
        let [one, other] = two(copies, &origin);
        let english = [("accept-language", "en")];
        tokio::join!(
            async {
                one.get("/x", &english).await;
            },
            async {
                feeder.data("old");
                settle().await;
                clock.advance(3 * SECOND);
                settle().await;
                clock.advance(3 * SECOND);
                settle().await;
                assert_eq!(other.get("/x", &english).await.body, "young");
                assert_eq!(other.get("/x", &english).await.assert_hit().body, "young");
                drop(feeder);
            }
        );
        assert!(drain(BOUND).await);
        clock.advance(3 * SECOND);
        for process in [&one, &other] {
            assert_eq!(process.get("/x", &english).await.body, "young", "{copies}");
        }
    }
}

/// Nobody reads what is loaded behind a client: it is read to its end all the same, and only once at a time.
#[tokio::test]
async fn a_slow_body_replaces_a_stale_response() {
    let clock = Clock::freeze();
    let fields = [("cache-control", "max-age=60, stale-while-revalidate=600")];
    let (answer, feeder) = fed(&fields);
    let mut answers = vec![answer, page("old", &fields)];
    let front = front(&CachePageLayer::shared(), move |_| {
        answers.pop().expect("two runs")
    });
    front.get("/", &[]).await;
    clock.advance(61 * SECOND);
    assert_eq!(front.get("/", &[]).await.body, "old");
    until(|| front.count() == 2).await;
    for _ in 0..45 {
        settle().await;
        clock.advance(SECOND);
    }
    feeder.data("new");
    drop(feeder);
    assert!(drain(BOUND).await);
    assert_eq!(front.get("/", &[]).await.assert_hit().body, "new");
}

/// A part is cut out of the whole, which is waited for for a while.
#[tokio::test]
async fn a_range_does_not_wait_for_ever() {
    let clock = Clock::freeze();
    let (answer, feeder) = fed(&[("cache-control", "max-age=60"), ("etag", "\"2\"")]);
    let stale = [("cache-control", "max-age=1"), ("etag", "\"1\"")];
    let mut answers = vec![answer, page("old", &stale)];
    let front = front(&CachePageLayer::shared(), move |_| {
        answers.pop().expect("two runs")
    });
    front.get("/", &[]).await;
    clock.advance(2 * SECOND);
    let part = front.start("GET", "/", &[("range", "bytes=0-1")]);
    feeder.data("new");
    until(|| front.count() == 2).await;
    for _ in 0..31 {
        settle().await;
        clock.advance(SECOND);
    }
    settle().await;
    drop(feeder);
    let part = part.await.expect("an answer");
    assert_eq!(part.body, "new");
    assert!(part.cache().ends_with("detail=body-too-slow"), "{part:?}");
}

/// A client that closes its window says nothing of the response that is there.
#[tokio::test]
async fn a_body_that_is_given_up_leaves_the_stale_response() {
    let clock = Clock::freeze();
    let (answer, feeder) = fed(&[("cache-control", "max-age=60")]);
    let old = page(
        "old",
        &[("cache-control", "max-age=60, stale-if-error=9999")],
    );
    let mut answers = vec![failure(), answer, old];
    let front = front(&CachePageLayer::shared(), move |_| {
        answers.pop().expect("three runs")
    });
    front.get("/", &[]).await;
    clock.advance(61 * SECOND);
    drop(front.send(request("GET", "/", &[])).await);
    until(|| {
        clock.advance(SECOND);
        feeder.is_let_go()
    })
    .await;
    assert!(drain(BOUND).await);
    clock.advance(2 * SECOND);
    assert_eq!(front.get("/", &[]).await.body, "old");
}
