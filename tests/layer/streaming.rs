//! Bodies that come by and by: the first reader has each part when it comes, and the store has the whole.

use std::pin::Pin;

use bytes::Bytes;
use cache_core::CachePageLayer;
use cache_core::testing::Clock;
use cache_tests::within;
use http_body::Body as _;

use crate::support::{BodyFrame, data, fed, framed, front, next, page, read, request, until};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

#[tokio::test]
async fn the_first_reader_has_each_part_when_it_comes() {
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![answer];
    let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
    let response = front.send(request("GET", "/", &[])).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    for part in ["one", "two", "three"] {
        feeder.data(part);
        let frame = next(Pin::new(&mut body)).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), part);
    }
    drop(feeder);
    assert!(next(Pin::new(&mut body)).await.is_none());
    let hit = front.get("/", &[]).await;
    assert_eq!(hit.assert_hit().body, "onetwothree");
    assert_eq!(hit.field("content-length"), "11");
}

#[tokio::test]
async fn a_length_that_is_said_is_said_to_the_first_reader() {
    let (answer, feeder) = fed(&[FRESH, ("content-length", "6")]);
    let mut answers = vec![answer];
    let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
    let response = front.send(request("GET", "/", &[])).await.unwrap();
    assert_eq!(response.headers()["content-length"], "6");
    let mut body = response.into_body();
    assert_eq!(body.size_hint().exact(), Some(6));
    feeder.data("123");
    next(Pin::new(&mut body)).await.unwrap().unwrap();
    assert_eq!(
        (body.size_hint().exact(), body.is_end_stream()),
        (Some(3), false)
    );
    feeder.data("456");
    next(Pin::new(&mut body)).await.unwrap().unwrap();
    assert!(body.is_end_stream());
}

/// The head is there before the body is.
#[tokio::test]
async fn the_head_of_a_page_that_streams_has_no_body() {
    let (answer, feeder) = fed(&[]);
    let mut answers = vec![answer];
    let front = front(&CachePageLayer::new(60), move |_| answers.pop().unwrap());
    let head = front.send(request("HEAD", "/", &[])).await.unwrap();
    assert!(head.body().is_end_stream());
    feeder.data("page");
    drop(feeder);
    let hit = front.get("/", &[]).await;
    assert_eq!(hit.body, "page");
    assert_eq!(front.count(), 1);
}

/// A client that goes away takes nothing from the others.
#[tokio::test]
async fn a_body_is_stored_when_its_first_reader_has_gone() {
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![answer];
    let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
    let response = front.send(request("GET", "/", &[])).await.unwrap();
    feeder.data("one");
    drop(response);
    let second = front.start("GET", "/", &[]);
    tokio::task::yield_now().await;
    feeder.data("two");
    drop(feeder);
    let second = second.await.unwrap();
    assert_eq!((second.body.as_str(), second.is_whole), ("onetwo", true));
    assert_eq!(front.count(), 1);
}

/// Who asks meanwhile waits for a body that comes soon, and not for one that takes long. That is kept all the same.
#[tokio::test]
async fn a_slow_body_delays_no_other() {
    let clock = Clock::freeze();
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![page("second", &[]), answer];
    let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
    let slow = front.start("GET", "/", &[]);
    feeder.data("slow");
    until(|| front.count() == 1).await;
    let second = front.start("GET", "/", &[]);
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(within(second).await.unwrap().body, "second");
    drop(feeder);
    assert_eq!(slow.await.unwrap().body, "slow");
    let hit = front.get("/", &[]).await;
    assert_eq!(hit.assert_hit().body, "slow");
}

/// A body that nobody reads is let go in the end.
#[tokio::test]
async fn a_body_without_an_end_is_let_go_when_its_reader_has_gone() {
    let clock = Clock::freeze();
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![answer];
    let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
    let mut response = front.send(request("GET", "/", &[])).await.unwrap();
    for text in ["its", "reader", "still", "listens"] {
        clock.advance(std::time::Duration::from_secs(3_600));
        feeder.data(text);
        let frame = next(Pin::new(response.body_mut())).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), text);
    }
    drop(response);
    until(|| {
        clock.advance(std::time::Duration::from_secs(1));
        feeder.is_let_go()
    })
    .await;
}

/// A reader that takes its time holds up nobody.
#[tokio::test]
async fn a_slow_first_reader_delays_no_other() {
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![answer];
    let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
    let slow = front.send(request("GET", "/", &[])).await.unwrap();
    for _ in 0..100 {
        feeder.data("0123456789");
    }
    drop(feeder);
    assert_eq!(front.get("/", &[]).await.body.len(), 1_000);
    let slow = read(slow).await;
    assert_eq!((slow.body.len(), slow.is_whole), (1_000, true));
}

/// What is longer than what is stored is not held in memory: it is read as fast as its reader reads.
#[tokio::test]
async fn a_body_over_the_limit_is_read_no_faster_than_its_reader() {
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![page("second", &[]), answer];
    let layer = CachePageLayer::shared().body_limit(10);
    let front = front(&layer, move |_| answers.pop().unwrap());
    let response = front.send(request("GET", "/", &[])).await.unwrap();
    let waiting = front.start("GET", "/", &[]);
    for _ in 0..100 {
        feeder.data("0123456789");
    }
    assert_eq!(
        waiting.await.unwrap().body,
        "second",
        "nobody waits for what is not stored"
    );
    let mut body = response.into_body();
    for _ in 0..100 {
        let frame = next(Pin::new(&mut body)).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "0123456789");
    }
    drop(body);
    until(|| feeder.is_let_go()).await;
}

/// A body without an end is let go when its reader has gone.
#[tokio::test]
async fn a_body_that_nobody_wants_any_more_is_let_go_at_the_limit() {
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![answer];
    let layer = CachePageLayer::shared().body_limit(10);
    let front = front(&layer, move |_| answers.pop().unwrap());
    drop(front.send(request("GET", "/", &[])).await.unwrap());
    feeder.data("0123456789");
    feeder.data("0123456789");
    until(|| feeder.is_let_go()).await;
}

#[tokio::test]
async fn trailers_that_stream_reach_the_reader() {
    let front = front(&CachePageLayer::shared(), |_| {
        framed([data("12"), BodyFrame::Trailers], &[FRESH])
    });
    let response = front.send(request("GET", "/", &[])).await.unwrap();
    let mut body = response.into_body();
    assert!(next(Pin::new(&mut body)).await.unwrap().unwrap().is_data());
    assert!(
        next(Pin::new(&mut body))
            .await
            .unwrap()
            .unwrap()
            .is_trailers()
    );
    assert!(next(Pin::new(&mut body)).await.is_none());
}

/// A part of a large buffer is kept as it is, and not the buffer.
#[tokio::test]
async fn what_is_kept_is_what_is_weighed() {
    struct Buffer {
        bytes: Vec<u8>,
        _alive: std::sync::Arc<()>,
    }
    impl AsRef<[u8]> for Buffer {
        fn as_ref(&self) -> &[u8] {
            &self.bytes
        }
    }
    let alive = std::sync::Arc::new(());
    let owner = alive.clone();
    let front = front(&CachePageLayer::shared(), move |_| {
        let buffer = Bytes::from_owner(Buffer {
            bytes: vec![b'a'; 1 << 20],
            _alive: owner.clone(),
        });
        framed([BodyFrame::Data(buffer.slice(..10))], &[FRESH])
    });
    assert_eq!(front.get("/", &[]).await.body, "aaaaaaaaaa");
    assert_eq!(front.get("/", &[]).await.assert_hit().body, "aaaaaaaaaa");
    assert_eq!(
        std::sync::Arc::strong_count(&alive),
        2,
        "the test's and the origin's"
    );
}

/// A client that knows the response is told so at once, and the body is stored all the same.
#[tokio::test]
async fn a_client_that_knows_the_response_does_not_wait_for_its_body() {
    let (answer, feeder) = fed(&[FRESH, ("etag", "\"a\"")]);
    let mut answers = vec![answer];
    let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
    let known = front.get("/", &[("if-none-match", "\"a\"")]).await;
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    feeder.data("page");
    drop(feeder);
    assert_eq!(front.get("/", &[]).await.body, "page");
    assert_eq!(front.count(), 1);
}

/// Its age counts from when its fields came (RFC 9111, section 4.2.3).
#[tokio::test]
async fn a_body_has_aged_while_it_came() {
    let clock = Clock::freeze();
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![page("new", &[FRESH]), answer];
    let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
    let response = front.send(request("GET", "/", &[])).await.unwrap();
    feeder.data("old");
    clock.advance(std::time::Duration::from_secs(50));
    drop(feeder);
    assert_eq!(read(response).await.body, "old");
    let hit = front.get("/", &[]).await;
    assert_eq!(hit.assert_hit().field("age"), "50");
    clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(front.get("/", &[]).await.body, "new");
}

/// A body that has ended is not asked for more.
#[tokio::test]
async fn a_body_that_ends_early_is_not_polled_after_its_end() {
    let fields = [FRESH, ("content-length", "9")];
    for streams in [false, true] {
        let (fed, feeder) = fed(&fields);
        let framed = framed([data("one")], &fields);
        let mut answers = vec![if streams { fed } else { framed }.ends_once()];
        let front = front(&CachePageLayer::shared(), move |_| answers.pop().unwrap());
        let response = front.send(request("GET", "/", &[])).await.unwrap();
        if streams {
            feeder.data("one");
        }
        drop(feeder);
        assert_eq!(read(response).await.body, "one");
    }
}
