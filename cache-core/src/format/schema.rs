//! What a type reads from bytes, as one number: bytes that another shape of the type wrote are told from its own.
//!
//! The type's `Deserialize` is asked, and nothing else: a probe plays the deserialiser, offers one field and one variant
//! at a time, writes down what is asked of it, and gives up before a value is made. So it works for every type, with no
//! derive of ours and no value at hand.

use std::any::type_name;
use std::fmt;
use std::hash::Hasher;

use serde::de::DeserializeOwned;
use siphasher::sip128::{Hasher128, SipHasher13};

pub(crate) use self::names::{FieldNames, NamesOwner};
use self::probe::SchemaProbe;
use self::walk::SchemaWalk;

mod names;
mod parts;
mod probe;
#[cfg(test)]
mod tests;
mod variant;
mod walk;

/// 96 bits over the structure of a type: the same in every process that runs the same definition of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; Fingerprint::LENGTH]);

impl Fingerprint {
    /// How many bytes it has. Types are told apart that lie under one key, by chance or after a change: there are few of them.
    pub(crate) const LENGTH: usize = 12;

    /// The bytes that stand in a stored entry.
    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        self.0
    }

    fn of_hash(hash: u128) -> Self {
        let bytes = hash.to_le_bytes();
        Self(std::array::from_fn(|at| bytes[at]))
    }

    /// That of a type of this structure and this name. Where in the program the type stands is left out: a module that is moved
    /// stays warm.
    pub(crate) fn named(self, name: &str) -> Self {
        let mut hasher = SipHasher13::new();
        hasher.write(&self.to_bytes());
        hasher.write(without_paths(name).as_bytes());
        Self::of_hash(hasher.finish128().as_u128())
    }

    /// The fingerprint that [`to_bytes`](Self::to_bytes) wrote.
    pub fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Fingerprint(")?;
        for byte in self.0 {
            write!(out, "{byte:02x}")?;
        }
        out.write_str(")")
    }
}

/// `alloc::vec::Vec<app::model::Post>` as `Vec<Post>`.
fn without_paths(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut segment = 0;
    for c in name.chars() {
        if c == ':' {
            short.truncate(segment);
            continue;
        }
        short.push(c);
        if !c.is_alphanumeric() && c != '_' {
            segment = short.len();
        }
    }
    short
}

/// What the probe learned of a type.
///
/// A change of the names, order, kinds or variants that the type's `Deserialize` asks for changes its
/// [`fingerprint`](Self::fingerprint), wherever the probe reaches. It does not see a change of meaning (seconds that
/// become milliseconds): that is what `version` is for.
///
/// The probe does not reach behind `deserialize_any` (untagged and internally tagged enums, `flatten`,
/// `serde_json::Value`), behind a part of a tuple or a key of a map that accepts neither `1` nor `"a"`, nor beyond its
/// own limits on depth and effort. Then [`is_whole`](Self::is_whole) is false, the name of the type is part of the
/// fingerprint, and only a self-describing codec may write it.
#[derive(Debug)]
pub struct Schema {
    fingerprint: Fingerprint,
    whole: bool,
    names: FieldNames,
}

impl Schema {
    /// Probes `T`. It costs microseconds to a few milliseconds: ask once for a type, and keep the answer.
    ///
    /// The type's own `Deserialize` runs, with values that it may refuse. If it panics, the panic is caught (unless
    /// panics abort) and the schema is not whole; the panic hook will have had its say.
    pub fn of<T: DeserializeOwned>() -> Self {
        let walk = SchemaWalk::new();
        while walk.next(|| T::deserialize(SchemaProbe::new(&walk)).is_ok()) {}
        walk.finish(type_name::<T>())
    }

    /// The structure, as one number.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Whether the probe reached every part of the type.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The names that the type reads, in their order.
    pub(crate) fn names(&self) -> &FieldNames {
        &self.names
    }
}
