//! `ttl = |new, old| …`: how long a value lives that is compared with the one that it replaces.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Clock;

#[tokio::test]
async fn it_may_look_at_the_value_that_is_replaced() {
    static SOURCE: AtomicU64 = AtomicU64::new(7);

    #[cached(ttl = |new, old| if old == Some(new) { 100 } else { 10 })]
    fn own(n: u64) -> u64 {
        n + SOURCE.load(SeqCst)
    }

    #[cached(key = "looks back:{n}", ttl = |new: &String, old: Option<&String>| {
        if old == Some(new) { minutes(2) } else { seconds(10) }
    })]
    async fn shared(n: u64) -> Result<String, u8> {
        Ok((n + SOURCE.load(SeqCst)).to_string())
    }

    crate::support::installed();
    let clock = Clock::freeze();
    let second = Duration::from_secs(1);
    let loads = || (own::stats().loads, shared::stats().loads);
    let call = async || (own(0), shared(0).await.expect("no error"));
    for (wait, runs) in [(0, 1), (9, 1), (2, 2), (90, 2), (40, 3)] {
        clock.advance(second * wait);
        assert_eq!(call().await, (7, "7".to_owned()));
        assert_eq!(loads(), (runs, runs), "after {wait}");
    }
    SOURCE.store(8, SeqCst);
    clock.advance(second * 120);
    assert_eq!(call().await, (8, "8".to_owned()));
    let loads_once = async |why: &str| {
        clock.advance(second * 11);
        let before = loads();
        call().await;
        assert_eq!(loads(), (before.0 + 1, before.1 + 1), "{why}");
    };
    loads_once("a change has a short life").await;
    own::invalidate(&0);
    let _ = shared::invalidate(&0).await;
    call().await;
    loads_once("what was invalidated is not there").await;
    let _ = (own::set(&0, 8), shared::set(&0, "8".to_owned()).await);
    loads_once("a hand replaces nothing").await;
}
