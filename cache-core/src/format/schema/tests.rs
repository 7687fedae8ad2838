#![expect(dead_code, reason = "the types are probed, and no value is made")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::num::NonZeroU8;
use std::time::{Duration, SystemTime};

use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::*;

fn whole<T: DeserializeOwned>() -> Fingerprint {
    let schema = Schema::of::<T>();
    assert!(schema.is_whole(), "{}: {schema:?}", type_name::<T>());
    schema.fingerprint()
}

fn is_partial<T: DeserializeOwned>() -> bool {
    !Schema::of::<T>().is_whole()
}

/// The definitions, each as a type called `T` in a module of its own.
macro_rules! types {
    ($($module:ident: $item:item)*) => {$(
        mod $module {
            use super::*;
            $item
        }
    )*};
}

types! {
    base: #[derive(Deserialize)] pub(super) struct T { a: u8, b: String }
    copied: #[derive(Deserialize)] pub(super) struct T { a: u8, b: String }
    renamed: #[derive(Deserialize)] pub(super) struct T { a: u8, c: String }
    renamed_by_serde: #[derive(Deserialize)] pub(super) struct T { a: u8, #[serde(rename = "c")] b: String }
    reordered: #[derive(Deserialize)] pub(super) struct T { b: String, a: u8 }
    added: #[derive(Deserialize)] pub(super) struct T { a: u8, b: String, #[serde(default)] c: u8 }
    removed: #[derive(Deserialize)] pub(super) struct T { a: u8 }
    wider: #[derive(Deserialize)] pub(super) struct T { a: u16, b: String }
    signed: #[derive(Deserialize)] pub(super) struct T { a: i8, b: String }
    optional: #[derive(Deserialize)] pub(super) struct T { a: u8, b: Option<String> }
    boxed: #[derive(Deserialize)] pub(super) struct T { a: Box<u8>, b: Box<str> }
    defaulted: #[derive(Deserialize)] pub(super) struct T { a: u8, #[serde(default)] b: String }
    strict: #[derive(Deserialize)] #[serde(deny_unknown_fields)] pub(super) struct T { a: u8, b: String }
    aliased: #[derive(Deserialize)] pub(super) struct T { a: u8, #[serde(alias = "old")] b: String }
    skipped: #[derive(Deserialize)] pub(super) struct T { a: u8, b: String, #[serde(skip)] c: u8 }
    nested: #[derive(Deserialize)] pub(super) struct T { a: u8, b: base::T }
    nested_other: #[derive(Deserialize)] pub(super) struct T { a: u8, b: wider::T }
    tuple: #[derive(Deserialize)] pub(super) struct T(u8, String);
    tuple_other: #[derive(Deserialize)] pub(super) struct T(u8, Vec<u8>);
    choice: #[derive(Deserialize)] pub(super) enum T { A, B(u8), C(u8, u8), D { x: u8 } }
    choice_reordered: #[derive(Deserialize)] pub(super) enum T { B(u8), A, C(u8, u8), D { x: u8 } }
    choice_renamed: #[derive(Deserialize)] pub(super) enum T { A, B(u8), C(u8, u8), E { x: u8 } }
    choice_wider: #[derive(Deserialize)] pub(super) enum T { A, B(u16), C(u8, u8), D { x: u8 } }
    choice_longer: #[derive(Deserialize)] pub(super) enum T { A, B(u8), C(u8, u8, u8), D { x: u8 } }
    choice_tuple: #[derive(Deserialize)] pub(super) enum T { A, B(u8), C(u8, u16), D { x: u8 } }
    choice_field: #[derive(Deserialize)] pub(super) enum T { A, B(u8), C(u8, u8), D { y: u8 } }
    choice_kind: #[derive(Deserialize)] pub(super) enum T { A, B(u8), C(u8, u8), D { x: u16 } }
    choice_added: #[derive(Deserialize)] pub(super) enum T { A, B(u8), C(u8, u8), D { x: u8 }, E }
    choice_unit: #[derive(Deserialize)] pub(super) enum T { A, B(u8), C(u8, u8), D }
    twins: #[derive(Deserialize)] pub(super) enum T { A { x: u8 }, B { x: u8 } }
    twins_apart: #[derive(Deserialize)] pub(super) enum T { A { x: u8 }, B { x: u16 } }
    recursive: #[derive(Deserialize)] pub(super) struct T { a: u8, next: Option<Box<T>> }
    recursive_wider: #[derive(Deserialize)] pub(super) struct T { a: u16, next: Option<Box<T>> }
    tree: #[derive(Deserialize)] pub(super) enum T { Both(Box<T>, Box<T>), Leaf(u8) }
    tree_wider: #[derive(Deserialize)] pub(super) enum T { Both(Box<T>, Box<T>), Leaf(u16) }
    unit: #[derive(Deserialize)] pub(super) struct T;
    empty: #[derive(Deserialize)] pub(super) struct T {}
}

#[derive(Deserialize)]
struct Wrapped<T>(T);

#[derive(Deserialize)]
struct Held<T> {
    held: T,
}

#[test]
fn the_same_structure_has_the_same_fingerprint() {
    let base = whole::<base::T>();
    assert_eq!(base, whole::<base::T>());
    assert_eq!(base, whole::<copied::T>());
    assert_eq!(base, whole::<boxed::T>());
    assert_eq!(base, whole::<defaulted::T>());
    assert_eq!(base, whole::<strict::T>());
    assert_eq!(base, whole::<skipped::T>());
    assert_eq!(whole::<Vec<u8>>(), whole::<HashSet<u8>>());
    assert_eq!(
        whole::<HashMap<String, u8>>(),
        whole::<BTreeMap<String, u8>>()
    );
    assert_eq!(Fingerprint::from_bytes(base.to_bytes()), base);
}

/// A constant: the next build of the program, and the one after the next compiler, must read what this one wrote.
#[test]
fn a_fingerprint_is_the_same_in_every_process() {
    assert_eq!(
        format!("{:?}", whole::<base::T>()),
        "Fingerprint(9ddbc408b67c08f78a33cf4c)"
    );
}

#[test]
fn every_other_structure_has_another() {
    let all = [
        whole::<base::T>(),
        whole::<renamed::T>(),
        whole::<reordered::T>(),
        whole::<added::T>(),
        whole::<removed::T>(),
        whole::<wider::T>(),
        whole::<signed::T>(),
        whole::<optional::T>(),
        whole::<aliased::T>(),
        whole::<nested::T>(),
        whole::<nested_other::T>(),
        whole::<tuple::T>(),
        whole::<tuple_other::T>(),
        whole::<choice::T>(),
        whole::<choice_reordered::T>(),
        whole::<choice_renamed::T>(),
        whole::<choice_wider::T>(),
        whole::<choice_longer::T>(),
        whole::<choice_tuple::T>(),
        whole::<choice_field::T>(),
        whole::<choice_kind::T>(),
        whole::<choice_added::T>(),
        whole::<choice_unit::T>(),
        whole::<twins::T>(),
        whole::<twins_apart::T>(),
        whole::<recursive::T>(),
        whole::<recursive_wider::T>(),
        whole::<tree::T>(),
        whole::<tree_wider::T>(),
        whole::<unit::T>(),
        whole::<empty::T>(),
        whole::<Wrapped<u8>>(),
        whole::<Wrapped<Wrapped<u8>>>(),
        whole::<Wrapped<Wrapped<u16>>>(),
        whole::<Held<u8>>(),
        whole::<Held<Held<u8>>>(),
        whole::<Held<Held<u16>>>(),
        whole::<u8>(),
        whole::<u16>(),
        whole::<u128>(),
        whole::<i128>(),
        whole::<f32>(),
        whole::<f64>(),
        whole::<bool>(),
        whole::<char>(),
        whole::<()>(),
        whole::<String>(),
        whole::<Option<u8>>(),
        whole::<Option<Option<u8>>>(),
        whole::<Vec<u8>>(),
        whole::<Vec<Vec<u8>>>(),
        whole::<(u8,)>(),
        whole::<(u8, u8)>(),
        whole::<(u8, u16)>(),
        whole::<[u8; 3]>(),
        whole::<HashMap<u8, u16>>(),
        whole::<HashMap<u16, u8>>(),
        whole::<HashMap<u16, u16>>(),
        whole::<HashMap<NonZeroU8, base::T>>(),
        whole::<Result<u8, String>>(),
        whole::<Duration>(),
        whole::<SystemTime>(),
        whole::<IpAddr>(),
    ];
    let distinct: HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    assert_eq!(whole::<renamed::T>(), whole::<renamed_by_serde::T>());
}

#[derive(Deserialize, PartialEq, Eq, Hash)]
#[serde(try_from = "u8")]
struct Even(u8);

impl TryFrom<u8> for Even {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, &'static str> {
        if number.is_multiple_of(2) {
            Ok(Self(number))
        } else {
            Err("odd")
        }
    }
}

#[test]
fn a_newtype_that_checks_its_number_is_reached_through() {
    assert_eq!(whole::<Even>(), whole::<u8>());
    assert_ne!(whole::<Held<Even>>(), whole::<Held<u16>>());
    whole::<(u8, Even)>();
}

#[test]
fn what_stands_behind_a_part_that_cannot_be_made_up_is_not_reached() {
    assert!(is_partial::<(Even, u8)>());
    assert!(is_partial::<HashMap<Even, u8>>());
    assert!(is_partial::<(IpText, u8)>());
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct IpText(IpAddr);

impl TryFrom<String> for IpText {
    type Error = std::net::AddrParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Untagged {
    A(u8),
    B(String),
}

#[derive(Deserialize)]
#[serde(tag = "t")]
enum Tagged {
    A { x: u8 },
}

#[derive(Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    A(u8),
    B { x: u8 },
}

#[derive(Deserialize)]
struct Flat {
    a: u8,
    #[serde(flatten)]
    rest: base::T,
}

#[derive(Deserialize)]
struct FlatMap {
    #[serde(flatten)]
    rest: HashMap<String, u8>,
}

#[test]
fn what_only_the_bytes_know_makes_a_shape_partial() {
    assert!(is_partial::<Untagged>());
    assert!(is_partial::<Tagged>());
    assert!(is_partial::<Flat>());
    assert!(is_partial::<FlatMap>());
    assert!(is_partial::<Held<Vec<Option<Untagged>>>>());
    assert!(is_partial::<IgnoredAny>());
    // Partial or whole, an adjacently tagged enum must not be taken for another one.
    assert_ne!(
        Schema::of::<Adjacent>().fingerprint(),
        Schema::of::<Held<u8>>().fingerprint()
    );
}

#[test]
fn a_partial_shape_holds_the_name_of_the_type() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Other {
        A(u8),
        B(String),
    }
    let (one, other) = (Schema::of::<Untagged>(), Schema::of::<Other>());
    assert_ne!(one.fingerprint(), other.fingerprint());
}

#[test]
fn an_enum_without_variants_is_whole() {
    #[derive(Deserialize)]
    enum Never {}
    whole::<Never>();
    whole::<Result<u8, Never>>();
}

struct Panics;

impl<'de> Deserialize<'de> for Panics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer);
        assert!(number.is_ok(), "the deserialiser of a type panics");
        Err(D::Error::custom("never"))
    }
}

#[test]
fn a_panic_is_caught() {
    assert!(is_partial::<Panics>());
    assert!(is_partial::<Held<Vec<Panics>>>());
}

struct Lenient(Option<base::T>);

impl<'de> Deserialize<'de> for Lenient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(base::T::deserialize(deserializer).ok()))
    }
}

#[test]
fn who_swallows_errors_is_probed_all_the_same() {
    assert_eq!(whole::<Lenient>(), whole::<base::T>());
    whole::<Held<Lenient>>();
    whole::<(Lenient, Lenient)>();
}

#[test]
fn the_walks_are_capped() {
    type Wide = (
        [u8; 32],
        ([u16; 32], [u32; 32], [u64; 32]),
        ([i8; 32], [i16; 32], [i32; 32], [i64; 32]),
        ([bool; 32], [char; 32], [f32; 32], [f64; 32]),
        (
            [u128; 32],
            [i128; 32],
            [(); 32],
            [usize; 32],
            [isize; 32],
            [String; 32],
        ),
    );
    whole::<[u8; 32]>();
    assert!(is_partial::<Wide>());
}

/// 2^60 values, if each were made up.
mod doubling {
    use super::*;

    #[derive(Deserialize)]
    pub(super) struct Two<T>(Box<T>, Box<T>);
    type P4<T> = Two<Two<Two<Two<T>>>>;
    pub(super) type P20<T> = P4<P4<P4<P4<P4<T>>>>>;
    pub(super) type P60 = P20<P20<P20<u8>>>;
}

#[test]
fn the_steps_are_capped() {
    assert!(is_partial::<doubling::P60>());
}

#[test]
fn a_type_that_is_met_twice_is_walked_once() {
    #[derive(Deserialize)]
    struct Many {
        a: choice::T,
        b: choice::T,
        c: Vec<choice::T>,
        d: Option<Box<Many>>,
    }
    whole::<Many>();
}

#[test]
fn names_are_known_where_they_are_certain() {
    let schema = Schema::of::<choice::T>();
    assert_eq!(
        schema.names().list(NamesOwner::Enum("T")),
        Some(&["A", "B", "C", "D"][..])
    );
    assert_eq!(
        schema.names().list(NamesOwner::Variant("T", "D")),
        Some(&["x"][..])
    );
    assert_eq!(schema.names().list(NamesOwner::Struct("T")), None);
    let two_of_one_name = Schema::of::<(base::T, renamed::T)>();
    assert_eq!(two_of_one_name.names().list(NamesOwner::Struct("T")), None);
}

#[test]
fn places_are_not_known_where_an_alias_moves_them() {
    #[derive(Deserialize)]
    enum Aliased {
        #[serde(alias = "Old")]
        A,
        B,
    }
    let schema = Schema::of::<Aliased>();
    assert!(schema.is_whole());
    assert_eq!(schema.names().list(NamesOwner::Enum("Aliased")), None);
}
