//! Values that `#[cache_put]` or a refresh writes over older ones in the store, which must not come back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::{Cache, cache_put, cached};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::support::{DEFAULT, Runs, installed};

/// Its tagged value is in this process alone, so a value made of it does not go to the store.
#[cached(tags("puts:private"))]
fn private() -> u64 {
    0
}

#[tokio::test]
async fn a_put_whose_value_does_not_go_to_the_store_leaves_nothing_older_there() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "puts:unfit:{n}")]
    async fn read(n: u64) -> u64 {
        let _ = n;
        DATA.load(SeqCst)
    }
    #[cache_put(key = "puts:unfit:{n}", skip(value))]
    async fn over_a_private_tag(n: u64, value: u64) -> u64 {
        let _ = n;
        DATA.store(value + private(), SeqCst);
        value
    }
    #[cache_put(key = "puts:unfit:{n}", skip(value), tags = |value: &u64| [format!("puts:value:{value}")])]
    async fn with_tags_of_the_value(n: u64, value: u64) -> u64 {
        let _ = n;
        DATA.store(value, SeqCst);
        value
    }
    assert_eq!(read(1).await, 1);
    over_a_private_tag(1, 2).await;
    assert_eq!(read(1).await, 2);
    with_tags_of_the_value(1, 3).await;
    assert_eq!(read(1).await, 3);
}

#[tokio::test]
async fn a_refresh_whose_value_does_not_go_to_the_store_leaves_nothing_older_there() {
    installed();
    static DATA: AtomicU64 = AtomicU64::new(1);
    static IS_PRIVATE: AtomicBool = AtomicBool::new(false);
    #[cached(key = "puts:refreshed:{n}")]
    async fn read(n: u64) -> u64 {
        let _ = n;
        let of_another = if IS_PRIVATE.load(SeqCst) {
            private()
        } else {
            0
        };
        DATA.load(SeqCst) + of_another
    }
    assert_eq!(read(1).await, 1);
    DATA.store(2, SeqCst);
    assert_eq!(read(1).await, 1, "the store has it");
    IS_PRIVATE.store(true, SeqCst);
    assert_eq!(read::refresh(1).await, 2);
    assert_eq!(read(1).await, 2);
}

static DATA: AtomicU64 = AtomicU64::new(0);
static BODIES: Runs = Runs::new();

#[cached(key = "puts:meanwhile:{n}")]
async fn read(n: u64) -> u64 {
    let _ = n;
    DATA.load(SeqCst)
}

/// Writes, and ends when it is allowed to.
#[cache_put(key = "puts:meanwhile:{n}", skip(value, may_end))]
async fn put(n: u64, value: u64, may_end: &'static Semaphore) -> u64 {
    let _ = n;
    DATA.store(value, SeqCst);
    BODIES.run();
    may_end.acquire().await.unwrap().forget();
    value
}

#[tokio::test]
async fn what_others_do_during_a_put_does_not_bring_the_older_value_back() {
    installed();
    static FIRST: Semaphore = Semaphore::const_new(0);
    static SECOND: Semaphore = Semaphore::const_new(0);
    async fn begun(bodies: usize) {
        let begin = async {
            while BODIES.count() < bodies {
                tokio::task::yield_now().await;
            }
        };
        let bound = Duration::from_secs(60);
        timeout(bound, begin).await.expect("they begin at once");
    }
    let elsewhere = Cache::builder().near(0).store(DEFAULT.clone()).build();
    assert_eq!(read(1).await, 0);
    let first = tokio::spawn(put(1, 1, &FIRST));
    begun(1).await;
    assert!(elsewhere.touch("puts:meanwhile:1", "10m").await.unwrap());
    FIRST.add_permits(1);
    first.await.unwrap();
    assert_eq!(read(1).await, 1, "another process has touched the key");

    let first = tokio::spawn(put(1, 2, &FIRST));
    begun(2).await;
    let second = tokio::spawn(put(1, 3, &SECOND));
    begun(3).await;
    SECOND.add_permits(1);
    second.await.unwrap();
    FIRST.add_permits(1);
    first.await.unwrap();
    assert_eq!(read(1).await, 3, "the later write ended first");
}
