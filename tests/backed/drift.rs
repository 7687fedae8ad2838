//! A build reads what another build has written.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::store::{Answer, Put, Written};
use cache_core::{Cache, Invalidation, MemoryStore, Result, Store, cached};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::{DEFAULT, installed};

/// The same type in the previous build, and in possible next ones.
macro_rules! profile {
    ($build:ident: $($item:tt)*) => {
        mod $build {
            use serde::{Deserialize, Serialize};

            #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
            $($item)*
        }
    };
}

profile!(before: pub(super) struct Profile { pub(super) name: String, pub(super) age: Option<u32> });
profile!(same: pub(super) struct Profile { pub(super) name: String, pub(super) age: Option<u32> });
profile!(added: pub(super) struct Profile { name: String, age: Option<u32>, city: Option<String> });
profile!(defaulted: pub(super) struct Profile { name: String, age: Option<u32>, #[serde(default)] city: String });
profile!(removed: pub(super) struct Profile { name: String });
profile!(renamed: pub(super) struct Profile { title: String, age: Option<u32> });
profile!(reordered: pub(super) struct Profile { age: Option<u32>, name: String });
profile!(widened: pub(super) struct Profile { pub(super) name: String, pub(super) age: Option<u64> });
profile!(required: pub(super) struct Profile { name: String, age: u32 });

fn cache() -> Cache {
    let store = MemoryStore::bounded(1_000, 64 << 20);
    Cache::builder().near(0).store(store).build()
}

async fn is_a_miss<T>(cache: &Cache)
where
    T: Clone + Default + Debug + PartialEq + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    let foreign = cache.store_stats().foreign;
    assert_eq!(cache.get::<T>("profile").await.unwrap(), None);
    assert_eq!(cache.store_stats().foreign, foreign + 1);
}

#[tokio::test]
async fn a_changed_type_is_a_miss_and_an_unchanged_one_stays_warm() {
    let cache = cache();
    let profile = before::Profile {
        name: "Ada".to_owned(),
        age: Some(36),
    };
    cache.set("profile", &profile).await.unwrap();
    is_a_miss::<added::Profile>(&cache).await;
    is_a_miss::<defaulted::Profile>(&cache).await;
    is_a_miss::<removed::Profile>(&cache).await;
    is_a_miss::<renamed::Profile>(&cache).await;
    is_a_miss::<reordered::Profile>(&cache).await;
    is_a_miss::<widened::Profile>(&cache).await;
    is_a_miss::<required::Profile>(&cache).await;
    let same = cache
        .get::<same::Profile>("profile")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((same.name, same.age), (profile.name.clone(), profile.age));
}

/// Two builds over one store, each a process: one with near copies and one without.
struct Deploy {
    before: Cache,
    after: Cache,
    loads: AtomicUsize,
}

impl Deploy {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::bounded(1_000, 64 << 20));
        let process = |near| {
            let cache = Cache::builder().near(near).near_ttl(Duration::ZERO);
            cache.store(store.clone()).build()
        };
        Self {
            before: process(0),
            after: process(100),
            loads: AtomicUsize::new(0),
        }
    }

    async fn old(&self, name: &str) -> String {
        let load = || async {
            self.loads.fetch_add(1, SeqCst);
            Ok::<_, String>(before::Profile {
                name: name.to_owned(),
                age: None,
            })
        };
        self.before
            .get_or_set("profile", "1h", load)
            .await
            .unwrap()
            .name
    }

    async fn new_build(&self, age: Option<u64>) -> Option<u64> {
        let load = || async {
            self.loads.fetch_add(1, SeqCst);
            Ok::<_, String>(widened::Profile {
                name: String::new(),
                age,
            })
        };
        self.after
            .get_or_set("profile", "1h", load)
            .await
            .unwrap()
            .age
    }

    fn loads(&self) -> usize {
        self.loads.swap(0, SeqCst)
    }
}

#[tokio::test]
async fn two_builds_under_one_key_load_once_each() {
    let deploy = Deploy::new();
    for _ in 0..20 {
        assert_eq!(deploy.old("a").await, "a");
        assert_eq!(deploy.new_build(Some(1)).await, Some(1));
    }
    assert_eq!(deploy.loads(), 2);
    let Deploy { before, after, .. } = &deploy;
    let old = before.get::<before::Profile>("profile").await.unwrap();
    assert_eq!(old.unwrap().name, "a");
    let new = before
        .get_many::<widened::Profile>(["profile"])
        .await
        .unwrap();
    assert_eq!(new[0].as_ref().unwrap().age, Some(1));
    assert_eq!(after.get::<u64>("profile").await.unwrap(), None);
}

#[tokio::test]
async fn removing_or_replacing_a_key_reaches_both_builds() {
    let deploy = Deploy::new();
    let Deploy { before, after, .. } = &deploy;
    for way in 0..6_u8 {
        for _ in 0..3 {
            deploy.old("a").await;
            deploy.new_build(Some(1)).await;
        }
        deploy.loads();
        match way {
            0 => assert!(after.delete("profile").await.unwrap()),
            1 => assert!(before.delete("profile").await.unwrap()),
            2 => after.clear().await.unwrap(),
            3 => after.delete_many(["profile"]).await.unwrap(),
            4 => {
                let mut stale = Invalidation::new();
                stale.key("profile");
                before.invalidate(&stale).await.unwrap();
            }
            _ => after
                .set(
                    "profile",
                    &widened::Profile {
                        name: String::new(),
                        age: Some(2),
                    },
                )
                .await
                .unwrap(),
        }
        assert_eq!(deploy.old("b").await, "b", "way {way}");
        assert_eq!(deploy.new_build(Some(2)).await, Some(2), "way {way}");
        before.delete("profile").await.unwrap();
    }
}

/// A load of the new build that began before the key was deleted stores nothing beside the old build's new value.
#[tokio::test]
async fn a_load_that_a_delete_has_overtaken_is_not_kept_beside_another_value() {
    let deploy = Deploy::new();
    let Deploy { before, after, .. } = &deploy;
    deploy.old("a").await;
    let load = || async {
        before.delete("profile").await.unwrap();
        deploy.old("b").await;
        Ok::<_, String>(widened::Profile {
            name: String::new(),
            age: Some(1),
        })
    };
    let loaded = after.get_or_set("profile", "1h", load).await.unwrap();
    assert_eq!(loaded.age, Some(1), "it began before");
    assert_eq!(deploy.new_build(Some(2)).await, Some(2));
    assert_eq!(deploy.old("c").await, "b");
}

/// A value beside that of another build has its own tags.
#[tokio::test]
async fn a_tag_reaches_what_lies_beside_another_value() {
    installed();
    let elsewhere = Cache::builder().near(0).store(DEFAULT.clone()).build();
    static LOADS: AtomicUsize = AtomicUsize::new(0);
    #[cached(key = "drift:tagged:{n}", tags("drift:tag"))]
    async fn inner(n: u64) -> u64 {
        LOADS.fetch_add(1, SeqCst);
        n
    }
    #[cached(key = "drift:outer:{n}")]
    async fn outer(n: u64) -> u64 {
        inner(n).await
    }
    elsewhere
        .set("drift:tagged:1", &"old".to_owned())
        .await
        .unwrap();
    for _ in 0..3 {
        assert_eq!((inner(1).await, outer(1).await), (1, 1));
    }
    assert_eq!(LOADS.swap(0, SeqCst), 1);
    assert_eq!(
        elsewhere.get::<u64>("drift:tagged:1").await.unwrap(),
        Some(1)
    );
    assert!(
        elsewhere
            .get::<u64>("drift:outer:1")
            .await
            .unwrap()
            .is_some()
    );
    elsewhere.invalidate_tag("drift:tag").await.unwrap();
    assert_eq!(elsewhere.get::<u64>("drift:tagged:1").await.unwrap(), None);
    assert_eq!(elsewhere.get::<u64>("drift:outer:1").await.unwrap(), None);
    let kept = elsewhere.get::<String>("drift:tagged:1").await.unwrap();
    assert_eq!(kept.as_deref(), Some("old"));
}

/// A store in memory that records the keys of all puts.
#[derive(Debug)]
struct Told {
    store: MemoryStore,
    keys: Mutex<Vec<String>>,
}

impl Store for Told {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.store.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let keys = puts.iter().map(|put| String::from_utf8_lossy(put.key));
        self.keys
            .lock()
            .unwrap()
            .extend(keys.map(std::borrow::Cow::into_owned));
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.store.delete(keys).await
    }
}

/// Keys may come from an attacker, who may know where the new build's values are.
#[tokio::test]
async fn what_a_hand_puts_where_another_value_lies_beside_is_not_taken_for_it() {
    let store = Arc::new(Told {
        store: MemoryStore::bounded(100, 1 << 20),
        keys: Mutex::default(),
    });
    let cache = Cache::builder().near(0).store(store.clone()).build();
    cache.set("k", &"old".to_owned()).await.unwrap();
    let load = || async {
        cache
            .get_or_set("k", "1h", || async { Ok::<_, ()>(1_u64) })
            .await
    };
    assert_eq!(load().await, Ok(1));
    assert_eq!(cache.get::<u64>("k").await.unwrap(), Some(1));
    let beside = store.keys.lock().unwrap().iter().find_map(|key| {
        let (_, key) = key.split_once(":k:")?;
        key.starts_with('~').then(|| key.to_owned())
    });
    cache.set(&*beside.unwrap(), &666_u64).await.unwrap();
    assert_eq!(cache.get::<u64>("k").await.unwrap(), None);
    assert_eq!(load().await, Ok(1));
    assert_eq!(cache.get::<u64>("k").await.unwrap(), Some(1));
}
