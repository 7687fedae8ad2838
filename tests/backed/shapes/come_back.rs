//! What is stored is read back as it was, or refused when it is stored.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::num::{NonZeroU8, Wrapping};
use std::ops::{Bound, Range};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, SystemTime};

use cache_core::{Cache, MemoryStore};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[allow(clippy::wildcard_imports, reason = "all the shapes")]
use super::*;

trait Kept: Clone + Debug + Send + Sync + Serialize + DeserializeOwned + 'static {}

impl<T: Clone + Debug + Send + Sync + Serialize + DeserializeOwned + 'static> Kept for T {}

/// In near alone, where nothing is written, in a store alone, and in both.
fn tiers() -> [Cache; 3] {
    let store = || MemoryStore::bounded(1_000, 64 << 20);
    [
        Cache::memory(100),
        Cache::builder().near(0).store(store()).build(),
        Cache::builder().near(100).store(store()).build(),
    ]
}

/// `{:?}` tells a NaN from a zero, and is there for all.
fn shown(value: &impl Debug) -> String {
    format!("{value:?}")
}

/// How many of the values could be kept in a store: whatever could not is refused, and never given otherwise than it was.
async fn kept<T: Kept>(values: impl IntoIterator<Item = T>) -> usize {
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
                    assert!(error.is_value() && tier > 0, "{value:?}: {error:?}");
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

async fn all<T: Kept, const N: usize>(values: [T; N]) {
    assert_eq!(kept(values).await, N);
}

async fn none<T: Kept, const N: usize>(values: [T; N]) {
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

#[tokio::test]
async fn numbers_and_text() {
    all([i128::MIN, -1, 0, i128::MAX]).await;
    all([u128::MAX, 0]).await;
    all([
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        0.0,
        f64::MIN_POSITIVE,
    ])
    .await;
    all([f32::NAN, f32::INFINITY, -0.0]).await;
    all(['a', '\u{10ffff}', '\0']).await;
    all([u64::MAX, 0]).await;
    all([i64::MIN, -1]).await;
    all([(), ()]).await;
    all([[1_u8; 32], [2; 32]]).await;
    all([Box::<str>::from("a")]).await;
    all([PathBuf::from("a/b")]).await;
    all([Duration::MAX, Duration::ZERO]).await;
    all([
        SystemTime::UNIX_EPOCH,
        SystemTime::UNIX_EPOCH + Duration::new(1, 1),
    ])
    .await;
    all(["::1", "10.0.0.1"].map(|text| text.parse::<IpAddr>().unwrap())).await;
    all([NonZeroU8::MIN]).await;
    all([Wrapping(5_i8)]).await;
    all([Range {
        start: 1_u8,
        end: 2,
    }])
    .await;
    all([Bound::Included(1_u8), Bound::Excluded(1), Bound::Unbounded]).await;
    all([Ok::<u8, String>(1), Err("a".to_owned())]).await;
}

#[tokio::test]
async fn lists_and_maps() {
    all([VecDeque::from([1_u8, 2])]).await;
    all([LinkedList::from([1_u8, 2])]).await;
    all([HashSet::from([1_u8]), HashSet::new()]).await;
    all([BTreeSet::from(["a".to_owned(), "b".to_owned()])]).await;
    let many: BTreeMap<u64, String> = (0..1000).map(|n| (n, n.to_string())).collect();
    all([many.clone(), BTreeMap::new()]).await;
    let hashed: HashMap<u64, String> = many.into_iter().collect();
    let cache = &tiers()[1];
    for _ in 0..20 {
        cache.set("k", &hashed).await.unwrap();
        assert_eq!(
            cache
                .get::<HashMap<u64, String>>("k")
                .await
                .unwrap()
                .as_ref(),
            Some(&hashed)
        );
    }
    all([BTreeMap::from([((1_u8, 2_u8), 3_u8)])]).await;
    all([BTreeMap::from([(Some(1_u8), 1_u8), (None, 2)])]).await;
    all([BTreeMap::from([(vec![1_u8], 1_u8)])]).await;
    all([BTreeMap::from([(true, 1_u8)])]).await;
    all([BTreeMap::from([('a', [1.5_f64])])]).await;
}

#[tokio::test]
async fn options_in_options() {
    all([None, Some(None), Some(Some(1_u8))]).await;
    all([None, Some(())]).await;
    all([vec![None, Some(())]]).await;
    let list = || vec![None, Some(())];
    all([
        Options {
            one: None,
            two: Some(None),
            list: list(),
        },
        Options {
            one: Some(()),
            two: None,
            list: list(),
        },
    ])
    .await;
    // With names it cannot be told from `None`.
    #[derive(Clone, Debug, Serialize, Deserialize)]
    #[expect(clippy::option_option, reason = "what is told apart is the subject")]
    struct Hole {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<u8>,
        two: Option<Option<u8>>,
    }
    let holes = [None, Some(None), Some(Some(1))].map(|two| Hole { more: None, two });
    assert_eq!(kept(holes).await, 2);
}

/// What serde leaves out is not in the bytes, and nobody can see that it is missing: near has it, a store gives the default.
#[tokio::test]
async fn a_skipped_field_comes_back_from_a_store_as_its_default() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Skips {
        id: u8,
        #[serde(skip)]
        cached: u8,
    }
    let [near, far, _] = tiers();
    let value = Skips { id: 1, cached: 2 };
    for (cache, cached) in [(near, 2), (far, 0)] {
        cache.set("k", &value).await.unwrap();
        let found = cache.get::<Skips>("k").await.unwrap();
        assert_eq!(found, Some(Skips { id: 1, cached }));
    }
}

#[tokio::test]
async fn a_type_that_panics_when_it_is_read_is_refused() {
    #[derive(Clone, Debug, Serialize)]
    struct Panics(u8);
    impl<'de> Deserialize<'de> for Panics {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            let number = u8::deserialize(from)?;
            assert_eq!(number, 0, "no other number is expected");
            Ok(Self(number))
        }
    }
    let cache = &tiers()[1];
    let error = cache.set("k", &Panics(1)).await.unwrap_err();
    assert!(error.is_value(), "{error:?}");
    assert!(error.to_string().contains("read back"), "{error}");
    cache.set("k", &Panics(0)).await.unwrap();
}

/// A type may change what it reads. The first value is seen to come back as another one; after one that does not, none is.
#[tokio::test]
async fn a_value_that_its_type_changes_is_refused_if_it_is_the_first() {
    none([Untrimmed(" a ".to_owned())]).await;
}

/// Its shape says nothing of what it refuses: the first value that is not read is the last one that is written.
#[tokio::test]
async fn a_value_that_its_type_refuses_is_lost_once_and_then_refused() {
    let cache = &tiers()[1];
    cache.set("k", &Even(2)).await.unwrap();
    cache.set("k", &Even(3)).await.unwrap();
    assert!(cache.get::<Even>("k").await.unwrap().is_none());
    assert!(cache.set("k", &Even(3)).await.unwrap_err().is_value());
    cache.set("k", &Even(4)).await.unwrap();
    assert_eq!(
        cache.get::<Even>("k").await.unwrap().map(|even| even.0),
        Some(4)
    );
}
