//! Types of std that contain other values, sets without an order, and text that is not UTF-8.

use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CString, OsString};
use std::hash::Hasher;
use std::marker::PhantomData;
use std::net::{SocketAddrV4, SocketAddrV6};
use std::num::{Saturating, Wrapping};
use std::ops::{Bound, ControlFlow};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use cache_core::{CacheKey, KeyWriter, cached};
use proptest::prelude::*;

use super::values::{agree, last, part, text};

/// Bytes that are text, bytes that are not, and text that looks like their escapes.
fn system_text() -> impl Strategy<Value = OsString> {
    let byte = prop_oneof![
        Just(b"%".to_vec()),
        Just(b"F".to_vec()),
        Just(vec![0xff]),
        Just(vec![0xc3]),
        Just(vec![0xa9]),
        Just(b":".to_vec()),
        Just(b"(a,".to_vec()),
        Just("\u{fffd}".as_bytes().to_vec()),
    ];
    prop::collection::vec(byte, 0..4).prop_map(|bytes| OsString::from_vec(bytes.concat()))
}

fn bound() -> impl Strategy<Value = Bound<String>> {
    prop_oneof![
        text().prop_map(Bound::Included),
        text().prop_map(Bound::Excluded),
        Just(Bound::Unbounded),
    ]
}

fn result() -> impl Strategy<Value = Result<String, Option<String>>> {
    prop_oneof![text().prop_map(Ok), prop::option::of(text()).prop_map(Err)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn text_of_the_system(one in system_text(), other in system_text()) {
        agree(&one, &other, one == other)?;
        agree(&one, &one.clone(), true)?;
        agree(&PathBuf::from(&one), &PathBuf::from(&other), one == other)?;
        agree(&Some(one.clone()), &Some(other.clone()), one == other)?;
        agree(&(one.clone(), 1_u8), &(other.clone(), 1_u8), one == other)?;
        let c = |text: &OsString| CString::new(text.clone().into_vec()).unwrap();
        agree(&c(&one), &c(&other), one == other)?;
    }

    #[test]
    fn sets_without_an_order(
        one in prop::collection::hash_set(text(), 0..4),
        other in prop::collection::hash_set(text(), 0..4),
    ) {
        agree(&one, &other, one == other)?;
        let again: HashSet<String> = one.iter().cloned().collect();
        agree(&one, &again, true)?;
    }

    #[test]
    fn maps_without_an_order(
        one in prop::collection::hash_map(text(), prop::option::of(0..2_u8), 0..4),
        other in prop::collection::hash_map(text(), prop::option::of(0..2_u8), 0..4),
    ) {
        agree(&one, &other, one == other)?;
        let again: HashMap<String, Option<u8>> = one.clone().into_iter().collect();
        agree(&one, &again, true)?;
        let nested = |map: &HashMap<String, Option<u8>>| HashMap::from([(1_u8, map.clone())]);
        agree(&nested(&one), &nested(&other), one == other)?;
    }

    #[test]
    fn lists(one in prop::collection::vec(text(), 0..4), other in prop::collection::vec(text(), 0..4)) {
        let queue = |list: &Vec<String>| list.iter().cloned().collect::<VecDeque<_>>();
        let linked = |list: &Vec<String>| list.iter().cloned().collect::<LinkedList<_>>();
        agree(&queue(&one), &queue(&other), one == other)?;
        agree(&linked(&one), &linked(&other), one == other)?;
    }

    #[test]
    fn bounds_and_results(one in (bound(), result()), other in (bound(), result())) {
        agree(&one.0, &other.0, one.0 == other.0)?;
        agree(&one.1, &other.1, one.1 == other.1)?;
        agree(&one, &other, one == other)?;
        let flow = |result: &Result<String, Option<String>>| match result.clone() {
            Ok(value) => ControlFlow::Continue(value),
            Err(value) => ControlFlow::Break(value),
        };
        agree(&flow(&one.1), &flow(&other.1), one.1 == other.1)?;
    }

    #[test]
    fn ranges(one in (text(), text()), other in (text(), text())) {
        let is_same = one == other;
        agree(&(one.0.clone()..one.1.clone()), &(other.0.clone()..other.1.clone()), is_same)?;
        agree(&(one.0.clone()..=one.1.clone()), &(other.0.clone()..=other.1.clone()), is_same)?;
        let is_same = one.0 == other.0;
        agree(&(one.0.clone()..), &(other.0.clone()..), is_same)?;
        agree(&(..one.0.clone()), &(..other.0.clone()), is_same)?;
        agree(&(..=one.0.clone()), &(..=other.0.clone()), is_same)?;
    }
}

/// Items that all have the same hash.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Alike(u8);

impl CacheKey for Alike {
    type Stored = u8;

    fn hash<H: Hasher>(&self, _: &mut H) {}

    fn same(&self, stored: &u8) -> bool {
        self.0 == *stored
    }

    fn store(&self) -> u8 {
        self.0
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        self.0.write(out);
    }
}

#[test]
fn items_of_a_set_that_have_one_hash_are_told_apart() {
    let set = |items: [u8; 2]| -> HashSet<Alike> { items.map(Alike).into() };
    let (one, other) = (set([1, 2]), set([1, 3]));
    assert!(one.same(&set([2, 1]).store()) && one.store() == set([2, 1]).store());
    assert!(!one.same(&other.store()));
    assert_ne!(one.store(), other.store());
}

/// A hasher that returns what was written to it last.
struct Last {
    state: u64,
    written: u64,
}

impl Hasher for Last {
    fn finish(&self) -> u64 {
        self.state
    }

    fn write(&mut self, bytes: &[u8]) {
        self.written = bytes
            .iter()
            .fold(0, |last, byte| (last << 8) | u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.written = number;
    }
}

/// Without the seed of a cache, nobody can choose sets that have the same hash there.
#[test]
fn the_hash_of_a_set_depends_on_the_seed_of_the_cache() {
    let set = HashSet::from([1_u64, 2, 3]);
    let [one, same, other] = [7, 7, 8].map(|state| {
        let mut hasher = Last { state, written: 0 };
        CacheKey::hash(&set, &mut hasher);
        hasher.written
    });
    assert_eq!(one, same);
    assert_ne!(one, other);
}

#[test]
fn a_range_that_was_iterated_over_is_another() {
    let mut used = 1..=1_u8;
    used.next();
    assert_ne!(last(&used), last(&(1..=1_u8)));
}

#[test]
fn what_has_few_values_tells_them_apart() {
    let orders = [Ordering::Less, Ordering::Equal, Ordering::Greater];
    for one in orders {
        for other in orders {
            agree(&one, &other, one == other).unwrap();
        }
    }
    agree(&PhantomData::<u8>, &PhantomData, true).unwrap();
    agree(&(..), &(..), true).unwrap();
    let addresses = ["1.2.3.4:5", "1.2.3.4:6"].map(|text| text.parse::<SocketAddrV4>().unwrap());
    agree(&addresses[0], &addresses[1], false).unwrap();
    let of = |flow, scope| SocketAddrV6::new(1.into(), 80, flow, scope);
    let addresses = [of(0, 0), of(1, 0), of(0, 1), of(1, 1), of(10, 1), of(1, 10)];
    for (at, one) in addresses.iter().enumerate() {
        for (other_at, other) in addresses.iter().enumerate() {
            agree(one, other, at == other_at).unwrap();
        }
    }
}

/// A wrapper that only says how a value is used does not change its key.
#[test]
fn wrappers_are_the_key_of_what_they_hold() {
    assert_eq!(last(&Reverse("a:b")), last(&"a:b"));
    assert_eq!(last(&Wrapping(5_u8)), last(&5_u8));
    assert_eq!(last(&Saturating(5_i8)), last(&5_i8));
    assert_eq!(last(&Path::new("/a/b.txt")), last(&"/a/b.txt"));
    assert_eq!(part(&Path::new("a/b"), ':'), part(&"a/b", ':'));
}

#[cached]
fn size(paths: &HashSet<PathBuf>) -> usize {
    paths.len()
}

#[test]
fn a_set_is_an_argument() {
    let set = |names: [&str; 3]| names.map(PathBuf::from).into_iter().collect::<HashSet<_>>();
    assert_eq!(size(&set(["a", "b", "c"])), 3);
    assert_eq!(size::peek(&set(["c", "a", "b"])), Some(3));
    assert_eq!(size::peek(&set(["c", "a", "d"])), None);
    assert_eq!(size::stats().loads, 1);
}

fn is_key<T: CacheKey + ?Sized>() {}

#[test]
fn the_standard_library_has_keys() {
    is_key::<Path>();
    is_key::<std::ffi::OsStr>();
    is_key::<std::ffi::CStr>();
    is_key::<std::convert::Infallible>();
    is_key::<[Option<Box<str>>; 3]>();
    is_key::<std::rc::Rc<std::sync::Arc<u8>>>();
    is_key::<std::borrow::Cow<'_, Path>>();
    is_key::<(std::time::Duration, std::time::SystemTime, char, ())>();
    is_key::<std::num::NonZeroI128>();
}
