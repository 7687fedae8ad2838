//! Stale values, and loads that run apart from their callers, inside of other loads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, TimedOut, cached, drain, drain_blocking, invalidate_tag};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

/// Runs a future where no tokio runtime is.
fn without_a_runtime<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::yield_now();
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Failed;

impl From<TimedOut> for Failed {
    fn from(_: TimedOut) -> Self {
        Self
    }
}

#[tokio::test]
async fn what_is_made_of_a_load_that_ran_apart_goes_with_it() {
    static SOURCE: AtomicU64 = AtomicU64::new(1);

    #[cached(ttl = "10m", hard_timeout = "1h", tags("apart:{n}"))]
    fn inner(n: u64) -> Result<u64, Failed> {
        Ok(n + SOURCE.load(SeqCst))
    }

    #[cached(ttl = "10m", hard_timeout = "1h", tags("apart:{n}"))]
    async fn inner_async(n: u64) -> Result<u64, Failed> {
        tokio::task::yield_now().await;
        Ok(n + SOURCE.load(SeqCst))
    }

    #[cached(ttl = "10m")]
    fn outer(n: u64) -> u64 {
        inner(n).unwrap()
    }

    #[cached(ttl = "10m")]
    async fn outer_async(n: u64) -> u64 {
        inner_async(n).await.unwrap()
    }

    assert_eq!((outer(0), outer_async(0).await), (1, 1));
    SOURCE.store(2, SeqCst);
    assert_eq!((outer(0), outer_async(0).await), (1, 1), "kept");
    invalidate_tag("apart:0").await.unwrap();
    assert_eq!((outer(0), outer_async(0).await), (2, 2));
}

#[test]
fn what_is_made_of_a_stale_value_is_kept_nowhere_however_deep_it_lies() {
    static BROKEN: AtomicBool = AtomicBool::new(false);

    #[cached(ttl = "10m", stale_if_error = "6h")]
    fn rate(n: u64) -> Result<u64, Failed> {
        if BROKEN.load(SeqCst) {
            Err(Failed)
        } else {
            Ok(n)
        }
    }

    #[cached(ttl = "1m", hard_timeout = "1h")]
    fn apart(n: u64) -> Result<u64, Failed> {
        rate(n)
    }

    #[cached(ttl = "1m")]
    fn twice(n: u64) -> u64 {
        2 * apart(n).unwrap()
    }

    #[cached(ttl = "1m")]
    fn shown(n: u64) -> String {
        twice(n).to_string()
    }

    let clock = Clock::freeze();
    assert_eq!(shown(4), "8");
    clock.advance(11 * MINUTE);
    BROKEN.store(true, SeqCst);
    assert_eq!(shown(4), "8");
    assert_eq!(apart::peek(&4), None);
    assert_eq!(twice::peek(&4), None);
    assert_eq!(shown::peek(&4), None);
    BROKEN.store(false, SeqCst);
    clock.advance(2 * MINUTE);
    assert_eq!(shown(4), "8");
    assert_eq!(shown::peek(&4), Some("8".to_owned()));
}

#[tokio::test]
async fn what_a_hand_loads_of_a_fallback_is_kept_nowhere() {
    #[cached(ttl = "10m", fallback = 7)]
    fn broken(n: u64) -> Result<u64, Failed> {
        if n == u64::MAX { Ok(n) } else { Err(Failed) }
    }

    let cache = Cache::builder().build();
    let load = || async { broken(0) };
    assert_eq!(cache.get_or_set("made", "10m", load).await, Ok(7));
    assert_eq!(cache.get::<u64>("made").await.unwrap(), None);
    let blocking = cache.blocking();
    assert_eq!(blocking.get_or_set("made", "10m", || broken(0)), Ok(7));
    assert_eq!(cache.get::<u64>("made").await.unwrap(), None);
}

/// A body that calls, by another function that runs apart, what it is the load of.
#[test]
fn a_load_that_comes_back_to_itself_by_one_that_runs_apart_does_not_wait_for_itself() {
    #[cached(ttl = "10m")]
    fn around(n: u64) -> u64 {
        if n == 0 { 0 } else { back(n).unwrap() }
    }

    #[cached(ttl = "10m", hard_timeout = "1h")]
    fn back(n: u64) -> Result<u64, Failed> {
        static DEPTH: AtomicU64 = AtomicU64::new(0);
        if DEPTH.fetch_add(1, SeqCst) > 0 {
            return Ok(5);
        }
        Ok(around(n))
    }

    let begun = std::time::Instant::now();
    assert_eq!(around(1), 5);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_refresh_that_panics_is_nobodys_panic() {
    static BROKEN: AtomicBool = AtomicBool::new(false);

    #[cached(ttl = "10m", stale_while_revalidate = "1h")]
    fn inner(n: u64) -> u64 {
        assert!(!BROKEN.load(SeqCst), "the source is broken");
        n
    }

    #[cached(ttl = "10m", stale_while_revalidate = "1h")]
    fn outer(n: u64) -> u64 {
        inner(n) + 1
    }

    #[cached(ttl = "10m", stale_while_revalidate = "1h")]
    async fn without_runtime(n: u64) -> u64 {
        assert!(!BROKEN.load(SeqCst), "the source is broken");
        n
    }

    let clock = Clock::freeze();
    assert_eq!(outer(1), 2);
    assert_eq!(without_a_runtime(without_runtime(1)), 1);
    BROKEN.store(true, SeqCst);
    clock.advance(11 * MINUTE);
    assert_eq!(inner(1), 1);
    assert!(drain_blocking(SOON));
    assert_eq!(outer(1), 2);
    assert!(drain_blocking(SOON));
    clock.advance(2 * MINUTE);
    assert_eq!(
        outer(1),
        2,
        "its own refresh runs where that of the inner one does"
    );
    assert!(drain_blocking(SOON));
    assert_eq!(without_a_runtime(without_runtime(1)), 1);
}

#[test]
fn a_panic_of_a_load_that_runs_apart_is_its_callers_wherever_it_runs() {
    #[cached(ttl = "10m", hard_timeout = "1h")]
    async fn panics(n: u64) -> Result<u64, Failed> {
        assert!(n > 0, "the source is broken");
        Ok(n)
    }

    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let message = |call: &dyn Fn() -> Result<u64, Failed>| {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call));
        *caught.unwrap_err().downcast::<&str>().unwrap()
    };
    let inside = message(&|| runtime.block_on(panics(0)));
    let outside = message(&|| without_a_runtime(panics(0)));
    assert_eq!(inside, "the source is broken");
    assert_eq!(outside, inside);
}

#[test]
fn a_refresh_whose_runtime_ends_is_begun_again() {
    static CALLS: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "10m", refresh_ahead = 0.5)]
    async fn ahead(n: u64) -> u64 {
        let call = CALLS.fetch_add(1, SeqCst) + 1;
        if call == 2 {
            std::future::pending::<()>().await;
        }
        n + call
    }

    let clock = Clock::freeze();
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
    };
    let first = runtime();
    assert_eq!(first.block_on(ahead(0)), 1);
    clock.advance(6 * MINUTE);
    assert_eq!(first.block_on(ahead(0)), 1);
    first.block_on(async { tokio::task::yield_now().await });
    assert_eq!(CALLS.load(SeqCst), 2);
    drop(first);
    runtime().block_on(async {
        assert_eq!(ahead(0).await, 1);
        assert!(drain(SOON).await);
        assert_eq!(ahead(0).await, 3);
    });
}
