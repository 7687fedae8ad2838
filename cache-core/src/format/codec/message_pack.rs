//! The self-describing codec, with the names of fields, for types that bytes without names would misread.
//!
//! Room is made and depth bounded as for the default codec.

use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};

use super::guard::CodecGuard;
use super::under_guard::UnderGuard;
use super::{Codec, CodecId, DecodeError, EncodeError};
use crate::format::schema::Schema;

/// The self-describing codec: every struct is a map from names to values, every variant stands under its name.
///
/// Fields that the type itself leaves out come back as the type fills them in (`default`), as in any format.
/// A `Some` of `None` or of the unit cannot be told from `None` in this format; such a value is refused.
#[derive(Clone, Copy, Debug)]
pub enum MessagePack {}

impl Codec for MessagePack {
    const ID: CodecId = CodecId(2);

    fn encode<T: Serialize + ?Sized>(
        value: &T,
        _: &Schema,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let guard = CodecGuard::writing_names();
        let mut writer = rmp_serde::Serializer::new(out).with_struct_map();
        guard.written_or(UnderGuard::new(value, &guard).serialize(&mut writer))
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
        let guard = CodecGuard::reading(bytes.len());
        let mut rest = bytes;
        let mut reader = rmp_serde::Deserializer::new(&mut rest);
        let seed = UnderGuard::new(std::marker::PhantomData::<T>, &guard);
        let value = guard.read_or(seed.deserialize(&mut reader))?;
        if !rest.is_empty() {
            return Err(DecodeError::Trailing);
        }
        Ok(value)
    }
}
