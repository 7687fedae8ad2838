//! How often a set by hand goes to the store, and a look-up of what has tags that the caller does not know.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::far::Snapshot;
use crate::key::Tag;
use crate::store::{Answer, MemoryStore, Put, Store, Written};
use crate::sync::{AtomicBool, AtomicUsize, Ordering};
use crate::testing::Clock;
use crate::wait::block_on;

/// A store that counts how often it is called, and fails when it is told to.
#[derive(Debug)]
struct Counting {
    store: MemoryStore,
    trips: AtomicUsize,
    fails: AtomicBool,
}

impl Counting {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            store: MemoryStore::bounded(1_000, 1 << 20),
            trips: AtomicUsize::new(0),
            fails: AtomicBool::new(false),
        })
    }

    fn call(&self) -> Result<()> {
        self.trips.fetch_add(1, Ordering::Relaxed);
        if self.fails.load(Ordering::Relaxed) {
            return Err(Error::store("it was told to fail"));
        }
        Ok(())
    }

    /// How often it was called since this was asked last.
    fn trips(&self) -> usize {
        self.trips.swap(0, Ordering::Relaxed)
    }
}

impl Store for Counting {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.call()?;
        self.store.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        self.call()?;
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.call()?;
        self.store.delete(keys).await
    }

    async fn get_and_put(
        &self,
        keys: &[&[u8]],
        puts: &[Put<'_>],
    ) -> Result<(Answer, Vec<Written>)> {
        self.call()?;
        self.store.get_and_put(keys, puts).await
    }
}

/// A cache of one process over this store, whose values live for an hour.
fn over(store: &Arc<Counting>) -> Cache {
    let cache = Cache::builder().near(0).ttl("1h").store(store.clone());
    cache.build()
}

fn set(cache: &Cache, value: u64) {
    block_on(cache.set("x", &value)).expect("the store works");
}

fn found(cache: &Cache) -> Option<u64> {
    block_on(cache.get("x")).expect("the store works")
}

#[test]
fn under_the_stamp_that_was_seen_last_it_is_one() {
    let store = Counting::new();
    let [a, b] = [over(&store), over(&store)];
    set(&a, 1);
    assert_eq!(store.trips(), 3, "a look, a stamp, a value");
    set(&a, 2);
    assert_eq!(store.trips(), 1);
    block_on(a.set_many([("x", &3_u64), ("y", &4)])).unwrap();
    assert_eq!(store.trips(), 1);
    assert_eq!(found(&b), Some(3));
    store.trips();
    set(&b, 5);
    assert_eq!(store.trips(), 1, "a look at values has shown the stamp");
    assert_eq!(found(&a), Some(5));
}

/// Puts a value under these tags, as a load does.
fn load(cache: &Cache, tags: &[&'static str], value: u64) {
    block_on(async {
        cache.delete("x").await?;
        let entry = cache.entry("x").tags(tags.iter().copied());
        entry.ready().await;
        assert!(entry.set(&value).await?);
        Ok::<_, Error>(())
    })
    .expect("the store works");
}

#[test]
fn tags_that_were_seen_once_are_asked_for_with_the_entry() {
    let store = Counting::new();
    let [a, b] = [over(&store), over(&store)];
    load(&a, &["red", "blue"], 1);
    store.trips();
    assert_eq!((found(&b), store.trips()), (Some(1), 2), "nobody knew them");
    assert_eq!((found(&b), store.trips()), (Some(1), 1));
    let many = || block_on(b.get_many::<u64>(["x", "y"])).expect("the store works");
    assert_eq!((many(), store.trips()), (vec![Some(1), None], 1));
    // Those that are known are looked at all the same.
    block_on(a.invalidate_tag("blue")).unwrap();
    store.trips();
    assert_eq!((found(&b), store.trips()), (None, 1));
    load(&a, &["green"], 2);
    store.trips();
    assert_eq!((many(), store.trips()), (vec![Some(2), None], 2), "others");
    assert_eq!((found(&b), store.trips()), (Some(2), 1));
    block_on(a.invalidate_tag("green")).unwrap();
    assert_eq!(found(&b), None);
    load(&a, &[], 3);
    store.trips();
    assert_eq!((found(&b), store.trips()), (Some(3), 1));
    assert_eq!(b.far().unwrap().known_names("x"), 0, "it has none any more");
}

#[test]
fn tags_that_a_caller_names_stay_known_to_those_who_do_not() {
    let store = Counting::new();
    let [a, b] = [over(&store), over(&store)];
    load(&a, &["red", "blue"], 1);
    assert_eq!(found(&b), Some(1));
    let (far, red) = (b.far().expect("it has a store"), Tag::from("red").name());
    for is_one_of_many in [false, true] {
        let seen = block_on(async {
            if is_one_of_many {
                Ok(far.read(&[(b"x", &[red])], false).await?.remove(0))
            } else {
                far.read_one(b"x", &[red], false).await
            }
        });
        assert!(seen.is_ok_and(|seen: Snapshot| far.entry(&seen, None, None).is_some()));
        assert_eq!(far.known_names("x"), 2, "{is_one_of_many}");
    }
}

#[test]
fn another_stamp_costs_another() {
    let store = Counting::new();
    let [a, b] = [over(&store), over(&store)];
    set(&a, 1);
    block_on(b.clear()).unwrap();
    store.trips();
    set(&a, 2);
    assert_eq!(store.trips(), 3, "in vain, a stamp, a value");
    assert_eq!(found(&b), Some(2));
    block_on(b.clear()).unwrap();
    set(&b, 3);
    store.trips();
    set(&a, 4);
    assert_eq!(store.trips(), 2, "in vain, a value");
    assert_eq!([found(&a), found(&b)], [Some(4); 2]);
}

#[test]
fn a_stamp_stands_as_long_as_what_was_set_under_it() {
    let (clock, store) = (Clock::freeze(), Counting::new());
    let cache = over(&store);
    set(&cache, 1);
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    clock.advance(minutes(23 * 60 + 30));
    store.trips();
    set(&cache, 2);
    assert_eq!(store.trips(), 2);
    clock.advance(minutes(45));
    assert_eq!(found(&cache), Some(2));
}

#[test]
fn a_store_that_was_left_alone_is_tried_with_a_whole_set() {
    let (clock, store) = (Clock::freeze(), Counting::new());
    let cache = over(&store);
    set(&cache, 1);
    store.fails.store(true, Ordering::Relaxed);
    while !block_on(cache.set("x", &2_u64)).is_err_and(|error| error.is_left_alone()) {}
    store.fails.store(false, Ordering::Relaxed);
    clock.advance(Duration::from_secs(2));
    set(&cache, 3);
    assert_eq!(found(&cache), Some(3));
}
