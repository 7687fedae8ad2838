//! Which events subscribers receive, and that they may panic, call the cache, and cause further events.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use cache_core::{
    Cache, Cause, Event, cache, dropped_events, invalidate_tag, subscribe, subscriber_panics, tag,
};

use crate::support::installed;

/// Whether an event is the invalidation of this tag.
fn is_of(event: &Event<'_>, tag: &str) -> bool {
    matches!(event, Event::Invalidated(stale) if stale.tags().iter().any(|of| of.as_bytes() == tag.as_bytes()))
}

#[tokio::test]
async fn what_is_stored_evicted_and_invalidated_is_told_with_its_key_and_cause() {
    installed();
    static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let subscription = subscribe(|event| {
        let said = match event {
            Event::Stored { key: Some(key) } => format!("stored {}", String::from_utf8_lossy(key)),
            Event::Evicted {
                key: Some(key),
                cause,
            } => {
                format!("{cause:?} {}", String::from_utf8_lossy(key))
            }
            Event::Invalidated(stale) => format!("stale {:?} {:?}", stale.tags(), stale.keys()),
            _ => return,
        };
        if said.contains("events:heard") {
            HEARD.lock().unwrap().push(said);
        }
    });
    let heard = || std::mem::take(&mut *HEARD.lock().unwrap());
    let cache = Cache::memory(1);
    cache.set("events:heard:1", &1_u64).await.unwrap();
    assert_eq!(heard(), ["stored events:heard:1"]);
    cache.set("events:heard:1", &2_u64).await.unwrap();
    assert_eq!(
        heard(),
        ["Replaced events:heard:1", "stored events:heard:1"]
    );
    cache.set("events:heard:2", &2_u64).await.unwrap();
    assert_eq!(heard(), ["Bound events:heard:1", "stored events:heard:2"]);
    cache.delete("events:heard:2").await.unwrap();
    let of_key = format!("stale [] {:?}", [cache_core::Key::from("events:heard:2")]);
    assert_eq!(
        heard(),
        [format!("{:?} events:heard:2", Cause::Removed), of_key]
    );
    let of_tag = format!("stale {:?} []", [tag!("events:heard")]);
    cache.invalidate_tag("events:heard").await.unwrap();
    cache.expire_tag("events:heard").await.unwrap();
    assert_eq!(heard(), [of_tag.clone(), of_tag]);
    subscription.stop();
    cache.invalidate_tag("events:heard").await.unwrap();
    assert_eq!(heard(), Vec::<String>::new());
}

#[test]
fn what_a_receiver_throws_reaches_nobody() {
    installed();
    /// Panics again when it is dropped.
    struct Thrown;
    impl Drop for Thrown {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                std::panic::panic_any(Thrown);
            }
        }
    }
    let throws = subscribe(|event| {
        if is_of(event, "events:thrown") {
            std::panic::panic_any(Thrown);
        }
    });
    static IS_TOLD: AtomicBool = AtomicBool::new(false);
    let next = subscribe(|event| {
        if is_of(event, "events:thrown") {
            IS_TOLD.store(true, SeqCst);
        }
    });
    let counted = subscriber_panics();
    cache().blocking().invalidate_tag("events:thrown").unwrap();
    assert!(IS_TOLD.load(SeqCst));
    assert!(subscriber_panics() > counted);
    throws.stop();
    next.stop();
}

#[test]
fn a_receiver_that_causes_what_it_hears_of_ends() {
    installed();
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let repeats = subscribe(|event| {
        if is_of(event, "events:repeated") {
            CALLS.fetch_add(1, SeqCst);
            cache()
                .blocking()
                .invalidate_tag("events:repeated")
                .unwrap();
        }
    });
    let untold = dropped_events();
    cache()
        .blocking()
        .invalidate_tag("events:repeated")
        .unwrap();
    assert_eq!(CALLS.swap(0, SeqCst), 16);
    assert!(dropped_events() > untold);
    cache()
        .blocking()
        .invalidate_tag("events:repeated")
        .unwrap();
    assert_eq!(CALLS.load(SeqCst), 16, "it is called again");
    repeats.stop();
}

#[tokio::test]
async fn a_receiver_may_use_the_cache() {
    installed();
    let cascades = subscribe(|event| {
        if is_of(event, "events:first") {
            cache().blocking().set("events:cascade", &1_u64).unwrap();
            cache().blocking().invalidate_tag("events:second").unwrap();
        }
    });
    let entry = cache().entry("events:of second").tags(["events:second"]);
    assert!(entry.set(&1_u64).await.unwrap());
    invalidate_tag("events:first").await.unwrap();
    assert_eq!(cache().get::<u64>("events:cascade").await.unwrap(), Some(1));
    assert_eq!(cache().get::<u64>("events:of second").await.unwrap(), None);
    cascades.stop();
}
