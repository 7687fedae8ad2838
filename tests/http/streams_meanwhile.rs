//! What happens while the body of a page comes by and by: clients go and others ask, and something is invalidated.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use cache_core::testing::Clock;
use cache_core::{cache_page, cached, drain, invalidate_tag};
use cache_tests::{BOUND, Gate, until, within};

use crate::fed::{Fed, begin, field, next, part, start};
use crate::support::{get, run, site};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_client_that_goes_away_spoils_nothing() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    let feeder = BODIES.feed();
    let first = begin(&app, "/").await;
    feeder.send(part("one")).unwrap();
    drop(first);
    let second = start(&app, "/");
    until(|| page::stats().misses == 2).await;
    feeder.send(part("two")).unwrap();
    drop(feeder);
    let second = within(second).await.unwrap();
    assert_eq!(second.body, "onetwo");
    assert!(second.cache().ends_with("; collapsed"), "{second:?}");
}

#[tokio::test]
async fn a_body_that_nobody_reads_any_more_is_not_read_for_ever() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    let clock = Clock::freeze();
    let feeder = BODIES.feed();
    let mut first = begin(&app, "/").await;
    for text in ["its", "client", "still", "listens"] {
        clock.advance(10 * MINUTE);
        feeder.send(part(text)).expect("read");
        assert_eq!(next(&mut first).await.unwrap().unwrap(), text);
    }
    drop(first);
    until(|| {
        clock.advance(SECOND);
        feeder.is_closed()
    })
    .await;
    assert_eq!(page::stats().entries, 0);
}

#[tokio::test]
async fn what_is_invalidated_while_it_streams_is_not_kept() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m", tags("streams:meanwhile"))]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    for is_alone in [false, true] {
        let clock = Clock::freeze();
        let feeder = BODIES.feed();
        let mut first = begin(&app, "/").await;
        let misses = page::stats().misses;
        let other = is_alone.then(|| start(&app, "/"));
        until(|| other.is_none() || page::stats().misses > misses).await;
        invalidate_tag("streams:meanwhile").await.expect("memory");
        if let Some(other) = other {
            BODIES.feed_whole("other");
            until(|| {
                clock.advance(SECOND);
                other.is_finished()
            })
            .await;
        }
        feeder.send(part("old")).unwrap();
        drop(feeder);
        assert_eq!(next(&mut first).await.unwrap().unwrap(), "old");
        assert!(drain(BOUND).await);
        let feeder = BODIES.feed();
        let second = start(&app, "/");
        feeder.send(part("new")).unwrap();
        drop(feeder);
        assert_eq!(within(second).await.unwrap().body, "new", "{is_alone}");
        page::clear().await;
    }
}

/// A body may call cached functions when its head is long gone.
#[tokio::test]
async fn what_a_body_reads_is_what_the_page_depends_on() {
    static GATE: Gate = Gate::closed();
    #[cached(ttl = "5m", key = "streams:part", tags("streams:late"))]
    async fn late() -> u64 {
        run()
    }
    #[cache_page(ttl = "5m")]
    async fn page() -> Response {
        let parts = futures_util::stream::once(async {
            GATE.pass().await;
            Ok::<_, &str>(late().await.to_string())
        });
        Body::from_stream(parts).into_response()
    }
    let app = site(page);
    let first = begin(&app, "/").await;
    GATE.let_go(1);
    let first = within(to_bytes(first.into_body(), 100)).await.unwrap();
    assert_eq!(get(&app, "/").await.assert_hit().body, first);
    invalidate_tag("streams:late").await.expect("memory");
    GATE.let_go(1);
    assert_ne!(get(&app, "/").await.body, first);
}

/// Others wait for a body that comes soon. One that takes long is theirs to load, and is kept all the same.
#[tokio::test]
async fn others_wait_for_a_second_at_most() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    let clock = Clock::freeze();
    let (slow, quick, third) = (BODIES.feed(), BODIES.feed(), BODIES.feed());
    let mut first = begin(&app, "/").await;
    let second = start(&app, "/");
    until(|| page::stats().misses == 2).await;
    assert!(!second.is_finished());
    quick.send(part("quick")).unwrap();
    third.send(part("third")).unwrap();
    drop((quick, third));
    clock.advance(2 * SECOND);
    let second = within(second).await.unwrap();
    assert_eq!(second.body, "quick");
    assert!(
        second.cache().ends_with("detail=not-collapsed"),
        "{second:?}"
    );
    let third = within(start(&app, "/")).await.unwrap();
    assert_eq!(third.body, "third", "nor do those who come now");
    slow.send(part("slow")).unwrap();
    drop(slow);
    assert_eq!(next(&mut first).await.unwrap().unwrap(), "slow");
    assert!(drain(BOUND).await);
    assert_eq!(get(&app, "/").await.assert_hit().body, "slow");
}

/// What has been removed meanwhile stays removed, also by a hand that names the key.
#[tokio::test]
async fn a_body_for_which_nobody_waits_any_more_is_not_kept_if_its_key_was_removed() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m", key = "streams:removed")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    let clock = Clock::freeze();
    let feeder = BODIES.feed();
    let first = begin(&app, "/").await;
    let (second, other) = (start(&app, "/"), BODIES.feed());
    until(|| page::stats().misses == 2).await;
    other.send(part("other")).expect("read");
    drop(other);
    clock.advance(2 * SECOND);
    assert_eq!(within(second).await.unwrap().body, "other");
    let removed = cache_core::cache().delete("streams:removed").await;
    assert!(!removed.expect("memory"), "nothing was there yet");
    feeder.send(part("old")).unwrap();
    drop((feeder, first));
    assert!(drain(BOUND).await);
    assert_eq!(page::stats().entries, 0);
}

/// The function must know what the whole of the page depends on.
#[tokio::test]
async fn a_cached_function_waits_for_the_whole_of_a_page() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m", key = "streams:inner", tags("streams:inner"))]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    #[cached(ttl = "5m")]
    async fn asked() -> Option<String> {
        get(&site(page), "/").await.field("etag")
    }
    let feeder = BODIES.feed();
    let asking = tokio::spawn(asked());
    until(|| page::stats().misses == 1).await;
    assert!(!asking.is_finished());
    feeder.send(part("page")).unwrap();
    drop(feeder);
    assert!(within(asking).await.unwrap().is_some());
}

#[tokio::test]
async fn a_page_streams_behind_its_client_too() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m", stale_while_revalidate = "1h")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    let clock = Clock::freeze();
    for (text, sent) in [("one", "one"), ("two", "one")] {
        let feeder = BODIES.feed();
        feeder.send(part(text)).unwrap();
        let answer = start(&app, "/");
        until(|| answer.is_finished() || page::stats().loads == 1).await;
        drop(feeder);
        assert_eq!(within(answer).await.unwrap().body, sent);
        assert!(drain(BOUND).await);
        assert_eq!(get(&app, "/").await.assert_hit().body, text);
        clock.advance(6 * MINUTE);
    }
}

/// What a load around a page waits for has no end: it goes on without it.
#[tokio::test]
async fn a_cached_function_does_not_wait_for_ever() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    #[cached(ttl = "5m")]
    async fn asked() -> String {
        let response = begin(&site(page), "/").await;
        field(&response, "cache-status")
    }
    let clock = Clock::freeze();
    let feeder = BODIES.feed();
    feeder.send(part("tick")).expect("read");
    let asking = tokio::spawn(async move { asked().await });
    until(|| page::stats().misses == 1).await;
    until(|| {
        clock.advance(SECOND);
        asking.is_finished()
    })
    .await;
    let said = within(asking).await.unwrap();
    assert!(said.ends_with("detail=body-too-slow"), "{said}");
    assert_eq!(page::stats().entries, 0);
}

/// A client that closes its window says nothing of the page that is there.
#[tokio::test]
async fn a_body_that_is_given_up_leaves_the_stale_page_as_it_was() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m", stale_if_error = "1h")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    let clock = Clock::freeze();
    BODIES.feed_whole("kept");
    assert_eq!(get(&app, "/").await.body, "kept");
    clock.advance(6 * MINUTE);
    let feeder = BODIES.feed();
    drop(begin(&app, "/").await);
    until(|| {
        clock.advance(SECOND);
        feeder.is_closed()
    })
    .await;
    clock.advance(2 * SECOND);
    let broken = BODIES.feed();
    broken.send(Err("upstream closed")).expect("read");
    let answer = get(&app, "/").await;
    assert_eq!(answer.body, "kept", "in the place of an error: {answer:?}");
}
