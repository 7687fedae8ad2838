//! Types that only a codec with field names can read back.

use std::collections::BTreeMap;
use std::fmt::Debug;

use cache_core::{Cache, MemoryStore};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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
    let store = MemoryStore::bounded(1_000, 1 << 20);
    let cache = Cache::builder().near(0).store(store).build();
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
