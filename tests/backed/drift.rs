//! One build reads what another has written.

use std::collections::BTreeMap;
use std::fmt::Debug;

use cache_core::{Cache, MemoryStore};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The same type in the build before, and in those that might come after.
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
profile!(widened: pub(super) struct Profile { name: String, age: Option<u64> });
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
    // The new build writes what it loads, and the old one, still there, loads its own.
    let load = || async { Ok::<_, String>(added::Profile::default()) };
    let loaded = cache.get_or_set("profile", "1h", load).await;
    assert_eq!(loaded, Ok(added::Profile::default()));
    is_a_miss::<before::Profile>(&cache).await;
    let load = || async { Ok::<_, String>(profile.clone()) };
    assert_eq!(
        cache.get_or_set("profile", "1h", load).await.as_ref(),
        Ok(&profile)
    );
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sparse {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u8>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    list: Vec<String>,
    last: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u64,
    #[serde(flatten)]
    more: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
    Pair { left: u8, right: u8 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Dot,
    Line { length: f64 },
}

async fn comes_back<T>(values: impl IntoIterator<Item = T>)
where
    T: Clone + Debug + PartialEq + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    let cache = cache();
    for value in values {
        cache.set("key", &value).await.unwrap();
        assert_eq!(cache.get::<T>("key").await.unwrap(), Some(value.clone()));
        cache.delete("loaded").await.unwrap();
        let loaded = cache.get_or_set("loaded", "1h", || async { Ok::<_, String>(value.clone()) });
        assert_eq!(loaded.await.as_ref(), Ok(&value));
        assert_eq!(cache.get::<T>("loaded").await.unwrap(), Some(value));
    }
    assert_eq!(cache.store_stats().broken, 0);
}

#[tokio::test]
async fn types_that_need_names_come_back() {
    let sparse = |first, list: &[&str]| Sparse {
        first,
        list: list.iter().map(ToString::to_string).collect(),
        last: 7,
    };
    comes_back([
        sparse(Some(1), &["a"]),
        sparse(None, &["a"]),
        sparse(Some(0), &[]),
        sparse(None, &[]),
    ])
    .await;
    comes_back([
        Flat {
            id: 1,
            more: BTreeMap::new(),
        },
        Flat {
            id: 2,
            more: BTreeMap::from([("a".to_owned(), 3)]),
        },
    ])
    .await;
    comes_back([
        Untagged::Number(1),
        Untagged::Text("1".to_owned()),
        Untagged::Pair { left: 1, right: 2 },
    ])
    .await;
    comes_back([Tagged::Dot, Tagged::Line { length: 0.5 }]).await;
}
