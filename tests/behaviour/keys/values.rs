//! Types of std: different values write different text, and all forms of a value agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hasher};

use cache_core::{CacheKey, Key};
use proptest::prelude::*;

pub(super) fn last(value: &impl CacheKey) -> Vec<u8> {
    let mut key = Key::new();
    key.last(value);
    key.as_bytes().to_vec()
}

pub(super) fn part(value: &impl CacheKey, end: char) -> Vec<u8> {
    let mut key = Key::new();
    key.part(value, end);
    key.as_bytes().to_vec()
}

fn hash(value: &impl CacheKey) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Checks all ways to compare two keys against `are_equal`.
pub(super) fn agree<T: CacheKey + Debug>(
    one: &T,
    other: &T,
    are_equal: bool,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(
        one.same(&other.store()),
        are_equal,
        "same: {:?} {:?}",
        one,
        other
    );
    prop_assert_eq!(
        one.store() == other.store(),
        are_equal,
        "stored: {:?} {:?}",
        one,
        other
    );
    prop_assert_eq!(
        last(one) == last(other),
        are_equal,
        "last: {:?} {:?}",
        one,
        other
    );
    for end in [':', '-', ',', '(', '2', 'a', '%'] {
        prop_assert_eq!(
            part(one, end) == part(other, end),
            are_equal,
            "part before {}: {:?} {:?}",
            end,
            one,
            other
        );
    }
    if are_equal {
        prop_assert_eq!(hash(one), hash(other), "hash: {:?}", one);
    }
    Ok(())
}

/// Short texts of few characters, including those with a meaning in keys.
pub(super) fn text() -> impl Strategy<Value = String> {
    "[-%+:,=()a2]{0,3}"
}

type Nested = (
    Option<Option<String>>,
    Vec<(String, Option<u8>)>,
    (Vec<Vec<String>>, ()),
);

fn nested() -> impl Strategy<Value = Nested> {
    let option = prop::option::of(prop::option::of(text()));
    let list = prop::collection::vec((text(), prop::option::of(0..3_u8)), 0..3);
    let lists = prop::collection::vec(prop::collection::vec(text(), 0..3), 0..3);
    (option, list, (lists, Just(())))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn texts(one in text(), other in text()) {
        agree(&one, &other, one == other)?;
        agree(&one, &one.clone(), true)?;
    }

    #[test]
    fn options(one in prop::option::of(prop::option::of(text())), other in prop::option::of(prop::option::of(text()))) {
        agree(&one, &other, one == other)?;
        agree(&Some(&one), &Some(&other), one == other)?;
    }

    #[test]
    fn tuples(one in (text(), text()), other in (text(), text())) {
        agree(&one, &other, one == other)?;
    }

    #[test]
    fn lists(one in prop::collection::vec(text(), 0..4), other in prop::collection::vec(text(), 0..4)) {
        agree(&one, &other, one == other)?;
        agree(&one, &one.clone(), true)?;
    }

    #[test]
    fn nested_values(one in nested(), other in nested(), half in nested()) {
        agree(&one, &other, one == other)?;
        agree(&one, &one.clone(), true)?;
        let near = (one.0.clone(), half.1, one.2.clone());
        agree(&one, &near, one == near)?;
    }

    #[test]
    fn sets_and_maps(
        one in prop::collection::btree_map(text(), text(), 0..3),
        other in prop::collection::btree_map(text(), text(), 0..3),
    ) {
        let set = |map: &BTreeMap<String, String>| map.keys().cloned().collect::<BTreeSet<_>>();
        agree(&one, &other, one == other)?;
        agree(&set(&one), &set(&other), set(&one) == set(&other))?;
    }

    #[test]
    fn floats(one in any::<f64>(), other in any::<f64>(), bit in 0..64_u32) {
        agree(&one, &other, one.to_bits() == other.to_bits())?;
        let near = f64::from_bits(one.to_bits() ^ (1 << bit));
        agree(&one, &near, false)?;
        agree(&(one, Some(near)), &(one, Some(near)), true)?;
    }

    #[test]
    fn numbers(one in any::<i64>(), other in -3..3_i64) {
        agree(&one, &other, one == other)?;
        agree(&other, &(other + 1), false)?;
        agree(&u128::MAX, &(u128::MAX - 1), false)?;
    }

    /// A reference, a box, a `Cow` and so on have the same key as the value.
    #[test]
    fn pointers(text in text()) {
        let wanted = last(&text.as_str());
        prop_assert_eq!(&last(&&&text), &wanted);
        prop_assert_eq!(&last(&Box::<str>::from(text.as_str())), &wanted);
        prop_assert_eq!(&last(&std::sync::Arc::<str>::from(text.as_str())), &wanted);
        prop_assert_eq!(&last(&std::borrow::Cow::Borrowed(text.as_str())), &wanted);
        prop_assert!(text.as_str().same(&text.store()));
        prop_assert_eq!(hash(&text.as_str()), hash(&text));
    }
}

#[test]
fn nothing_and_empty_and_zero_differ() {
    let empty = [
        last(&None::<&str>),
        last(&Some("")),
        last(&Some("None")),
        last(&Some("%-")),
    ];
    assert!(
        empty
            .iter()
            .enumerate()
            .all(|(at, text)| !empty[..at].contains(text)),
        "{empty:?}"
    );
    assert_ne!(last(&None::<u8>), last(&Some(0_u8)));
    assert_ne!(last(&Vec::<&str>::new()), last(&vec![""]));
    assert_ne!(last(&(0.0_f64)), last(&(-0.0_f64)));
}
