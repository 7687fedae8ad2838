//! How a value becomes bytes for a store, and bytes a value again.
//!
//! The default is [`Bincode`]: small and fast, and without a word in the bytes about what they mean. That is right only
//! where a type reads exactly the fields that it writes. So both directions are watched, and a type that is found to
//! write or read in another way moves to [`MessagePack`], where every field carries its name. The user has nothing to
//! declare; which codec wrote an entry is kept beside its bytes.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::format::schema::Schema;

pub use self::bincode::Bincode;
pub use self::message_pack::MessagePack;

mod bincode;
pub(crate) mod coder;
mod deserialize;
mod guard;
mod message_pack;
mod parts;
mod serialize;
#[cfg(test)]
mod tests;
mod under_guard;
mod visit;

/// Which codec wrote some bytes. 0 to 127 are kept for the codecs of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodecId(pub u8);

/// A way to write values as bytes.
///
/// Bytes may come from anyone: `decode` must not panic, nor allocate or nest beyond what the bytes back, and must refuse
/// bytes that go on after the value. `encode` must refuse what `decode` would not give back as it was.
pub trait Codec {
    /// Stands beside the bytes that this codec writes: never give a number to another format.
    const ID: CodecId;

    /// So many bytes behind the value are not the value's: two values that differ in their order alone differ there as well.
    const TRAILER: usize = 0;

    /// Appends `value` to `out`. After an error, what was appended is of no use.
    ///
    /// # Errors
    ///
    /// [`EncodeError::NeedsNames`] if the value must be written by a codec that is self-describing, else why it cannot be
    /// written at all.
    fn encode<T: Serialize + ?Sized>(
        value: &T,
        schema: &Schema,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError>;

    /// The value that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// If the bytes are not one whole `T`, and nothing else.
    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError>;
}

/// Why a value was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The value does not write the fields that its type reads, in their order: the bytes must carry names.
    NeedsNames,
    /// It nests deeper than a reader would follow.
    TooDeep,
    /// It has a `Some` that reads back as `None`: of a `None`, or of the unit, where names are needed.
    Ambiguous,
    /// It was written, and reading it gives an error or another value; with the reason.
    NotReadBack(String),
    /// The value's own `Serialize`, or the format, refused; with its words.
    Refused(String),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedsNames => out.write_str("it needs a codec that writes the names of fields"),
            Self::TooDeep => write!(out, "it is nested more than {} levels deep", guard::DEPTH),
            Self::Ambiguous => out.write_str(
                "it contains a `Some` of an empty value, which would be read back as `None`",
            ),
            Self::NotReadBack(reason) => {
                write!(out, "it would not be read back as it was written: {reason}")
            }
            Self::Refused(reason) => out.write_str(reason),
        }
    }
}

impl std::error::Error for EncodeError {}

/// Why bytes did not become a value. To a cache, each is a miss.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// No codec of this number is known here.
    UnknownCodec(CodecId),
    /// The bytes go on after the value.
    Trailing,
    /// They nest deeper than we follow.
    TooDeep,
    /// They announce more than they hold.
    TooMuch,
    /// What the type reads is not what was written.
    OtherKinds,
    /// The type's own `Deserialize`, or the format, refused; with its words.
    Refused(String),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCodec(id) => write!(out, "unknown codec {}", id.0),
            Self::Trailing => out.write_str("there are bytes after the value"),
            Self::TooDeep => write!(
                out,
                "the bytes are nested more than {} levels deep",
                guard::DEPTH
            ),
            Self::TooMuch => out.write_str("the bytes give a length that exceeds what follows"),
            Self::OtherKinds => {
                out.write_str("the type does not read the kinds of values that it wrote")
            }
            Self::Refused(reason) => out.write_str(reason),
        }
    }
}

impl std::error::Error for DecodeError {}
