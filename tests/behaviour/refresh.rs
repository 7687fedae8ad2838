//! `refresh` loads at once, even if a value is kept or being loaded; the load that began last wins.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::cached;
use cache_core::testing::Clock;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore};
use tokio::task::JoinHandle;

use crate::support::{installed, until, within};

#[cached(skip(source))]
async fn local(play: &'static str, source: &'static Source) -> u64 {
    let _ = play;
    source.read_slowly().await
}

#[cached(key = "refresh:{play}", skip(source))]
async fn shared(play: &'static str, source: &'static Source) -> u64 {
    source.read_slowly().await
}

/// Data whose n-th reader reads n, and then waits until the test releases it.
struct Source {
    data: AtomicU64,
    gates: [Semaphore; 4],
}

impl Source {
    const fn new() -> Self {
        Self {
            data: AtomicU64::new(0),
            gates: [const { Semaphore::const_new(0) }; 4],
        }
    }

    fn gate(&self, value: u64) -> &Semaphore {
        &self.gates[usize::try_from(value).expect("a small number") - 1]
    }

    async fn read_slowly(&self) -> u64 {
        let value = self.data.fetch_add(1, SeqCst) + 1;
        self.gate(value)
            .acquire()
            .await
            .expect("never closed")
            .forget();
        value
    }

    /// Starts a call, which has read when this returns.
    async fn start(&self, call: impl Future<Output = u64> + Send + 'static) -> JoinHandle<u64> {
        let before = self.data.load(SeqCst);
        let task = tokio::spawn(call);
        until(|| self.data.load(SeqCst) == before + 1).await;
        task
    }

    /// Releases the reader of `value`.
    async fn end(&self, call: JoinHandle<u64>, value: u64) {
        self.gate(value).add_permits(1);
        assert_eq!(within(call).await.expect("it is not aborted"), value);
    }
}

/// A key of one of the two functions, and its source.
struct Stage {
    play: &'static str,
    source: &'static Source,
    is_shared: bool,
    _clock: Clock,
    _floor: Floor,
}

/// All plays use the same two functions; a play that clears them runs alone.
static FLOOR: RwLock<()> = RwLock::const_new(());
const EMPTYING: [&str; 2] = [
    "two_over_a_kept_value_end_in_either_order",
    "what_was_invalidated_meanwhile_is_not_kept",
];

enum Floor {
    Shared(#[expect(dead_code, reason = "held")] RwLockReadGuard<'static, ()>),
    Alone(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'static, ()>),
}

type Call = Pin<Box<dyn Future<Output = u64> + Send>>;

impl Stage {
    async fn set(play: &'static str, is_shared: bool) -> Self {
        installed();
        let floor = if EMPTYING.contains(&play) {
            Floor::Alone(FLOOR.write().await)
        } else {
            Floor::Shared(FLOOR.read().await)
        };
        let source = Box::leak(Box::new(Source::new()));
        Self {
            play,
            source,
            is_shared,
            _clock: Clock::freeze(),
            _floor: floor,
        }
    }

    /// Starts a plain call.
    async fn load(&self) -> JoinHandle<u64> {
        let (play, source) = (self.play, self.source);
        let call: Call = if self.is_shared {
            Box::pin(shared(play, source))
        } else {
            Box::pin(local(play, source))
        };
        source.start(call).await
    }

    /// Starts a refresh.
    async fn refresh(&self) -> JoinHandle<u64> {
        let (play, source) = (self.play, self.source);
        let call: Call = if self.is_shared {
            Box::pin(shared::refresh(play, source))
        } else {
            Box::pin(local::refresh(play, source))
        };
        source.start(call).await
    }

    async fn end(&self, call: JoinHandle<u64>, value: u64) {
        self.source.end(call, value).await;
    }

    async fn kept(&self) -> Option<u64> {
        if self.is_shared {
            shared::peek(self.play).await
        } else {
            local::peek(self.play).await
        }
    }

    async fn invalidate(&self) {
        if self.is_shared {
            shared::invalidate(self.play).await
        } else {
            local::invalidate(self.play).await
        };
    }

    async fn clear(&self) {
        assert!(EMPTYING.contains(&self.play), "{} is not alone", self.play);
        if self.is_shared {
            shared::clear().await
        } else {
            local::clear().await
        };
    }
}

/// A test of each play on each stage.
macro_rules! plays {
    ($($name:ident)*) => {
        mod in_a_cache_of_its_own {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::Stage::set(stringify!($name), false).await).await;
            })*
        }
        mod in_a_shared_cache {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::Stage::set(stringify!($name), true).await).await;
            })*
        }
    };
}

plays! {
    it_never_joins_and_the_older_load_is_not_kept
    a_load_that_ends_first_is_replaced
    a_younger_load_is_not_replaced
    a_younger_load_under_way_is_kept_when_it_ends
    the_older_of_two_never_overwrites_the_younger
    the_younger_of_two_overwrites_the_older
    two_over_a_kept_value_end_in_either_order
    what_was_invalidated_meanwhile_is_not_kept
    a_kept_value_that_is_invalidated_meanwhile_stays_away
    one_that_is_dropped_leaves_what_is_kept
}

async fn it_never_joins_and_the_older_load_is_not_kept(stage: &Stage) {
    let load = stage.load().await;
    let refresh = stage.refresh().await;
    stage.end(refresh, 2).await;
    assert_eq!(stage.kept().await, Some(2));
    stage.end(load, 1).await;
    assert_eq!(stage.kept().await, Some(2), "the older load is not kept");
}

async fn a_load_that_ends_first_is_replaced(stage: &Stage) {
    let load = stage.load().await;
    let refresh = stage.refresh().await;
    stage.end(load, 1).await;
    stage.end(refresh, 2).await;
    assert_eq!(stage.kept().await, Some(2));
}

async fn a_younger_load_is_not_replaced(stage: &Stage) {
    let refresh = stage.refresh().await;
    let load = stage.load().await;
    stage.end(load, 2).await;
    stage.end(refresh, 1).await;
    assert_eq!(stage.kept().await, Some(2));
}

async fn a_younger_load_under_way_is_kept_when_it_ends(stage: &Stage) {
    let refresh = stage.refresh().await;
    let load = stage.load().await;
    stage.end(refresh, 1).await;
    stage.end(load, 2).await;
    assert_eq!(stage.kept().await, Some(2));
}

async fn the_older_of_two_never_overwrites_the_younger(stage: &Stage) {
    let older = stage.refresh().await;
    let younger = stage.refresh().await;
    stage.end(younger, 2).await;
    stage.end(older, 1).await;
    assert_eq!(stage.kept().await, Some(2));
}

async fn the_younger_of_two_overwrites_the_older(stage: &Stage) {
    let older = stage.refresh().await;
    let younger = stage.refresh().await;
    stage.end(older, 1).await;
    assert_eq!(stage.kept().await, Some(1));
    stage.end(younger, 2).await;
    assert_eq!(stage.kept().await, Some(2));
}

async fn two_over_a_kept_value_end_in_either_order(stage: &Stage) {
    let first = stage.load().await;
    stage.end(first, 1).await;
    let older = stage.refresh().await;
    let younger = stage.refresh().await;
    stage.end(older, 2).await;
    stage.end(younger, 3).await;
    assert_eq!(stage.kept().await, Some(3));
    stage.clear().await;
}

async fn what_was_invalidated_meanwhile_is_not_kept(stage: &Stage) {
    let refresh = stage.refresh().await;
    stage.invalidate().await;
    stage.end(refresh, 1).await;
    assert_eq!(stage.kept().await, None);
    let again = stage.refresh().await;
    stage.clear().await;
    stage.end(again, 2).await;
    assert_eq!(stage.kept().await, None);
    let last = stage.refresh().await;
    stage.end(last, 3).await;
    assert_eq!(stage.kept().await, Some(3));
}

async fn a_kept_value_that_is_invalidated_meanwhile_stays_away(stage: &Stage) {
    let first = stage.load().await;
    stage.end(first, 1).await;
    let refresh = stage.refresh().await;
    stage.invalidate().await;
    stage.end(refresh, 2).await;
    assert_eq!(stage.kept().await, None);
}

async fn one_that_is_dropped_leaves_what_is_kept(stage: &Stage) {
    let first = stage.load().await;
    stage.end(first, 1).await;
    let refresh = stage.refresh().await;
    assert_eq!(stage.kept().await, Some(1), "until it ends");
    refresh.abort();
    assert!(within(refresh).await.is_err());
    assert_eq!(stage.kept().await, Some(1));
    let last = stage.refresh().await;
    stage.end(last, 3).await;
    assert_eq!(stage.kept().await, Some(3));
}
