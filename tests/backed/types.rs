//! A value is found as the type that it was stored as, whatever type was looked up before, in near, in a store and in both.

use std::fmt::Debug;

use cache_core::{Cache, MemoryStore};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

fn tiers() -> [Cache; 3] {
    let store = || MemoryStore::bounded(1_000, 64 << 20);
    [
        Cache::memory(100),
        Cache::builder().near(0).store(store()).build(),
        Cache::builder().near(100).store(store()).build(),
    ]
}

trait Kept: Clone + Debug + PartialEq + Send + Sync + Serialize + DeserializeOwned + 'static {}

impl<T> Kept for T where
    T: Clone + Debug + PartialEq + Send + Sync + Serialize + DeserializeOwned + 'static
{
}

/// `stored` and `other` are of types that can have the same bytes.
async fn are_apart<A: Kept, B: Kept>(stored: A, other: B) {
    let found = || Some(stored.clone());
    for cache in tiers() {
        cache.set("k", &stored).await.unwrap();
        assert_eq!(cache.get::<B>("k").await.unwrap(), None);
        assert_eq!(cache.get::<A>("k").await.unwrap(), found());
        assert_eq!(cache.get::<B>("k").await.unwrap(), None);
        assert_eq!(cache.get_many::<B>(["k"]).await.unwrap(), [None]);
        assert_eq!(cache.get_many::<A>(["k"]).await.unwrap(), [found()]);
        assert_eq!(cache.get::<A>("k").await.unwrap(), found());

        let load = || async { Ok::<_, String>(other.clone()) };
        let loaded = cache.get_or_set("k", "1h", load).await;
        assert_eq!(loaded, Ok(other.clone()));
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Id(u64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Through(u64);

#[tokio::test]
async fn what_a_foreign_type_finds_does_not_depend_on_who_looked_before() {
    are_apart(5_usize, 5_u64).await;
    are_apart(5_u64, 5_usize).await;
    are_apart(5_isize, 5_i64).await;
    are_apart("a".to_owned(), Box::<str>::from("a")).await;
    are_apart(Box::new(5_u64), 5_u64).await;
    are_apart(5_u64, Box::new(5_u64)).await;
    are_apart(5_u64, Through(5)).await;
    are_apart(Id(5), Through(5)).await;
    are_apart(vec![5_u8], Box::<[u8]>::from([5])).await;
    are_apart([5_u8, 6], (5_u8, 6_u8)).await;
}

mod elsewhere {
    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    pub(super) struct Id(pub(super) u64);
}

/// Two types with the same name and structure are the same type to a store, and two to this process: a near copy of one does not
/// hide the value from the other.
#[tokio::test]
async fn what_near_has_of_another_type_does_not_hide_what_the_store_has() {
    let [_, far, both] = tiers();
    for cache in [far, both] {
        cache.set("k", &Id(5)).await.unwrap();
        for _ in 0..2 {
            assert_eq!(cache.get::<Id>("k").await.unwrap(), Some(Id(5)));
            let moved = cache.get::<elsewhere::Id>("k").await.unwrap();
            assert_eq!(moved, Some(elsewhere::Id(5)));
            let many = cache.get_many::<Id>(["k"]).await.unwrap();
            assert_eq!(many, [Some(Id(5))]);
        }
    }
}
