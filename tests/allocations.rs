//! What calls take of memory: a hit allocates nothing but what it returns.

use allocation_counter::{AllocationInfo, measure};
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::handler::Handler;
use cache_core::{Cache, MemoryStore, cache_page, cached};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

const HITS: u64 = 100;

#[cached(ttl = "1h", capacity = 10_000)]
fn number(n: u64) -> u64 {
    n * 2
}

#[cached(ttl = "1h", capacity = 10_000)]
fn text(name: &str, page: u32) -> String {
    format!("{name}, page {page}")
}

#[cached(ttl = "1h", capacity = 10_000)]
async fn number_async(n: u64) -> u64 {
    n * 2
}

#[cached(ttl = "1h", capacity = 10_000)]
async fn text_async(name: &str, page: u32) -> String {
    format!("{name}, page {page}")
}

/// The allocations of each further call, once the value is kept, this thread counts hits, and the thread that publishes the time has
/// begun.
fn hits<T>(mut call: impl FnMut() -> T) -> AllocationInfo {
    (0..1_000).for_each(|_| drop(call()));
    measure(|| (0..HITS).for_each(|_| drop(black_box(call()))))
}

/// A hit never waits, so one poll is all that it takes.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a call that waits for nothing was not ready"),
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(hits(|| Box::new(black_box(1))).count_total, HITS);
}

#[test]
fn numbers_cost_nothing() {
    assert_eq!(hits(|| number(black_box(7))).count_total, 0);
    assert_eq!(hits(|| now(number_async(black_box(7)))).count_total, 0);
}

/// Most functions of a program are called seldom or never. What one makes at its first call is a tier without shards, and the shard
/// of one key. Measured with two cores: 12 allocations that stay, and 1,416 bytes; with many, 400 bytes more.
#[test]
fn the_first_call_of_a_function_leaves_little() {
    #[cached(ttl = "1h", capacity = 100_000)]
    fn first(n: u64) -> u64 {
        n * 2
    }
    // What a process has once.
    number(7);
    let cost = measure(|| assert_eq!(first(black_box(7)), 14));
    assert!(cost.count_current <= 12, "{cost:?}");
    assert!(cost.bytes_current <= 1_850, "{cost:?}");
}

#[test]
fn texts_cost_the_string_that_is_returned() {
    assert_eq!(hits(|| text(black_box("posts"), 3)).count_total, HITS);
    assert_eq!(
        hits(|| now(text_async(black_box("posts"), 3))).count_total,
        HITS
    );
}

/// What a router makes of a page for each request: a box of its future and the request. For more than 1,032 bytes the allocator of glibc
/// takes longer. Measured: 808.
#[test]
fn a_router_makes_a_small_box_for_a_page() {
    #[cache_page(ttl = "1h", tags("posts"))]
    async fn page(Path(name): Path<String>) -> String {
        name
    }
    let request = Request::new(Body::empty());
    let cost = measure(|| drop(Handler::call(page, request, ())));
    assert_eq!(cost.count_total, 1);
    assert!(cost.bytes_max <= 850, "{cost:?}");
}

/// A number that is stored as bytes which claim to be 2⁶⁰ bytes long.
#[derive(Clone, Debug)]
struct Liar(#[expect(dead_code, reason = "it is never read")] Vec<u8>);

static IS_STORED: AtomicBool = AtomicBool::new(false);

impl Serialize for Liar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(1 << 60)
    }
}

impl<'de> Deserialize<'de> for Liar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A written value is read back at once, or refused.
        if IS_STORED.load(Ordering::Relaxed) {
            Vec::deserialize(deserializer).map(Self)
        } else {
            u64::deserialize(deserializer).map(|_| Self(Vec::new()))
        }
    }
}

#[test]
fn a_length_that_nothing_backs_is_a_miss_and_costs_no_memory() {
    let store = MemoryStore::bounded(100, 1 << 20);
    let cache = Cache::builder().near(0).store(store).build();
    now(cache.set("key", &Liar(Vec::new()))).unwrap();
    IS_STORED.store(true, Ordering::Relaxed);
    assert!(now(cache.contains("key")).unwrap());
    let cost = measure(|| assert!(now(cache.get::<Liar>("key")).unwrap().is_none()));
    assert!(cost.bytes_max < 64 << 10, "{cost:?}");
    assert_eq!(cache.store_stats().broken, 1);
}
