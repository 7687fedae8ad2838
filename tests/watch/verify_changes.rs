//! Changes that are under way while hits are verified.

use std::pin::Pin;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use cache_core::testing::{Clock, scope_blocking, verify};
use cache_core::{Caches, cached, invalidates};

#[test]
fn the_body_does_not_run_within_a_change_in_production() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cached(key = "within:{id}", tags("within"), verify = 1.0)]
    fn title(id: u64) -> u64 {
        RUNS.fetch_add(1, SeqCst);
        id
    }
    #[invalidates(tags("within"))]
    fn rename() -> Result<u64, String> {
        Ok(title(1))
    }
    title(1);
    rename().unwrap();
    assert_eq!(RUNS.load(SeqCst), 1);
}

#[test]
fn nothing_of_a_change_that_is_given_up_comes_into_the_cache() {
    static STATE: AtomicU64 = AtomicU64::new(1); // the database
    #[cached(key = "given-up:rate:{n}", tags("given-up"), capacity = 1, local)]
    fn rate(n: u64) -> u64 {
        let _ = n;
        STATE.load(SeqCst)
    }
    #[cached(key = "given-up:price:{n}", tags("given-up"), verify = 1.0)]
    fn price(n: u64) -> u64 {
        rate(n) * n
    }
    #[invalidates(tags("given-up"))]
    fn change() -> Result<u64, String> {
        STATE.store(2, SeqCst);
        let seen = price(7);
        STATE.store(1, SeqCst); // rolled back
        Err(format!("{seen} is too much"))
    }
    scope_blocking(Caches::new(), || {
        price(7);
        (100..300).for_each(|n| assert!(rate(n) > 0));
        change().unwrap_err();
        assert_eq!(rate(7), 1);
    });
}

#[test]
fn nobody_keeps_what_is_loaded_inside_of_a_run_that_verifies() {
    #[cached(key = "inside:rate:{n}", capacity = 1, local)]
    fn rate(n: u64) -> u64 {
        n
    }
    #[cached(key = "inside:price:{n}", verify = 1.0)]
    fn price(n: u64) -> u64 {
        rate(n) * 2
    }
    price(7);
    (100..300).for_each(|n| assert!(rate(n) > 0));
    assert_eq!((rate::peek(&7), rate::peek(&299)), (None, Some(299)));
    price(7);
    assert_eq!(price::stats().verified, 1);
    assert_eq!((rate::peek(&7), rate::peek(&299)), (None, Some(299)));
}

#[tokio::test]
async fn nobody_keeps_what_is_loaded_inside_of_an_async_run_that_verifies() {
    #[cached(key = "inside:async:rate:{n}", capacity = 1, local)]
    async fn rate(n: u64) -> u64 {
        tokio::task::yield_now().await;
        n
    }
    #[cached(key = "inside:async:price:{n}", verify = 1.0)]
    async fn price(n: u64) -> u64 {
        rate(n).await * 2
    }
    price(7).await;
    for n in 100..300 {
        rate(n).await;
    }
    price(7).await;
    assert_eq!((price::stats().verified, rate::peek(&7).await), (1, None));
}

#[test]
fn a_change_that_moves_to_another_thread_does_not_wait_for_itself() {
    static TITLE: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "moves:{id}", tags("moves"))]
    fn title(id: u64) -> u64 {
        id + TITLE.load(SeqCst)
    }
    #[invalidates(tags("moves"))]
    async fn rename() -> Result<u64, String> {
        TITLE.store(5, SeqCst);
        tokio::task::yield_now().await;
        Ok(title(1))
    }
    title(1);
    let mut work: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(verify(rename()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(work.as_mut().poll(&mut context).is_pending());
    let elsewhere = move || {
        let since = Instant::now();
        let mut context = Context::from_waker(Waker::noop());
        while work.as_mut().poll(&mut context).is_pending() {}
        since.elapsed()
    };
    let took = thread::spawn(elsewhere).join().unwrap();
    let stats = title::stats();
    assert_eq!(stats.verified + stats.wrong_hits, 0);
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_change_that_waits_leaves_the_hits_of_its_thread_verified() {
    #[cached(key = "waits:{n}", verify = 1.0)]
    fn price(n: u64) -> u64 {
        n
    }
    #[invalidates(tags("waits:other"))]
    async fn change() -> Result<(), String> {
        std::future::pending::<()>().await;
        Ok(())
    }
    price(1);
    let mut change = Box::pin(change());
    let mut context = Context::from_waker(Waker::noop());
    assert!(change.as_mut().poll(&mut context).is_pending());
    price(1);
    assert_eq!(price::stats().verified, 1);
}

#[test]
fn a_change_that_goes_on_does_not_end_verification() {
    static RATE: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "goes-on:{n}", tags("goes-on"), verify = 1.0)]
    fn price(n: u64) -> u64 {
        n * RATE.load(SeqCst)
    }
    #[invalidates(tags("goes-on:other"))]
    fn change(begun: &Barrier, ended: &Barrier) -> Result<(), String> {
        begun.wait();
        ended.wait();
        Ok(())
    }
    let (begun, ended) = (Barrier::new(2), Barrier::new(2));
    let clock = Clock::freeze();
    price(1);
    RATE.store(2, SeqCst);
    thread::scope(|scope| {
        scope.spawn(|| change(&begun, &ended));
        begun.wait();
        for _ in 0..100 {
            price(1);
            clock.advance(Duration::from_secs(2));
        }
        ended.wait();
    });
    assert!(price::stats().wrong_hits > 0, "in 200 seconds of hits");
}

#[test]
fn changes_that_begin_after_a_difference_do_not_hold_it_up() {
    static RATE: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "later:{n}", tags("later"), verify = 1.0)]
    fn price(n: u64) -> u64 {
        n * RATE.load(SeqCst)
    }
    let clock = Clock::freeze();
    price(1);
    RATE.store(2, SeqCst);
    for _ in 0..10 {
        price(1);
        let mut later = cache_core::cache().batch();
        thread::scope(|scope| {
            scope.spawn(|| {
                later.tag("later:other");
            });
        });
        clock.advance(Duration::from_secs(2));
        price(1);
    }
    assert!(price::stats().wrong_hits > 0);
}
