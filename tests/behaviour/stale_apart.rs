//! Loads that run apart from their callers, where what they run on is full or ends, and what they bring is not kept.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{TimedOut, cached, drain_blocking};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn a_value_that_is_not_to_be_kept_ends_the_stale_one() {
    static CALLS: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "10m", stale_while_revalidate = "1h", unless = |value: &u64| *value > 1)]
    fn value(n: u64) -> u64 {
        n + CALLS.fetch_add(1, SeqCst) + 1
    }

    let clock = Clock::freeze();
    assert_eq!(value(0), 1);
    clock.advance(Duration::from_secs(660));
    assert_eq!(value(0), 1, "stale");
    assert!(drain_blocking(SOON));
    assert_eq!(value(0), 3);
}

#[test]
fn nobody_waits_for_a_load_whose_runtime_has_ended() {
    #[cached(ttl = "10m", hard_timeout = "1h")]
    async fn hangs(n: u64) -> Result<u64, TimedOut> {
        std::future::pending::<()>().await;
        Ok(n)
    }

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut call = pin!(hangs(0));
    let mut context = Context::from_waker(Waker::noop());
    let inside = runtime.enter();
    assert!(call.as_mut().poll(&mut context).is_pending());
    drop(inside);
    drop(runtime);
    let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut context)));
    assert!(polled.is_err());
}

/// As many loads as there are threads for them, each of which waits for another load.
#[test]
fn loads_that_wait_for_loads_do_not_fill_all_threads() {
    static ALL: Barrier = Barrier::new(8);

    #[cached(ttl = "10m", hard_timeout = "5s")]
    fn inner(n: u64) -> Result<u64, TimedOut> {
        Ok(n)
    }

    #[cached(ttl = "10m", hard_timeout = "1h")]
    fn outer(n: u64) -> Result<u64, TimedOut> {
        ALL.wait();
        inner(n)
    }

    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8).map(|n| scope.spawn(move || outer(n))).collect();
        for (n, caller) in (0..8).zip(callers) {
            assert_eq!(caller.join().unwrap(), Ok(n));
        }
    });
}

/// More loads hang than there are threads for refreshes: another one has a thread nevertheless.
#[test]
fn loads_that_hang_hold_up_no_other_load() {
    static SHUT: Mutex<()> = Mutex::new(());

    #[cached(ttl = "10m", hard_timeout = "1ms")]
    fn hangs(n: u64) -> Result<u64, TimedOut> {
        drop(SHUT.lock().unwrap());
        Ok(n)
    }

    #[cached(ttl = "10m", stale_if_error = "1h", soft_timeout = "1h")]
    fn works(n: u64) -> u64 {
        n
    }

    let shut = SHUT.lock().unwrap();
    for n in 0..20 {
        assert!(hangs(n).is_err());
    }
    assert_eq!(works(7), 7);
    drop(shut);
    assert!(drain_blocking(SOON));
    assert_eq!(hangs::peek(&3), Some(3), "what came too late is kept");
}
