//! Invalidations that return when no process uses an older value any more.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, MemoryStore, cached};

use crate::support::Switch;

fn process(store: Arc<MemoryStore>) -> Cache {
    Cache::builder().near_ttl("3s").store(store).build()
}

/// One process has read the value just before the invalidation, and does not hear of it.
#[tokio::test]
async fn it_returns_when_the_copies_of_others_have_ended() {
    let (clock, store) = (
        Clock::freeze(),
        Arc::new(MemoryStore::bounded(100, 1 << 20)),
    );
    let (one, other) = (process(store.clone()), process(store));
    let load = || async { Ok::<_, String>(7_u64) };
    let entry = one.entry("k").ttl("1h").tags(["t"]);
    assert_eq!(entry.get_or_set(load).await, Ok(7));
    assert_eq!(other.get("k").await.unwrap(), Some(7_u64));

    let mut everywhere = pin!(one.invalidate_tag("t").everywhere());
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(
        everywhere.as_mut().poll(&mut context).map(drop),
        Poll::Pending
    );
    assert_eq!(one.get::<u64>("k").await.unwrap(), None);
    // In steps that a clock can count exactly.
    for _ in 0..12 {
        assert_eq!(
            everywhere.as_mut().poll(&mut context).map(drop),
            Poll::Pending
        );
        clock.advance(Duration::from_millis(250));
    }
    assert_eq!(
        everywhere.as_mut().poll(&mut context).map(drop),
        Poll::Pending
    );
    assert_eq!(other.get::<u64>("k").await.unwrap(), None);
    clock.advance(Duration::from_millis(250));
    everywhere.await.unwrap();
}

/// What is made of a copy ends with it, in a tier that has no store as well.
#[tokio::test]
async fn what_is_made_of_a_copy_ends_as_well() {
    static BODIES: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "1h", skip(cache))]
    async fn made_of_it(cache: &Cache) -> Option<u64> {
        BODIES.fetch_add(1, SeqCst);
        cache.get("made").await.unwrap()
    }

    let (clock, store) = (
        Clock::freeze(),
        Arc::new(MemoryStore::bounded(100, 1 << 20)),
    );
    let (one, other) = (process(store.clone()), process(store));
    let load = || async { Ok::<_, String>(7_u64) };
    let entry = one.entry("made").ttl("1h").tags(["t"]);
    assert_eq!(entry.get_or_set(load).await, Ok(7));
    assert_eq!(made_of_it(&other).await, Some(7));
    clock.advance(Duration::from_secs(1));
    assert_eq!(made_of_it(&other).await, Some(7));
    assert_eq!(BODIES.load(SeqCst), 1);
    let mut everywhere = pin!(one.invalidate_tag("t").everywhere());
    let mut context = Context::from_waker(Waker::noop());
    while everywhere.as_mut().poll(&mut context).is_pending() {
        clock.advance(Duration::from_millis(100));
    }
    assert_eq!(made_of_it(&other).await, None);
}

#[tokio::test]
async fn a_store_that_was_not_reached_is_an_error_and_a_second_call_confirms() {
    let (clock, store) = (Clock::freeze(), Switch::new());
    let cache = Cache::builder().store(store.clone()).build();
    store.fail();
    let error = cache.invalidate_tag("t").everywhere().await.unwrap_err();
    assert!(error.is_store(), "{error}");
    store.work();
    clock.advance(Duration::from_secs(60));
    let mut again = pin!(cache.invalidate_tag("t").everywhere());
    let mut context = Context::from_waker(Waker::noop());
    let outcome = loop {
        match again.as_mut().poll(&mut context) {
            Poll::Ready(outcome) => break outcome,
            Poll::Pending => clock.advance(Duration::from_millis(100)),
        }
    };
    outcome.unwrap();
}

/// There is nobody else to wait for.
#[tokio::test]
async fn a_cache_without_a_store_does_not_wait() {
    let _clock = Clock::freeze();
    let cache = Cache::memory(100);
    cache.invalidate_tag("t").everywhere().await.unwrap();
}
