//! Leaders that never end: waiting for them is bounded. The tests turn the clock.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Clock;

use crate::support::{Gate, Runs, installed, on_thread, until, within};

/// Longer than followers wait for a leader.
const TOO_LONG: Duration = Duration::from_secs(11);

#[tokio::test]
async fn followers_of_a_leader_that_is_never_polled_again_go_on() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached]
    async fn stuck(n: u64) -> usize {
        let run = RUNS.run();
        if run == 1 {
            GATE.pass().await;
        }
        run + usize::try_from(n).unwrap()
    }
    let clock = Clock::freeze();
    let mut leader = Box::pin(stuck(0));
    assert!(
        leader
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    let followers: Vec<_> = (0..100).map(|_| tokio::spawn(stuck(0))).collect();
    until(|| stuck::stats().misses == 101).await;
    assert_eq!(RUNS.count(), 1, "they wait");
    clock.advance(TOO_LONG);
    for follower in followers {
        assert_eq!(within(follower).await.unwrap(), 2);
    }
    assert_eq!(RUNS.count(), 2);
    GATE.let_go(1);
    assert_eq!(within(leader).await, 1);
    assert_eq!(stuck(0).await, 2, "the late value is not kept");
}

#[test]
fn threads_that_follow_go_on_too() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn stuck(n: u64) -> u64 {
        if RUNS.run() == 1 {
            while RUNS.count() == 1 {
                std::thread::yield_now();
            }
        }
        n
    }
    let clock = Clock::freeze();
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let time = clock.handle();
            std::thread::spawn(move || time.run(|| stuck(3)))
        })
        .collect();
    while stuck::stats().misses < 20 {
        std::thread::yield_now();
    }
    clock.advance(TOO_LONG);
    for thread in threads {
        assert_eq!(on_thread(|| thread.join().unwrap()), 3);
    }
    assert_eq!(RUNS.count(), 2);
}

#[tokio::test]
async fn two_loads_that_wait_for_each_other_come_apart() {
    installed();
    fn boxed(key: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        Box::pin(nested(key, None))
    }
    #[cached(skip(inner))]
    async fn nested(key: u8, inner: Option<u8>) -> u8 {
        if let Some(inner) = inner {
            until(|| nested::stats().misses >= 2).await;
            boxed(inner).await;
        }
        key
    }
    let clock = Clock::freeze();
    let one = tokio::spawn(nested(1, Some(2)));
    let two = tokio::spawn(nested(2, Some(1)));
    until(|| nested::stats().misses == 4).await;
    // Followers may read the clock a moment after they are counted.
    let turning = async {
        loop {
            clock.advance(TOO_LONG);
            tokio::task::yield_now().await;
        }
    };
    let both = async { (one.await.unwrap(), two.await.unwrap()) };
    let ended = within(async {
        tokio::select! {
            biased;
            both = both => both,
            () = turning => unreachable!("it never ends"),
        }
    })
    .await;
    assert_eq!(ended, (1, 2));
}

#[tokio::test]
async fn a_load_that_spawns_a_call_of_its_own_key_and_waits_for_it_ends() {
    installed();
    static RUNS: Runs = Runs::new();
    fn boxed(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
        Box::pin(spawns(n))
    }
    #[cached]
    async fn spawns(n: u64) -> u64 {
        if RUNS.run() == 1 {
            return tokio::spawn(boxed(n)).await.unwrap();
        }
        n
    }
    let clock = Clock::freeze();
    let call = tokio::spawn(spawns(5));
    until(|| spawns::stats().misses == 2).await;
    clock.advance(TOO_LONG);
    assert_eq!(within(call).await.unwrap(), 5);
}

#[tokio::test]
async fn a_leader_that_only_sleeps_between_polls_keeps_its_followers() {
    installed();
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached]
    async fn slow(n: u64) -> usize {
        let _ = n;
        GATE.pass().await;
        RUNS.run()
    }
    let clock = Clock::freeze();
    let mut leader = pin!(slow(0));
    assert!(
        leader
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    let follower = tokio::spawn(slow(0));
    until(|| slow::stats().misses == 2).await;
    clock.advance(Duration::from_secs(9));
    GATE.let_go(2);
    let Poll::Ready(value) = leader
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    else {
        panic!("the gate is open");
    };
    assert_eq!(
        (value, within(follower).await.unwrap(), RUNS.count()),
        (1, 1, 1)
    );
}
