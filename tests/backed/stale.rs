//! Stale values of functions whose cache has a store: what the store has confirmed in the call itself serves, and nothing else.
//! Each test runs with copies in this process, and without.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, drain};

use crate::support::{Runs, SILENT, SILENT_DIRECT, STALE, STALE_DIRECT, Switch, installed};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

type Outcome = Result<usize, String>;

/// A cached function over a source that can be broken.
struct Source {
    call: fn() -> Pin<Box<dyn Future<Output = Outcome> + Send>>,
    runs: &'static Runs,
    broken: &'static AtomicBool,
    store: &'static Arc<Switch>,
    cache: &'static str,
}

impl Source {
    async fn value(&self) -> Outcome {
        (self.call)().await
    }

    fn breaks(&self, is_broken: bool) {
        self.broken.store(is_broken, SeqCst);
    }

    /// The cache as another process has it.
    fn elsewhere(&self) -> Cache {
        Cache::builder().near(0).store(self.store.clone()).build()
    }
}

/// The same function twice: in a cache with copies here, and in one without.
macro_rules! sources {
    ($key:literal, $($argument:tt)*) => {
        sources!(in (STALE, "stale"), (STALE_DIRECT, "stale direct"), $key, $($argument)*)
    };
    (in $(($store:ident, $cache:literal),)* $key:literal, $($argument:tt)*) => {
        sources!(each ($key, $($argument)*) $(($store, $cache))*)
    };
    (each $source:tt $(($store:ident, $cache:literal))*) => {{
        installed();
        [$(sources!(@ $store, $cache, $source)),*]
    }};
    (@ $store:ident, $cache:literal, ($key:literal, $($argument:tt)*)) => {{
        static RUNS: Runs = Runs::new();
        static BROKEN: AtomicBool = AtomicBool::new(false);

        #[cache_core::cached(cache = $cache, key = $key, tags($key), handle = false, $($argument)*)]
        async fn value() -> Outcome {
            let run = RUNS.run();
            if BROKEN.load(SeqCst) { Err("broken".to_owned()) } else { Ok(run) }
        }

        Source {
            call: || Box::pin(value()),
            runs: &RUNS,
            broken: &BROKEN,
            store: &$store,
            cache: $cache,
        }
    }};
}

#[tokio::test]
async fn what_the_store_has_serves_while_it_is_loaded_anew() {
    for source in sources!("revalidated", ttl = "10m", stale_while_revalidate = "5m") {
        let clock = Clock::freeze();
        assert_eq!(source.value().await, Ok(1));
        clock.advance(12 * MINUTE);
        assert_eq!(source.value().await, Ok(1), "{}", source.cache);
        assert!(drain(SOON).await);
        assert_eq!(source.value().await, Ok(2), "{}", source.cache);
        clock.advance(12 * MINUTE);
        let peer = source.elsewhere();
        assert_eq!(
            peer.get::<usize>("revalidated").await.unwrap(),
            None,
            "a hand sees no stale value"
        );
        clock.advance(4 * MINUTE);
        assert_eq!(source.value().await, Ok(3), "past the window");
        assert_eq!(source.runs.count(), 3);
    }
}

#[tokio::test]
async fn all_who_ask_at_once_are_served_and_one_load_runs() {
    for source in sources!("crowd", ttl = "10m", stale_while_revalidate = "5m") {
        let clock = Clock::freeze();
        assert_eq!(source.value().await, Ok(1));
        clock.advance(12 * MINUTE);
        let callers: tokio::task::JoinSet<_> = (0..50).map(|_| (source.call)()).collect();
        assert_eq!(
            callers.join_all().await,
            vec![Ok(1); 50],
            "{}",
            source.cache
        );
        assert!(drain(SOON).await);
        assert_eq!(source.runs.count(), 2, "{}", source.cache);
    }
}

#[tokio::test]
async fn what_another_process_has_invalidated_serves_nobody() {
    for source in sources!(
        "revoked",
        ttl = "10m",
        stale_while_revalidate = "1h",
        stale_if_error = "6h"
    ) {
        let clock = Clock::freeze();
        assert_eq!(source.value().await, Ok(1));
        clock.advance(12 * MINUTE);
        source.elsewhere().invalidate_tag("revoked").await.unwrap();
        source.breaks(true);
        assert!(source.value().await.is_err(), "{}", source.cache);
        source.breaks(false);
        assert_eq!(source.value().await, Ok(3), "{}", source.cache);
    }
}

#[tokio::test]
async fn a_source_that_fails_shows_what_the_store_has() {
    for source in sources!("failing", ttl = "10m", stale_if_error = "1h") {
        let clock = Clock::freeze();
        assert_eq!(source.value().await, Ok(1));
        clock.advance(12 * MINUTE);
        source.breaks(true);
        assert_eq!(source.value().await, Ok(1), "{}", source.cache);
        clock.advance(MINUTE);
        assert_eq!(source.value().await, Ok(1), "{}", source.cache);
        source.breaks(false);
        clock.advance(MINUTE);
        assert_eq!(source.value().await, Ok(4), "{}", source.cache);
        source.breaks(true);
        clock.advance(71 * MINUTE);
        assert!(source.value().await.is_err(), "{}", source.cache);
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_confirms_nothing() {
    for source in sources!(in (SILENT, "silent"), (SILENT_DIRECT, "silent direct"), "unconfirmed", ttl = "10m", stale_if_error = "1h")
    {
        let clock = Clock::freeze();
        assert_eq!(source.value().await, Ok(1));
        clock.advance(12 * MINUTE);
        source.breaks(true);
        source.store.fail();
        assert!(source.value().await.is_err(), "{}", source.cache);
        source.store.work();
        clock.advance(MINUTE);
        assert_eq!(source.value().await, Ok(1), "{}", source.cache);
    }
}

#[tokio::test]
async fn a_value_that_is_due_is_loaded_anew_and_stored() {
    for source in sources!("ahead", ttl = "10m", refresh_ahead = 0.5) {
        let clock = Clock::freeze();
        assert_eq!(source.value().await, Ok(1));
        clock.advance(6 * MINUTE);
        assert_eq!(source.value().await, Ok(1), "{}", source.cache);
        assert_eq!(source.value().await, Ok(1), "{}", source.cache);
        assert!(drain(SOON).await);
        assert_eq!(source.value().await, Ok(2), "{}", source.cache);
        assert_eq!(source.runs.count(), 2, "{}", source.cache);
        let peer = source.elsewhere();
        assert_eq!(
            peer.get("ahead").await.unwrap(),
            Some(2_usize),
            "{}",
            source.cache
        );
        clock.advance(8 * MINUTE);
        assert_eq!(
            peer.get("ahead").await.unwrap(),
            Some(2_usize),
            "it lives from its own load on"
        );
    }
}

#[tokio::test]
async fn a_value_that_another_process_has_loaded_since_is_taken() {
    for source in sources!("peer", ttl = "10m", refresh_ahead = 0.5) {
        let clock = Clock::freeze();
        assert_eq!(source.value().await, Ok(1));
        clock.advance(6 * MINUTE);
        source.elsewhere().set("peer", &7_usize).await.unwrap();
        let served = source.value().await.unwrap();
        assert!([1, 7].contains(&served), "{}", source.cache);
        assert!(drain(SOON).await);
        assert_eq!(source.value().await, Ok(7), "{}", source.cache);
        assert_eq!(source.runs.count(), 1, "{}", source.cache);
    }
}

/// The copy here is read again from the store after two seconds, and the pause after a failure lasts longer.
#[tokio::test]
async fn a_pause_outlasts_the_copy_that_it_began_with() {
    let [source, _] = sources!("paused", ttl = "10m", stale_if_error = "1h");
    let clock = Clock::freeze();
    assert_eq!(source.value().await, Ok(1));
    clock.advance(12 * MINUTE);
    source.breaks(true);
    assert_eq!(source.value().await, Ok(1));
    clock.advance(Duration::from_secs(5));
    assert_eq!(source.value().await, Ok(1));
    assert_eq!(source.runs.count(), 2, "one load, and one that failed");
}
