//! Hits of functions that are verified in production: nobody notices.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Clock;

const GRACE: Duration = Duration::from_secs(2);

#[test]
fn a_comparison_that_panics_does_not_reach_the_caller() {
    static NOW: AtomicU64 = AtomicU64::new(0);
    #[derive(Clone, Debug)]
    struct Strict(u64);
    impl PartialEq for Strict {
        fn eq(&self, other: &Self) -> bool {
            assert_eq!(self.0, other.0, "on purpose");
            true
        }
    }
    #[cached(verify = 1.0, local)]
    fn strict(_n: u64) -> Strict {
        Strict(NOW.load(SeqCst))
    }
    strict(1);
    NOW.store(1, SeqCst);
    assert_eq!(strict(1).0, 0);
}

#[test]
fn a_value_that_cannot_be_shown_is_a_fault_and_does_not_reach_the_caller() {
    static NOW: AtomicU64 = AtomicU64::new(0);
    #[derive(Clone, PartialEq)]
    struct Hidden(u64);
    impl std::fmt::Debug for Hidden {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("on purpose")
        }
    }
    #[cached(verify = 1.0, local)]
    fn hidden(_n: u64) -> Hidden {
        Hidden(NOW.load(SeqCst))
    }
    let clock = Clock::freeze();
    hidden(1);
    NOW.store(1, SeqCst);
    hidden(1);
    clock.advance(GRACE);
    assert_eq!(hidden(1).0, 0);
    assert_eq!(hidden::stats().wrong_hits, 1);
}

/// An argument that cannot be copied when it comes to it.
struct Once;

impl Clone for Once {
    fn clone(&self) -> Self {
        panic!("on purpose")
    }
}

#[test]
fn a_copy_of_an_argument_that_panics_does_not_reach_the_caller() {
    #[cached(verify = 1.0, skip(once))]
    fn kept(n: u64, once: Once) -> u64 {
        let _ = once;
        n
    }
    kept(1, Once);
    assert_eq!(kept(1, Once), 1);
}

#[tokio::test]
async fn a_copy_of_an_argument_of_an_async_function_that_panics_does_not_reach_the_caller() {
    #[cached(verify = 1.0, skip(once))]
    async fn kept(n: u64, once: Once) -> u64 {
        let _ = once;
        n
    }
    kept(1, Once).await;
    assert_eq!(kept(1, Once).await, 1);
}

#[tokio::test]
async fn a_hit_waits_no_longer_than_its_function_says() {
    static HANGS: AtomicBool = AtomicBool::new(false);
    #[cached(verify = 1.0, hard_timeout = "100ms")]
    async fn slow(n: u64) -> Result<u64, cache_core::TimedOut> {
        if HANGS.load(SeqCst) {
            std::future::pending::<()>().await;
        }
        Ok(n)
    }
    slow(1).await.unwrap();
    HANGS.store(true, SeqCst);
    let hit = tokio::time::timeout(Duration::from_secs(5), slow(1)).await;
    assert!(hit.unwrap().is_ok());
    let stats = slow::stats();
    assert_eq!((stats.hits, stats.verified, stats.wrong_hits), (1, 0, 0));
}

#[tokio::test]
async fn a_hit_does_not_hang_as_its_body_does() {
    static HANGS: AtomicBool = AtomicBool::new(false);
    static BEGUN: tokio::sync::Notify = tokio::sync::Notify::const_new();
    #[cached(verify = 1.0)]
    async fn hangs(n: u64) -> u64 {
        if HANGS.load(SeqCst) {
            BEGUN.notify_one();
            std::future::pending::<()>().await;
        }
        n
    }
    let clock = Clock::freeze();
    hangs(1).await;
    HANGS.store(true, SeqCst);
    let turned = async {
        BEGUN.notified().await;
        clock.advance(Duration::from_secs(10));
    };
    assert_eq!(tokio::join!(hangs(1), turned).0, 1);
}

thread_local! {
    static USER: std::cell::Cell<u64> = const { std::cell::Cell::new(1) };
}

#[test]
fn the_age_of_the_first_difference_tells_whether_a_key_is_too_short() {
    #[cached(ttl = "1h", verify = 1.0)]
    fn greeting() -> String {
        format!("hello {}", USER.get())
    }
    let clock = Clock::freeze();
    greeting();
    USER.set(2);
    assert_eq!(greeting(), "hello 1", "another user's, and new");
    clock.advance(GRACE);
    greeting();
    let stats = greeting::stats();
    assert_eq!((stats.wrong_hits, stats.aged_hits), (1, 0));
}

/// An argument that counts its copies.
#[derive(Debug)]
struct Counted(u64, &'static AtomicU64);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.1.fetch_add(1, SeqCst);
        Self(self.0, self.1)
    }
}

#[test]
fn hits_that_are_not_verified_copy_no_arguments() {
    static CLONES: AtomicU64 = AtomicU64::new(0);
    static RATE: AtomicU64 = AtomicU64::new(1);
    #[cached(verify = 0.001, key = "copies:{counted.0}")]
    fn price(counted: Counted) -> u64 {
        counted.0 * RATE.load(SeqCst)
    }
    let clock = Clock::freeze();
    price(Counted(1, &CLONES));
    price(Counted(2, &CLONES));
    RATE.store(2, SeqCst);
    for _ in 0..20_000 {
        price(Counted(1, &CLONES)); // some are sampled, and one is a suspect then
    }
    clock.advance(GRACE); // which is due, and nobody asks for it again
    CLONES.store(0, SeqCst);
    for _ in 0..1_000 {
        price(Counted(2, &CLONES));
    }
    let clones = CLONES.load(SeqCst);
    assert!(clones < 20, "{clones} copies in 1000 hits");
}

#[tokio::test]
async fn async_hits_that_are_not_verified_copy_no_arguments() {
    static CLONES: AtomicU64 = AtomicU64::new(0);
    #[cached(verify = 0.000_001, key = "copies:async:{counted.0}")]
    async fn price(counted: Counted) -> u64 {
        counted.0
    }
    for _ in 0..100 {
        price(Counted(1, &CLONES)).await;
    }
    assert!(CLONES.load(SeqCst) < 10);
}

#[test]
fn hits_beyond_the_bound_of_runs_copy_no_arguments() {
    static CLONES: AtomicU64 = AtomicU64::new(0);
    #[cached(verify = 1.0, key = "bound:{counted.0}")]
    fn price(counted: Counted) -> u64 {
        counted.0
    }
    let _clock = Clock::freeze();
    for _ in 0..1_000 {
        price(Counted(1, &CLONES));
    }
    let clones = CLONES.load(SeqCst);
    assert!(clones <= 110, "{clones} copies for 101 runs");
}

#[test]
fn a_fault_uses_up_the_runs_of_later_hits() {
    static RATE: AtomicU64 = AtomicU64::new(1);
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cached(verify = 1.0)]
    fn price(n: u64) -> u64 {
        RUNS.fetch_add(1, SeqCst);
        n * RATE.load(SeqCst)
    }
    let clock = Clock::freeze();
    for n in 1..=50 {
        price(n);
    }
    RATE.store(2, SeqCst);
    (1..=50).for_each(|n| assert_eq!(price(n), n));
    clock.advance(GRACE);
    RUNS.store(0, SeqCst);
    for _ in 0..10 {
        (1..=50).for_each(|n| assert_eq!(price(n), n));
    }
    let runs = RUNS.load(SeqCst);
    assert!(runs <= 100, "{runs} runs in 500 hits");
    assert!(price::stats().wrong_hits > 1);
}
