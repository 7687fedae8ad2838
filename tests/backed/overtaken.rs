//! Loads that another process overtakes: between their look at the store, the right to write there, and the write.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::store::{Answer, Put, When, Written};
use cache_core::testing::{Clock, scope};
use cache_core::{Cache, Caches, Error, MemoryStore, Replaced, Result, Store, cached, drain};

use crate::support::{Gate, Process, installed, until};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

/// A store in memory whose answers can be held back, whose writes can fail, and which another process may be faster at.
#[derive(Debug)]
struct Overtaken {
    store: MemoryStore,
    /// Answers of reads wait for the gate.
    holds: AtomicBool,
    held: AtomicUsize,
    gate: Gate,
    fails: AtomicBool,
    /// At the next write where nothing is, another process has written just there, and removed every entry.
    loses_a_race: AtomicBool,
    /// At the next write where nothing is, another process has written the last entry there.
    finds_an_entry: AtomicBool,
    /// Keys and bytes of what was written that is no lease and no stamp.
    entries: Mutex<Vec<(Vec<u8>, Vec<u8>)>>,
}

impl Overtaken {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            store: MemoryStore::bounded(1_000, 64 << 20),
            holds: AtomicBool::new(false),
            held: AtomicUsize::new(0),
            gate: Gate::closed(),
            fails: AtomicBool::new(false),
            loses_a_race: AtomicBool::new(false),
            finds_an_entry: AtomicBool::new(false),
            entries: Mutex::default(),
        })
    }

    async fn overtake(&self, puts: &[Put<'_>]) {
        let stamps = puts.iter().filter(|put| put.when == When::Absent);
        let theirs = [7; 16];
        let theirs: Vec<Put<'_>> = stamps
            .map(|put| Put {
                value: &theirs,
                ..*put
            })
            .collect();
        if theirs.is_empty() || !self.loses_a_race.swap(false, SeqCst) {
            return;
        }
        self.store.put(&theirs).await.unwrap();
        let entries = self.entries.lock().unwrap().clone();
        let entries: Vec<&[u8]> = entries.iter().map(|(key, _)| key.as_slice()).collect();
        self.store.delete(&entries).await.unwrap();
    }

    async fn be_first(&self, puts: &[Put<'_>]) {
        let last = self.entries.lock().unwrap().last().cloned();
        let Some((key, value)) = last else { return };
        let is_meant = |put: &Put<'_>| put.when == When::Absent && put.key == key;
        if puts.iter().any(is_meant) && self.finds_an_entry.swap(false, SeqCst) {
            let theirs = Put {
                key: &key,
                value: &value,
                ttl: Some(MINUTE),
                when: When::Always,
            };
            self.store.put(&[theirs]).await.unwrap();
        }
    }
}

impl Store for Overtaken {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let answer = self.store.get(keys).await;
        if self.holds.load(SeqCst) {
            self.held.fetch_add(1, SeqCst);
            self.gate.pass().await;
        }
        answer
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        if self.fails.load(SeqCst) {
            return Err(Error::store("it was told to fail"));
        }
        self.overtake(puts).await;
        self.be_first(puts).await;
        let entries = puts.iter().filter(|put| put.value.len() > 40);
        let entries = entries.map(|put| (put.key.to_vec(), put.value.to_vec()));
        self.entries.lock().unwrap().extend(entries);
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.store.delete(keys).await
    }
}

fn cache(store: &Arc<Overtaken>) -> Cache {
    let cache = Cache::builder().near(100).near_ttl("2s");
    cache.store(store.clone()).build()
}

/// The value that it replaces, or else this one; refreshed behind the call.
#[cached(
    key = "overtaken",
    ttl = "10m",
    tags("overtaken"),
    refresh_ahead = 0.1,
    stale_while_revalidate = "1d",
    skip(new),
    replaces = old
)]
async fn value(new: u64) -> u64 {
    old.map_or(new, Replaced::not_modified)
}

async fn load(cache: &Cache, new: u64) -> u64 {
    let caches = Caches::new().with("default", cache.clone());
    scope(caches, value(new)).await
}

/// What has no stamp of a tag yet: the load makes it, and another process is faster, and has removed the value as well.
#[tokio::test]
async fn what_was_removed_before_the_load_could_replace_it_does_not_come_back() {
    let (store, clock) = (Overtaken::new(), Clock::freeze());
    let cache = cache(&store);
    let entry = cache.entry("overtaken").ttl("10m");
    assert!(entry.set(&1_u64).await.unwrap());
    clock.advance(5 * MINUTE);
    store.loses_a_race.store(true, SeqCst);
    assert_eq!(
        load(&cache, 2).await,
        1,
        "it serves while it is loaded anew"
    );
    assert!(drain(SOON).await);
    assert!(!store.loses_a_race.load(SeqCst), "it was overtaken");
    assert_eq!(load(&cache, 3).await, 2);
}

/// The answer that shows the old value comes late: after an invalidation in the same process, or in another one.
#[tokio::test]
async fn an_answer_that_comes_late_revives_nothing() {
    for same_process in [true, false] {
        let (store, clock) = (Overtaken::new(), Clock::freeze());
        let (own, other) = (cache(&store), cache(&store));
        assert_eq!(load(&own, 1).await, 1);
        clock.advance(11 * MINUTE);
        store.holds.store(true, SeqCst);
        let call = tokio::spawn({
            let own = own.clone();
            async move { load(&own, 2).await }
        });
        until(|| store.held.load(SeqCst) > 0).await;
        store.holds.store(false, SeqCst);
        clock.advance(Duration::from_millis(1_500));
        let invalidates = if same_process { &own } else { &other };
        invalidates.invalidate_tag("overtaken").await.unwrap();
        store.fails.store(true, SeqCst);
        store.gate.let_go(9);
        call.await.unwrap();
        assert!(drain(SOON).await);
        clock.advance(Duration::from_millis(if same_process { 0 } else { 600 }));
        assert_eq!(
            load(&own, 3).await,
            3,
            "in the same process: {same_process}"
        );
    }
}

/// Two functions share a key and a type, and neither reads what the other has stored.
#[tokio::test]
async fn what_another_function_has_stored_is_not_made_a_hand_s_own() {
    #[cached(key = "twice:{n}", ttl = "10m")]
    async fn one(n: u64) -> u64 {
        n + 1
    }

    #[cached(key = "twice:{n}", ttl = "10m")]
    async fn another(n: u64) -> u64 {
        n + 2
    }

    installed();
    let [a, b] = Process::several(0);
    let clock = Clock::freeze();
    assert_eq!(a.call(one(7)).await, 8);
    clock.advance(5 * MINUTE);
    let load = |old: Option<Replaced<u64>>| async move {
        assert!(old.is_none());
        Ok::<_, u8>(10)
    };
    let entry = a.cache.entry("twice:7").ttl("10m").refresh_ahead(0.1);
    assert_eq!(entry.get_or_refresh(load).await, Ok(8));
    assert!(drain(SOON).await);
    assert_eq!(b.call(another(7)).await, 10);
}

/// A load that meets a value where it wanted to put its lease, one that is dead or that has expired, takes the right to replace it.
#[tokio::test]
async fn a_value_in_the_way_does_not_keep_a_load_out_of_the_store() {
    for is_dead in [true, false] {
        let (store, _clock) = (Overtaken::new(), Clock::freeze());
        let (own, other) = (cache(&store), cache(&store));
        assert_eq!(load(&own, 1).await, 1);
        if is_dead {
            own.invalidate_tag("overtaken").await.unwrap();
        } else {
            own.expire_tag("overtaken").await.unwrap();
        }
        assert!(own.delete("overtaken").await.is_ok());
        store.finds_an_entry.store(true, SeqCst);
        assert_eq!(load(&own, 2).await, 2, "dead: {is_dead}");
        assert!(!store.finds_an_entry.load(SeqCst), "it was overtaken");
        assert_eq!(other.get::<u64>("overtaken").await.unwrap(), Some(2));
    }
}
