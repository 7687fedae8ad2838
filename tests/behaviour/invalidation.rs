//! Invalidations during a load: the old value is neither kept nor returned to later callers.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::testing::Clock;
use cache_core::{Cache, cached};

use crate::support::{Gate, Runs, installed, until, within};

/// Data that changes while a cached function, which has read it, is still running.
struct Source {
    data: AtomicU64,
    reads: Runs,
    gate: Gate,
}

impl Source {
    const fn new() -> Self {
        Self {
            data: AtomicU64::new(1),
            reads: Runs::new(),
            gate: Gate::closed(),
        }
    }

    async fn read_slowly(&self) -> u64 {
        let value = self.data.load(SeqCst);
        self.reads.run();
        self.gate.pass().await;
        value
    }
}

/// A load reads the old value, the data changes, `$forget` is called, a second call begins, and the first load ends.
macro_rules! forgotten_during_a_load {
    ($($name:ident($key:ident: $($arguments:tt)*): $forget:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            installed();
            static SOURCE: Source = Source::new();
            #[cached($($arguments)*)]
            async fn number($key: u8) -> u64 {
                let _ = $key;
                SOURCE.read_slowly().await
            }
            async fn forget() {
                $forget
            }
            let _clock = Clock::freeze();
            for is_old_load_first in [true, false] {
                SOURCE.data.store(1, SeqCst);
                number::clear().await;
                let reads = SOURCE.reads.count();
                let early = tokio::spawn(number(1));
                until(|| SOURCE.reads.count() == reads + 1).await;
                SOURCE.data.store(2, SeqCst);
                forget().await;
                assert_eq!(number::peek(&1).await, None);
                if is_old_load_first {
                    SOURCE.gate.let_go(1);
                    within(early).await.unwrap();
                    assert_eq!(number::peek(&1).await, None, "the old value is not kept");
                    SOURCE.gate.let_go(1);
                    assert_eq!(within(number(1)).await, 2);
                } else {
                    let late = tokio::spawn(number(1));
                    until(|| SOURCE.reads.count() == reads + 2).await;
                    SOURCE.gate.let_go(2);
                    within(early).await.unwrap();
                    assert_eq!(within(late).await.unwrap(), 2, "a later caller does not join the old load");
                }
                assert_eq!(number::peek(&1).await, Some(2));
            }
        }
    )*};
}

mod forgotten {
    use super::*;
    forgotten_during_a_load! {
        invalidate_local(key: ): { number::invalidate(&1).await; };
        invalidate_shared(key: key = "invalidation:key:{key}"): { number::invalidate(&1).await; };
        clear_local(key: ): { number::clear().await; };
        clear_shared(key: key = "invalidation:clear:{key}"): { number::clear().await; };
        delete_by_hand(key: key = "invalidation:delete:{key}"): {
            cache_core::cache().delete("invalidation:delete:1").await.unwrap();
        };
        clear_the_cache(key: key = "invalidation:cache:{key}", cache = "emptied during a load"): {
            cache_core::caches().get("emptied during a load").unwrap().clear().await.unwrap();
        };
    }
}

#[tokio::test]
async fn those_who_joined_before_and_wake_after_get_a_new_value() {
    installed();
    static SOURCE: Source = Source::new();
    #[cached]
    async fn number(key: u8) -> u64 {
        let _ = key;
        SOURCE.read_slowly().await
    }
    let _clock = Clock::freeze();
    let early: Vec<_> = (0..10).map(|_| tokio::spawn(number(1))).collect();
    until(|| number::stats().misses == 10).await;
    SOURCE.data.store(2, SeqCst);
    number::invalidate(&1).await;
    SOURCE.gate.let_go(100);
    let mut values = Vec::new();
    for call in early {
        values.push(within(call).await.unwrap());
    }
    values.sort_unstable();
    assert_eq!(
        values,
        [1, 2, 2, 2, 2, 2, 2, 2, 2, 2],
        "only the leader has the value that it read"
    );
    assert_eq!((number::peek(&1).await, SOURCE.reads.count()), (Some(2), 2));
}

#[tokio::test]
async fn a_value_set_by_hand_during_a_load_stays() {
    installed();
    static SOURCE: Source = Source::new();
    #[cached(key = "invalidation:set:{key}")]
    async fn number(key: u8) -> u64 {
        let _ = key;
        SOURCE.read_slowly().await
    }
    let _clock = Clock::freeze();
    let call = tokio::spawn(number(1));
    until(|| SOURCE.reads.count() == 1).await;
    cache_core::cache()
        .set("invalidation:set:1", &9_u64)
        .await
        .unwrap();
    SOURCE.gate.let_go(1);
    within(call).await.unwrap();
    assert_eq!(number::peek(&1).await, Some(9));
}

#[test]
fn an_invalidated_value_is_not_a_hit_of_anybody() {
    installed();
    #[cached]
    fn number(n: u64) -> u64 {
        n
    }
    for n in 0..100 {
        number(n);
    }
    number::invalidate(&50);
    let kept: Vec<_> = (0..100).filter(|n| number::peek(n).is_none()).collect();
    assert_eq!(kept, [50]);
    number::clear();
    assert!((0..100).all(|n| number::peek(&n).is_none()));
    assert_eq!(number::stats().entries, 0);
}

#[tokio::test]
async fn to_delete_what_is_not_there_costs_no_tagged_entry() {
    let cache = Cache::memory(10_000);
    let key = |n: u64| format!("invalidation:tagged:{n}");
    for n in 0..1_000 {
        let entry = cache.entry(key(n)).tags([format!("invalidation:tag:{n}")]);
        assert!(entry.set(&n).await.unwrap());
    }
    for n in 0..100_000 {
        let was_there = cache.delete(format!("invalidation:absent:{n}")).await;
        assert!(!was_there.unwrap());
    }
    let mut live = 0;
    for n in 0..1_000 {
        live += usize::from(cache.contains(key(n)).await.unwrap());
    }
    // Another test may invalidate a tag that shares a slot with one of these.
    assert!(live > 980, "{live} of 1000 are left");
}
