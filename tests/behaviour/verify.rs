//! Hits that are verified: what is found, and what is none of a fault.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::{Clock, scope_blocking, verify, verify_blocking};
use cache_core::{Caches, cached, invalidates};

/// The text of the panic in which this ends, if it does.
pub(crate) fn found(work: impl FnOnce()) -> Option<String> {
    let work = std::panic::AssertUnwindSafe(|| verify_blocking(work));
    let panic = std::panic::catch_unwind(work).err()?;
    Some(panic.downcast_ref::<String>().unwrap().clone())
}

#[test]
fn a_global_that_the_key_does_not_hold_is_found() {
    static RATE: AtomicU64 = AtomicU64::new(2);
    #[cached]
    fn price(n: u64) -> u64 {
        n * RATE.load(SeqCst)
    }
    let report = found(|| {
        price(7);
        price(7);
        RATE.store(3, SeqCst);
        price(7);
    });
    let report = report.unwrap();
    for part in ["price", "verify.rs", "key `(7)`", "`14`", "`21`"] {
        assert!(report.contains(part), "{report}");
    }
    let stats = price::stats();
    assert_eq!((stats.verified, stats.wrong_hits), (1, 1));
}

#[test]
fn without_verification_nothing_runs_twice() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cached]
    fn counted(n: u64) -> u64 {
        RUNS.fetch_add(1, SeqCst);
        n
    }
    (counted(1), counted(1), counted(1));
    assert_eq!(RUNS.load(SeqCst), 1);
}

#[test]
fn a_task_local_and_a_forgotten_invalidation_are_found() {
    thread_local! {
        static USER: Cell<u64> = const { Cell::new(1) };
    }
    #[cached]
    fn greeting() -> String {
        format!("hello {}", USER.get())
    }
    let report = found(|| {
        greeting();
        USER.set(2);
        greeting();
    });
    assert!(report.unwrap().contains("hello 2"));

    static TITLE: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "verify:title:{id}", tags("verify:titles"))]
    fn title(id: u64) -> u64 {
        id + TITLE.load(SeqCst)
    }
    #[invalidates(tags("verify:titels"))] // a typing mistake
    fn rename() -> Result<(), String> {
        TITLE.store(5, SeqCst);
        Ok(())
    }
    let report = found(|| {
        scope_blocking(Caches::new(), || {
            title(1);
            rename().unwrap();
            title(1);
        });
    });
    assert!(report.unwrap().contains("key `verify:title:1`"));
}

#[test]
fn a_change_with_its_invalidation_is_no_fault() {
    static TITLE: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "verify:right:{id}", tags("verify:right"))]
    fn title(id: u64) -> u64 {
        id + TITLE.load(SeqCst)
    }
    #[invalidates(tags("verify:right"))]
    fn rename(to: u64) -> Result<(), String> {
        TITLE.store(to, SeqCst);
        // Read by somebody else before the change is through.
        std::thread::scope(|scope| {
            let read = scope.spawn(|| scope_free(|| title(1)));
            assert_eq!(read.join().unwrap(), Ok(2));
        });
        Ok(())
    }
    /// What another thread sees of it, whose verification waits for the change.
    fn scope_free(read: impl FnOnce() -> u64 + Send) -> Result<u64, String> {
        Ok(read())
    }
    title(1);
    let report = found(|| {
        title(1);
        rename(5).unwrap();
        assert_eq!((title(1), title(1)), (6, 6));
    });
    assert_eq!(report, None);
    assert_eq!(title::stats().wrong_hits, 0);
}

#[test]
fn what_differs_each_time_is_named_and_is_no_fault() {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    #[cached]
    fn token(user: u64) -> (u64, u64) {
        (user, NEXT.fetch_add(1, SeqCst))
    }
    let report = found(|| {
        token(1);
        token(1);
    });
    assert_eq!((report, token::stats().impure), (None, 1));
}

#[test]
fn what_is_older_than_its_source_as_its_ttl_allows_is_counted() {
    static WEATHER: AtomicU64 = AtomicU64::new(20);
    #[cached(ttl = "1h")]
    fn weather() -> u64 {
        WEATHER.load(SeqCst)
    }
    let clock = Clock::freeze();
    let report = found(|| {
        weather();
        clock.advance(Duration::from_mins(5));
        WEATHER.store(21, SeqCst);
        weather();
    });
    assert_eq!((report, weather::stats().aged_hits), (None, 1));
}

#[test]
fn errors_and_panics_of_the_body_say_nothing_of_what_is_kept() {
    static STATE: AtomicU64 = AtomicU64::new(0);
    #[cached]
    fn answer(n: u64) -> Result<u64, String> {
        match STATE.load(SeqCst) {
            0 => Ok(n),
            1 => Err("down".to_owned()),
            _ => panic!("on purpose"),
        }
    }
    let report = found(|| {
        answer(1).unwrap();
        STATE.store(1, SeqCst);
        assert_eq!(answer(1), Ok(1));
        STATE.store(2, SeqCst);
        assert_eq!(answer(1), Ok(1));
    });
    assert_eq!((report, answer::stats().verified), (None, 0));
}

#[test]
fn what_a_hand_has_set_and_what_says_so_is_left_out() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cached]
    fn set_by_hand(n: u64) -> u64 {
        RUNS.fetch_add(1, SeqCst);
        n
    }
    #[cached(verify = false)]
    fn never(n: u64) -> u64 {
        RUNS.fetch_add(1, SeqCst) + n
    }
    let report = found(|| {
        drop(set_by_hand::set(&1, 100));
        assert_eq!(set_by_hand(1), 100);
        (never(1), never(1));
    });
    assert_eq!((report, RUNS.load(SeqCst)), (None, 1));
}

#[test]
fn arguments_of_all_kinds_are_copied_and_those_that_cannot_be_are_left_out() {
    struct Opaque;
    #[derive(Clone)]
    struct Repo(u64);
    static EXTRA: AtomicU64 = AtomicU64::new(0);
    impl Repo {
        #[cached(key = "{self.0}:{name}:{list}", skip(opaque), local)]
        fn find(&self, name: &str, list: Vec<u8>, opaque: &Opaque) -> String {
            let _ = opaque;
            format!("{}{name}{list:?}{}", self.0, EXTRA.load(SeqCst))
        }
    }
    #[cached(skip(opaque))]
    fn takes(n: u64, opaque: Opaque) -> u64 {
        let _ = opaque;
        n + EXTRA.load(SeqCst)
    }
    #[cached]
    fn generic<T: cache_core::CacheKey + Copy + Into<u64>>(value: T) -> u64 {
        value.into() + EXTRA.load(SeqCst)
    }
    let repo = Repo(7);
    let report = found(|| {
        repo.find("a", vec![1], &Opaque);
        takes(1, Opaque);
        generic(1_u8);
        EXTRA.store(1, SeqCst);
        takes(1, Opaque); // not verified: it cannot be copied
        repo.find("a", vec![1], &Opaque);
    });
    assert!(report.unwrap().contains("7a[1]1"));
    let report = found(|| {
        generic(1_u8);
        EXTRA.store(2, SeqCst);
        generic(1_u8);
    });
    assert!(report.is_some());
}

#[tokio::test]
async fn async_functions_are_verified_too() {
    static RATE: AtomicU64 = AtomicU64::new(2);
    #[cached]
    async fn price(n: u64, unit: String) -> String {
        tokio::task::yield_now().await;
        format!("{} {unit}", n * RATE.load(SeqCst))
    }
    let work = tokio::spawn(verify(async {
        price(7, "EUR".to_owned()).await;
        price(7, "EUR".to_owned()).await;
        RATE.store(3, SeqCst);
        price(7, "EUR".to_owned()).await
    }));
    let panic = work.await.unwrap_err().into_panic();
    let report = panic.downcast_ref::<String>().unwrap();
    assert!(
        report.contains("`21 EUR`") || report.contains("21 EUR"),
        "{report}"
    );
}

#[test]
fn recursion_and_inner_calls_are_verified_once() {
    #[cached]
    fn fib(n: u64) -> u64 {
        if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
    }
    let report = found(|| assert_eq!((fib(30), fib(30)), (832_040, 832_040)));
    assert_eq!(report, None);
    assert!(fib::stats().verified < 100);
}
