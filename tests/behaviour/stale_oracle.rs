//! Threads that change a source and invalidate, and threads that call functions with rules about stale values: nobody gets what
//! was invalidated before its call began.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use cache_core::{TimedOut, cached, drain, drain_blocking};

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
    fn read(&self) -> (Result<u64, Failed>, Duration) {
        let version = self.version.load(SeqCst);
        let call = self.calls.fetch_add(1, SeqCst);
        let outcome = if call % 5 == 3 {
            Err(Failed)
        } else {
            Ok(version)
        };
        (outcome, Duration::from_micros(call * 7_919 % 4_000))
    }

    fn change(&self, invalidate: impl FnOnce()) {
        let version = self.version.fetch_add(1, SeqCst) + 1;
        invalidate();
        self.floor.fetch_max(version, SeqCst);
    }

    fn check(&self, call: impl FnOnce() -> Result<u64, Failed>) {
        let floor = self.floor.load(SeqCst);
        if let Ok(version) = call() {
            assert!(version >= floor, "{version} after {floor} was acknowledged");
        }
    }
}

/// Calls and changes for a second.
fn attack(
    source: &'static Source,
    call: &(dyn Fn() -> Result<u64, Failed> + Sync),
    invalidations: &[&(dyn Fn() + Sync)],
) {
    let end = Instant::now() + Duration::from_secs(1);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while !is_over.load(SeqCst) {
                    source.check(call);
                    thread::sleep(Duration::from_micros(200));
                }
            });
        }
        let mut at = 0;
        while Instant::now() < end {
            source.change(invalidations[at % invalidations.len()]);
            at += 1;
            thread::sleep(Duration::from_millis([1, 30, 7, 90][at % 4]));
        }
        is_over.store(true, SeqCst);
    });
    assert!(source.calls.load(SeqCst) > 10);
}

#[test]
fn sync_functions_serve_nothing_that_was_invalidated() {
    static SOURCE: Source = Source::new();

    #[cached(
        ttl = "10ms",
        refresh_ahead = 0.5,
        stale_while_revalidate = "40ms",
        stale_if_error = "1h",
        soft_timeout = "1ms",
        hard_timeout = "30ms",
        jitter = 0.2,
        tags("oracle sync")
    )]
    fn value(n: u64) -> Result<u64, Failed> {
        let (outcome, time) = SOURCE.read();
        thread::sleep(time);
        outcome.map(|version| version + n)
    }

    let runtime = tokio::runtime::Runtime::new().unwrap();
    attack(
        &SOURCE,
        &|| value(0),
        &[
            &|| {
                runtime
                    .block_on(cache_core::invalidate_tag("oracle sync"))
                    .unwrap();
            },
            &|| drop(value::invalidate(&0)),
            &|| drop(value::clear()),
        ],
    );
    assert!(drain_blocking(SOON));
}

#[test]
fn async_functions_serve_nothing_that_was_invalidated() {
    static SOURCE: Source = Source::new();

    #[cached(
        ttl = "10ms",
        refresh_ahead = 0.5,
        stale_while_revalidate = "40ms",
        stale_if_error = "1h",
        soft_timeout = "1ms",
        hard_timeout = "30ms",
        jitter = 0.2,
        tags("oracle async")
    )]
    async fn value(n: u64) -> Result<u64, Failed> {
        let (outcome, time) = SOURCE.read();
        tokio::time::sleep(time).await;
        outcome.map(|version| version + n)
    }

    let runtime = tokio::runtime::Runtime::new().unwrap();
    attack(
        &SOURCE,
        &|| runtime.block_on(value(0)),
        &[
            &|| {
                runtime
                    .block_on(cache_core::invalidate_tag("oracle async"))
                    .unwrap();
            },
            &|| runtime.block_on(async { drop(value::invalidate(&0).await) }),
            &|| runtime.block_on(async { drop(value::clear().await) }),
        ],
    );
    assert!(runtime.block_on(drain(SOON)));
}

#[test]
fn what_is_made_of_stale_values_serves_nothing_that_was_invalidated() {
    static SOURCE: Source = Source::new();

    #[cached(
        ttl = "10ms",
        stale_while_revalidate = "40ms",
        stale_if_error = "1h",
        soft_timeout = "1ms",
        tags("oracle nested")
    )]
    fn inner(n: u64) -> Result<u64, Failed> {
        let (outcome, time) = SOURCE.read();
        thread::sleep(time);
        outcome.map(|version| version + n)
    }

    #[cached(ttl = "20ms", stale_while_revalidate = "1s", hard_timeout = "40ms")]
    fn outer(n: u64) -> Result<u64, Failed> {
        inner(n)
    }

    let runtime = tokio::runtime::Runtime::new().unwrap();
    attack(
        &SOURCE,
        &|| outer(0),
        &[
            &|| {
                runtime
                    .block_on(cache_core::invalidate_tag("oracle nested"))
                    .unwrap();
            },
            &|| drop(inner::clear()),
        ],
    );
    assert!(drain_blocking(SOON));
}
