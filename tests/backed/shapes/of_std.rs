//! Shapes of the types of std.

use std::collections::{BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::net::IpAddr;
use std::num::{NonZeroU8, Wrapping};
use std::ops::{Bound, Range};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::come_back::{all, kept, tiers};
#[allow(clippy::wildcard_imports, reason = "all the shapes")]
use super::*;

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
    // With names it cannot be distinguished from `None`.
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
