//! Tasks that change a source and invalidate, here or in another process, and tasks that call functions with rules about stale
//! values over a store: nobody gets what was invalidated before its call began.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use cache_core::{Cache, TimedOut, drain};

use crate::support::{STALE, STALE_DIRECT, Switch, installed};

const SOON: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
struct Failed;

impl From<TimedOut> for Failed {
    fn from(_: TimedOut) -> Self {
        Self
    }
}

/// A source with a version, and the version that was acknowledged to be everywhere.
struct Source {
    version: AtomicU64,
    floor: AtomicU64,
    calls: AtomicU64,
}

impl Source {
    const fn new() -> Self {
        Self {
            version: AtomicU64::new(0),
            floor: AtomicU64::new(0),
            calls: AtomicU64::new(0),
        }
    }

    /// Reads the source; what comes between that and the end of the load differs from call to call.
    async fn read(&self) -> Result<u64, Failed> {
        let version = self.version.load(SeqCst);
        let call = self.calls.fetch_add(1, SeqCst);
        tokio::time::sleep(Duration::from_micros(call * 7_919 % 4_000)).await;
        if call % 5 == 3 {
            Err(Failed)
        } else {
            Ok(version)
        }
    }
}

/// Calls for a second, while `cache` invalidates the tag.
async fn attack<F>(source: &'static Source, tag: &'static str, cache: Cache, call: fn() -> F)
where
    F: Future<Output = Result<u64, Failed>> + Send + 'static,
{
    let over = Arc::new(AtomicBool::new(false));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let over = over.clone();
        callers.spawn(async move {
            while !over.load(SeqCst) {
                let floor = source.floor.load(SeqCst);
                if let Ok(version) = call().await {
                    assert!(
                        version >= floor,
                        "{tag}: {version} after {floor} was acknowledged"
                    );
                }
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        });
    }
    let end = Instant::now() + Duration::from_secs(1);
    for at in 0_usize.. {
        let version = source.version.fetch_add(1, SeqCst) + 1;
        if at % 3 == 2 {
            cache.delete(tag).await.unwrap();
        } else {
            cache.invalidate_tag(tag).await.unwrap();
        }
        source.floor.fetch_max(version, SeqCst);
        if Instant::now() >= end {
            break;
        }
        tokio::time::sleep(Duration::from_millis([1, 30, 7, 90][at % 4])).await;
    }
    over.store(true, SeqCst);
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    assert!(source.calls.load(SeqCst) > 10);
    assert!(drain(SOON).await);
}

macro_rules! oracle {
    ($name:ident, $cache:literal, $key:literal, $invalidates:expr, $($argument:tt)*) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            static SOURCE: Source = Source::new();

            #[cache_core::cached(cache = $cache, key = $key, tags($key), handle = false, $($argument)*)]
            async fn value() -> Result<u64, Failed> {
                SOURCE.read().await
            }

            installed();
            attack(&SOURCE, $key, $invalidates, value).await;
        }
    };
}

fn elsewhere(store: &Arc<Switch>) -> Cache {
    Cache::builder().near(0).store(store.clone()).build()
}

oracle!(
    with_copies_and_invalidations_here,
    "stale",
    "oracle near",
    crate::support::named("stale"),
    ttl = "20ms",
    refresh_ahead = 0.5,
    stale_while_revalidate = "40ms",
    stale_if_error = "1h",
    soft_timeout = "1ms",
    hard_timeout = "30ms"
);
oracle!(
    without_copies_and_with_invalidations_here,
    "stale direct",
    "oracle direct",
    crate::support::named("stale direct"),
    ttl = "20ms",
    refresh_ahead = 0.5,
    stale_while_revalidate = "40ms",
    stale_if_error = "1h",
    soft_timeout = "1ms",
    hard_timeout = "30ms"
);
oracle!(
    without_copies_and_with_invalidations_elsewhere,
    "stale direct",
    "oracle peer",
    elsewhere(&STALE_DIRECT),
    ttl = "20ms",
    refresh_ahead = 0.5,
    stale_while_revalidate = "40ms",
    stale_if_error = "1h",
    soft_timeout = "1ms",
    hard_timeout = "30ms"
);
oracle!(
    whoever_waits_for_the_load_without_copies,
    "stale direct",
    "oracle error",
    elsewhere(&STALE_DIRECT),
    ttl = "20ms",
    stale_if_error = "1h"
);

/// The copies of another process are good for a while after an invalidation, but not what is loaded after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_copies_and_invalidations_elsewhere_nothing_is_older_than_its_bound() {
    static SOURCE: Source = Source::new();

    #[cache_core::cached(
        cache = "stale",
        key = "oracle bound",
        tags("oracle bound"),
        handle = false,
        ttl = "20ms",
        stale_while_revalidate = "1h",
        stale_if_error = "1h",
        soft_timeout = "1ms"
    )]
    async fn value() -> Result<u64, Failed> {
        SOURCE.read().await
    }

    installed();
    let peer = elsewhere(&STALE);
    for _ in 0..2 {
        let end = Instant::now() + Duration::from_millis(200);
        while Instant::now() < end {
            let _ = value().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let version = SOURCE.version.fetch_add(1, SeqCst) + 1;
        peer.invalidate_tag("oracle bound").await.unwrap();
        let bound = Instant::now() + Duration::from_millis(2_100);
        while Instant::now() < bound {
            let _ = value().await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if let Ok(read) = value().await {
            assert!(read >= version, "{read} after {version}");
        }
    }
    assert!(drain(SOON).await);
}
