//! Writes by hand over a store: a failed write leaves no older value, and a value that is older than an invalidation is not kept.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::Arc;

use cache_core::store::{Answer, Put, Written};
use cache_core::{Cache, MemoryStore, Result, Store, cache_put, cached};
use tokio::sync::Semaphore;

use crate::support::{DEFAULT, Switch, installed};

fn memory() -> MemoryStore {
    MemoryStore::bounded(1_000, 64 << 20)
}

/// With and without near copies.
fn each() -> [Cache; 2] {
    [0, 100].map(|near| Cache::builder().near(near).store(memory()).build())
}

fn good(text: &str) -> PathBuf {
    PathBuf::from(text)
}

/// A path that serde cannot write.
fn bad() -> PathBuf {
    OsString::from_vec(vec![0xff]).into()
}

#[tokio::test]
async fn a_set_whose_value_cannot_be_written_leaves_nothing() {
    for cache in each() {
        cache.set("p", &good("old")).await.unwrap();
        assert!(cache.set("p", &bad()).await.unwrap_err().is_codec());
        assert_eq!(cache.get::<PathBuf>("p").await.unwrap(), None);

        let old = good("old");
        cache.set_many([("p", &old), ("q", &old)]).await.unwrap();
        let set = cache.set_many([("p", &good("new")), ("q", &bad())]).await;
        assert!(set.unwrap_err().is_codec());
        let left = cache.get_many::<PathBuf>(["p", "q"]).await.unwrap();
        assert!(!left.contains(&Some(old)), "{left:?}");

        cache.set("p", &good("old")).await.unwrap();
        let set = cache.entry("p").set(&bad()).await;
        assert!(set.unwrap_err().is_codec());
        assert_eq!(cache.get::<PathBuf>("p").await.unwrap(), None);

        let space = cache.namespace("space");
        space.set("p", &good("old")).await.unwrap();
        assert!(space.set("p", &bad()).await.unwrap_err().is_codec());
        assert_eq!(space.get::<PathBuf>("p").await.unwrap(), None);

        assert!(cache.add("p", &bad()).await.unwrap_err().is_codec());
        assert!(cache.add("p", &good("added")).await.unwrap());
    }
}

#[tokio::test]
async fn a_put_whose_value_cannot_be_written_leaves_nothing() {
    installed();
    #[cached(key = "hands:put:{n}")]
    async fn read(n: u64) -> PathBuf {
        let _ = n;
        good("loaded")
    }
    #[cache_put(key = "hands:put:{n}", skip(path))]
    async fn put(n: u64, path: PathBuf) -> PathBuf {
        let _ = n;
        path
    }
    let elsewhere = Cache::builder().near(0).store(DEFAULT.clone()).build();
    put(1, good("old")).await;
    assert_eq!(read(1).await, good("old"));
    put(1, bad()).await;
    let left = elsewhere.get::<PathBuf>("hands:put:1").await.unwrap();
    assert_eq!(left, None);
}

#[tokio::test]
async fn a_set_that_the_store_does_not_take_leaves_nothing() {
    for near in [0, 100] {
        let store = Switch::new();
        let cache = Cache::builder().near(near).store(store.clone()).build();
        cache.set("k", &1_u64).await.unwrap();
        store.fail();
        assert!(cache.set("k", &2_u64).await.unwrap_err().is_store());
        store.work();
        assert_eq!(cache.get::<u64>("k").await.unwrap(), None);

        cache.set("k", &1_u64).await.unwrap();
        let entry = cache.entry("k");
        entry.ready().await;
        store.fail();
        assert!(entry.set(&2_u64).await.unwrap_err().is_store());
        store.work();
        assert_eq!(cache.get::<u64>("k").await.unwrap(), None);

        cache.set("k", &1_u64).await.unwrap();
        store.fail();
        let set = cache.entry("k").set(&2_u64).await;
        assert!(set.unwrap_err().is_store());
        store.work();
        assert_eq!(cache.get::<u64>("k").await.unwrap(), None);
    }
}

/// A failed `incr` or `touch` leaves the value as it was, in every tier.
#[tokio::test]
async fn a_count_that_fails_is_not_seen() {
    let store = Switch::new();
    let cache = Cache::builder().near(100).store(store.clone()).build();
    cache.set("n", &1_u64).await.unwrap();
    store.fail();
    assert!(cache.incr("n", 1).await.unwrap_err().is_store());
    assert!(cache.touch("n", "5m").await.unwrap_err().is_store());
    store.work();
    assert_eq!(cache.get::<u64>("n").await.unwrap(), Some(1));
}

/// A store that holds back its answers to one process.
#[derive(Debug)]
struct Gated {
    store: Arc<MemoryStore>,
    gate: Semaphore,
}

impl Gated {
    fn new(store: &Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self {
            store: store.clone(),
            gate: Semaphore::new(0),
        })
    }

    fn open(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    async fn pass(&self) {
        drop(self.gate.acquire().await);
    }
}

impl Store for Gated {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.pass().await;
        self.store.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        self.pass().await;
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.pass().await;
        self.store.delete(keys).await
    }
}

/// The value is read before the store has answered, and another process invalidates it in between.
#[tokio::test]
async fn a_value_that_was_read_before_the_store_answered_is_not_kept() {
    for (tagged, near) in [(true, 0), (false, 0), (true, 100), (false, 100)] {
        let store = Arc::new(memory());
        let other = Cache::builder().near(0).store(store.clone()).build();
        let gated = Gated::new(&store);
        let cache = Cache::builder()
            .near(near)
            .near_ttl(std::time::Duration::ZERO)
            .store(gated.clone())
            .build();
        let entry = cache.entry("k").ttl("10m").tags(["posts"]);
        let old = 1_u64;
        if tagged {
            other.invalidate_tag("posts").await.unwrap();
        } else {
            other.delete("k").await.unwrap();
        }
        gated.open();
        assert!(!entry.set(&old).await.unwrap());
        assert_eq!(other.get::<u64>("k").await.unwrap(), None);
        assert_eq!(cache.get::<u64>("k").await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_shortest_spelling_keeps_what_a_prompt_store_may_keep() {
    async fn load() -> Result<u64> {
        tokio::task::yield_now().await;
        Ok(7)
    }
    for cache in each() {
        let mut kept = 0;
        for _ in 0..20 {
            let entry = cache.entry("k").ttl("10m").tags(["posts"]);
            kept += u32::from(entry.set(&load().await.unwrap()).await.unwrap());
        }
        assert!(kept > 0, "a store in this process answers at once");
        assert_eq!(cache.get::<u64>("k").await.unwrap(), Some(7));
    }
}

/// The caller decides where to wait for a slow store, and its thread is not blocked.
#[tokio::test]
async fn a_slow_store_keeps_what_was_read_after_it_was_ready() {
    let store = Arc::new(memory());
    for looks in [false, true] {
        let gated = Gated::new(&store);
        let cache = Cache::builder().near(0).store(gated.clone()).build();
        let first = cache.entry("k");
        let entry = cache.entry("k").tags(["posts"]);
        gated.open();
        if looks {
            assert_eq!(entry.get::<u64>().await.unwrap(), None);
        } else {
            entry.ready().await;
        }
        assert!(entry.set(&7_u64).await.unwrap());
        assert_eq!(cache.get::<u64>("k").await.unwrap(), Some(7));
        cache.delete("k").await.unwrap();
        drop(first);
    }
}

/// After `tags`, the store is not asked again: a change of the key since the entry was made still counts.
#[tokio::test]
async fn tags_that_are_given_late_do_not_hide_what_happened_before() {
    for cache in each() {
        for way in 0..4_u8 {
            let entry = cache.entry("k").tags(["drafts"]);
            entry.ready().await;
            let left = match way {
                0 => cache.delete("k").await.map(|_| None),
                1 => cache.set("k", &2_u64).await.map(|()| Some(2_u64)),
                2 => cache.clear().await.map(|()| None),
                _ => cache.delete_many(["k"]).await.map(|()| None),
            };
            let entry = entry.tags(["posts"]);
            entry.ready().await;
            assert!(!entry.set(&1_u64).await.unwrap(), "way {way}");
            let found = cache.get::<u64>("k").await.unwrap();
            assert_eq!(found, left.unwrap(), "way {way}");
        }
    }
}

#[tokio::test]
async fn the_last_tags_of_an_entry_are_its_tags() {
    for cache in each() {
        let entry = cache.entry("k").tags(["drafts"]).tags(["posts"]);
        entry.ready().await;
        assert!(entry.set(&1_u64).await.unwrap());
        cache.invalidate_tag("drafts").await.unwrap();
        assert_eq!(cache.get::<u64>("k").await.unwrap(), Some(1));
        cache.invalidate_tag("posts").await.unwrap();
        assert_eq!(cache.get::<u64>("k").await.unwrap(), None);
    }
}

#[tokio::test]
async fn tags_do_not_take_an_entry_out_of_its_namespace() {
    for cache in each().into_iter().chain([Cache::memory(100)]) {
        let space = cache.namespace("space");
        for tag in [None, Some("posts")] {
            let entry = space.entry("k").tags(["posts"]);
            entry.ready().await;
            assert!(entry.set(&1_u64).await.unwrap());
            assert_eq!(space.get::<u64>("k").await.unwrap(), Some(1));
            match tag {
                None => space.invalidate().await.unwrap(),
                Some(tag) => cache.invalidate_tag(tag).await.unwrap(),
            }
            assert_eq!(space.get::<u64>("k").await.unwrap(), None);
        }
    }
}
