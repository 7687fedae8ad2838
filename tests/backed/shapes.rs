//! Every shape of a value that serde knows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

mod changed;
mod come_back;
mod of_std;

macro_rules! shapes {
    ($($item:item)*) => {$(
        #[derive(Clone, Debug, Serialize, Deserialize)]
        $item
    )*};
}

shapes! {
    struct Unit;
    struct Newtype(String);
    struct Tuple(u8, String);
    struct Named { id: u64, name: String }
    struct Generic<T> { inner: T, marker: PhantomData<u8> }
    enum Plain { Unit, Newtype(u8), Tuple(u8, String), Named { a: u8, b: Option<u8> } }
    #[serde(tag = "t")]
    enum Internal { Unit, Newtype(Named), Named { a: u8, b: Option<u8> } }
    #[serde(tag = "t", content = "c")]
    enum Adjacent { Unit, Newtype(u8), Tuple(u8, String), Named { a: u8 } }
    #[serde(untagged)]
    enum Untagged { Number(u64), Text(String), Named { a: u8 }, List(Vec<u8>) }
    #[serde(untagged)]
    enum Meets { First { a: u64 }, Second { a: u64, b: Option<u64> } }
    #[serde(rename_all = "kebab-case")]
    enum Renamed { FirstOne, #[serde(rename = "2", alias = "two")] Second }
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Strict { first_one: u8, #[serde(rename = "type", alias = "kind")] kind: u8 }
    struct OneWay { #[serde(rename(serialize = "a", deserialize = "b"))] field: u8 }
    struct OneWayDefault { #[serde(default, rename(serialize = "a", deserialize = "b"))] field: u8 }
    enum OneWayVariant { #[serde(rename(serialize = "a", deserialize = "b"))] One, Other }
    #[allow(dead_code, reason = "it is written and never read, by nobody")]
    struct Half { id: u8, #[serde(skip_serializing)] half: u8 }
    enum HalfVariant { Whole, #[serde(skip_deserializing)] Half }
    enum NoVariant { Whole, #[serde(skip)] Never }
    enum WithOther { Known, #[serde(other)] Other }
    struct Sparse { #[serde(default, skip_serializing_if = "Option::is_none")] a: Option<u8>, b: u8 }
    struct SparseTail { a: u8, #[serde(default, skip_serializing_if = "Vec::is_empty")] b: Vec<u8> }
    struct SparseOdd { #[serde(default = "seven", skip_serializing_if = "is_seven")] a: u8, b: u8 }
    struct SparseWrong { #[serde(default, skip_serializing_if = "is_seven")] a: u8, b: u8 }
    struct Flat { id: u8, #[serde(flatten)] inner: Named2 }
    struct Named2 { name: String, more: Option<u8> }
    struct FlatMap { id: u8, #[serde(flatten)] rest: BTreeMap<String, u64> }
    struct FlatNumbers { id: u8, #[serde(flatten)] rest: BTreeMap<u64, u64> }
    struct FlatWide { id: u8, #[serde(flatten)] inner: Wide }
    struct FlatOption { id: u8, #[serde(flatten)] inner: Option<Named2> }
    struct FlatEnum { id: u8, #[serde(flatten)] inner: Plain }
    struct Wide { wide: u128 }
    #[serde(tag = "t")]
    enum InternalWide { Wide { wide: u128 }, Small { small: u8 } }
    #[serde(untagged)]
    enum UntaggedWide { Small(u8), Wide(u128), Text(String) }
    struct Hex { #[serde(with = "hex")] bytes: Vec<u8> }
    struct Apart { #[serde(serialize_with = "as_text")] number: u64 }
    struct ApartLater { #[serde(serialize_with = "odd_as_text")] number: Option<u64> }
    #[serde(into = "u8", try_from = "u8")]
    struct Even(u8);
    #[serde(into = "String", from = "String")]
    struct Trimmed(String);
    #[serde(transparent)]
    struct Through { inner: Vec<u8> }
    #[serde(default)]
    struct Defaulted { a: u8, b: String }
    struct Borrows<'a> { text: Cow<'a, str>, bytes: Cow<'a, [u8]> }
    struct Chain { value: u8, next: Option<Box<Chain>> }
    #[expect(clippy::option_option, reason = "what is told apart is the subject")]
    struct Options { one: Option<()>, two: Option<Option<u8>>, list: Vec<Option<()>> }
}

impl Default for Defaulted {
    fn default() -> Self {
        Self {
            a: 9,
            b: "b".to_owned(),
        }
    }
}

fn seven() -> u8 {
    7
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_seven(number: &u8) -> bool {
    *number == 7
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn as_text<S: serde::Serializer>(number: &u64, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&number.to_string())
}

#[expect(clippy::ref_option, reason = "serde hands over a reference")]
fn odd_as_text<S: serde::Serializer>(number: &Option<u64>, out: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) if number % 2 == 1 => out.serialize_some(&number.to_string()),
        other => other.serialize(out),
    }
}

mod hex {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], out: S) -> Result<S::Ok, S::Error> {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        out.serialize_str(&digits.concat())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let pairs = text.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
        bytes.ok_or_else(|| D::Error::custom("no hexadecimal digits"))
    }
}

impl From<Even> for u8 {
    fn from(even: Even) -> Self {
        even.0
    }
}

impl TryFrom<u8> for Even {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        number
            .is_multiple_of(2)
            .then_some(Self(number))
            .ok_or_else(|| format!("{number} is odd"))
    }
}

impl From<Trimmed> for String {
    fn from(trimmed: Trimmed) -> Self {
        trimmed.0
    }
}

impl From<String> for Trimmed {
    fn from(text: String) -> Self {
        Self(text.trim().to_owned())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
struct Untrimmed(String);

impl From<Untrimmed> for String {
    fn from(text: Untrimmed) -> Self {
        text.0
    }
}

impl From<String> for Untrimmed {
    fn from(text: String) -> Self {
        Self(text.trim().to_owned())
    }
}

fn named() -> Named {
    Named {
        id: 1,
        name: "a".to_owned(),
    }
}

fn named2(more: Option<u8>) -> Named2 {
    Named2 {
        name: "a".to_owned(),
        more,
    }
}
