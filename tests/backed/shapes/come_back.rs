//! A stored value is read back as it was, or refused when it is stored.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use cache_core::{Cache, MemoryStore};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[allow(clippy::wildcard_imports, reason = "all the shapes")]
use super::*;

pub(super) trait Kept:
    Clone + Debug + Send + Sync + Serialize + DeserializeOwned + 'static
{
}

impl<T: Clone + Debug + Send + Sync + Serialize + DeserializeOwned + 'static> Kept for T {}

/// In near alone, where nothing is serialized, in a store alone, and in both.
pub(super) fn tiers() -> [Cache; 3] {
    let store = || MemoryStore::bounded(1_000, 64 << 20);
    [
        Cache::memory(100),
        Cache::builder().near(0).store(store()).build(),
        Cache::builder().near(100).store(store()).build(),
    ]
}

/// `{:?}` distinguishes a NaN from a zero, and all types have it.
fn shown(value: &impl Debug) -> String {
    format!("{value:?}")
}

/// How many of the values could be kept in a store. The others are refused, and no value comes back changed.
pub(super) async fn kept<T: Kept>(values: impl IntoIterator<Item = T>) -> usize {
    let mut kept = 0;
    let tiers = tiers();
    for value in values {
        for (tier, cache) in tiers.iter().enumerate() {
            cache.delete("k").await.unwrap();
            let set = cache.set("k", &value).await;
            let found = cache.get::<T>("k").await.unwrap();
            match set {
                Ok(()) => {
                    let found = found.unwrap_or_else(|| panic!("{value:?} is lost in {tier}"));
                    assert_eq!(shown(&found), shown(&value), "{tier}");
                    kept += usize::from(tier == 1);
                }
                Err(error) => {
                    assert!(error.is_codec() && tier > 0, "{value:?}: {error:?}");
                    assert!(found.is_none());
                }
            }
            let loads = AtomicUsize::new(0);
            for _ in 0..2 {
                let load = || async {
                    loads.fetch_add(1, SeqCst);
                    Ok::<_, String>(value.clone())
                };
                let loaded = cache.get_or_set("loaded", "1h", load).await.unwrap();
                assert_eq!(shown(&loaded), shown(&value));
            }
            assert!(loads.into_inner() <= 2);
            cache.delete("loaded").await.unwrap();
        }
    }
    kept
}

pub(super) async fn all<T: Kept, const N: usize>(values: [T; N]) {
    assert_eq!(kept(values).await, N);
}

pub(super) async fn none<T: Kept, const N: usize>(values: [T; N]) {
    assert_eq!(kept(values).await, 0);
}

#[tokio::test]
async fn structs_and_their_attributes() {
    all([Unit]).await;
    all([Newtype("a".to_owned()), Newtype(String::new())]).await;
    all([Tuple(1, "a".to_owned())]).await;
    all([named()]).await;
    all([Generic {
        inner: Some(named()),
        marker: PhantomData,
    }])
    .await;
    all([Strict {
        first_one: 1,
        kind: 2,
    }])
    .await;
    none([OneWay { field: 1 }]).await;
    none([OneWayDefault { field: 1 }]).await;
    none([Half { id: 1, half: 2 }]).await;
    all([Sparse { a: None, b: 1 }, Sparse { a: Some(2), b: 1 }]).await;
    all([
        SparseTail { a: 1, b: vec![] },
        SparseTail { a: 1, b: vec![2] },
    ])
    .await;
    all([SparseOdd { a: 7, b: 1 }, SparseOdd { a: 8, b: 1 }]).await;
    assert_eq!(
        kept([SparseWrong { a: 8, b: 1 }, SparseWrong { a: 0, b: 1 }]).await,
        2
    );
    none([SparseWrong { a: 7, b: 1 }]).await;
    all([Hex {
        bytes: vec![1, 255],
    }])
    .await;
    none([Apart { number: 1 }]).await;
    let later = [None, Some(2), Some(1)].map(|number| ApartLater { number });
    assert_eq!(kept(later).await, 2);
    all([Trimmed("a".to_owned())]).await;
    all([Through { inner: vec![1] }]).await;
    all([
        Defaulted::default(),
        Defaulted {
            a: 1,
            b: String::new(),
        },
    ])
    .await;
    all([Borrows {
        text: "a".into(),
        bytes: Cow::Borrowed(&[1, 2]),
    }])
    .await;
    all([Chain {
        value: 1,
        next: Some(Box::new(Chain {
            value: 2,
            next: None,
        })),
    }])
    .await;
}

#[tokio::test]
async fn enums_in_each_representation() {
    let a = || "a".to_owned();
    all([
        Plain::Unit,
        Plain::Newtype(1),
        Plain::Tuple(1, a()),
        Plain::Named { a: 1, b: None },
    ])
    .await;
    all([
        Internal::Unit,
        Internal::Newtype(named()),
        Internal::Named { a: 1, b: Some(2) },
    ])
    .await;
    all([
        Adjacent::Unit,
        Adjacent::Newtype(1),
        Adjacent::Tuple(1, a()),
        Adjacent::Named { a: 1 },
    ])
    .await;
    all([
        Untagged::Number(1),
        Untagged::Text(a()),
        Untagged::Named { a: 1 },
        Untagged::List(vec![1]),
    ])
    .await;
    assert_eq!(
        kept([Meets::First { a: 1 }, Meets::Second { a: 1, b: Some(2) }]).await,
        1
    );
    all([Renamed::FirstOne, Renamed::Second]).await;
    assert_eq!(kept([OneWayVariant::Other, OneWayVariant::One]).await, 1);
    assert_eq!(kept([HalfVariant::Whole, HalfVariant::Half]).await, 1);
    assert_eq!(kept([NoVariant::Whole, NoVariant::Never]).await, 1);
    all([WithOther::Known, WithOther::Other]).await;
    assert_eq!(
        kept([
            InternalWide::Small { small: 1 },
            InternalWide::Wide { wide: u128::MAX }
        ])
        .await,
        1
    );
    let wide = [
        UntaggedWide::Small(1),
        UntaggedWide::Wide(u128::MAX),
        UntaggedWide::Text(a()),
    ];
    assert_eq!(kept(wide).await, 2);
}

#[tokio::test]
async fn flattened_fields() {
    all([
        Flat {
            id: 1,
            inner: named2(None),
        },
        Flat {
            id: 1,
            inner: named2(Some(2)),
        },
    ])
    .await;
    all([FlatMap {
        id: 1,
        rest: BTreeMap::from([("a".to_owned(), 1)]),
    }])
    .await;
    assert!(
        kept([FlatNumbers {
            id: 1,
            rest: BTreeMap::from([(1, 1)])
        }])
        .await
            <= 1
    );
    none([FlatWide {
        id: 1,
        inner: Wide { wide: u128::MAX },
    }])
    .await;
    all([
        FlatOption { id: 1, inner: None },
        FlatOption {
            id: 1,
            inner: Some(named2(None)),
        },
    ])
    .await;
    assert!(
        kept([
            FlatEnum {
                id: 1,
                inner: Plain::Newtype(1)
            },
            FlatEnum {
                id: 1,
                inner: Plain::Unit
            }
        ])
        .await
            <= 2
    );
}
