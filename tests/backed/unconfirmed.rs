//! Values that a store has refused or not confirmed: what is made of them is not used for longer than if they had been copies.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, cached};

use crate::support::{BOUNDED, Gate, Process, Runs, installed, until, within};

/// The life of copies.
const NEAR_TTL: Duration = Duration::from_secs(2);

/// Its caller has begun before, and has it; what that makes of it is for those who wait alone.
#[tokio::test]
async fn what_is_made_of_a_value_that_was_invalidated_meanwhile_is_not_used_again() {
    static DATA: AtomicU64 = AtomicU64::new(1);
    static BEGUN: Runs = Runs::new();
    static GATE: Gate = Gate::closed();

    #[cached(
        cache = "bounded",
        key = "unconfirmed:meanwhile:{n}",
        tags("unconfirmed:meanwhile")
    )]
    async fn inner(n: u64) -> u64 {
        let data = DATA.load(SeqCst);
        BEGUN.run();
        GATE.pass().await;
        data * n
    }

    #[cached]
    async fn outer(n: u64) -> u64 {
        inner(n).await
    }

    installed();
    let _clock = Clock::freeze();
    let elsewhere = Cache::builder().near(0).store(BOUNDED.clone()).build();
    let call = tokio::spawn(outer(1));
    until(|| BEGUN.count() == 1).await;
    DATA.store(2, SeqCst);
    elsewhere
        .invalidate_tag("unconfirmed:meanwhile")
        .await
        .unwrap();
    GATE.let_go(9);
    assert_eq!(within(call).await.unwrap(), 1);
    assert_eq!(outer(1).await, 2);
}

/// Where nothing is kept in the process, and the store does not answer.
#[tokio::test]
async fn what_is_made_of_a_value_that_no_store_has_confirmed_ends_soon() {
    static DATA: AtomicU64 = AtomicU64::new(1);

    #[cached(key = "unconfirmed:alone:{n}", tags("unconfirmed:alone"))]
    async fn inner(n: u64) -> u64 {
        DATA.load(SeqCst) * n
    }

    #[cached]
    async fn outer(n: u64) -> u64 {
        inner(n).await
    }

    installed();
    let clock = Clock::freeze();
    let [own, other] = Process::several(0);
    own.call(async {
        own.store.fail();
        assert_eq!(outer(1).await, 1);
        own.store.work();
        DATA.store(2, SeqCst);
        other
            .cache
            .invalidate_tag("unconfirmed:alone")
            .await
            .unwrap();
        clock.advance(NEAR_TTL + Duration::from_millis(1));
        assert_eq!(outer(1).await, 2);
    })
    .await;
}
