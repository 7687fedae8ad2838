//! bincode 2 in its standard configuration, made safe for bytes that anyone may have written.
//!
//! Its own limits do not fit. A `Limit` is a constant of the program, not the length of the input, and its reader of
//! serde types checks lengths of sequences and depth against nothing. So:
//!
//! - text and bytes are always borrowed from the input before they are copied: a length that the input does not back is
//!   an error before anything is allocated;
//! - room for elements is made for as many as the input has bytes at most, and elements that take no bytes are counted;
//! - values nest to a bounded depth;
//! - a hash of the kinds that were written stands behind the value, and must be that of the kinds that were read. Types
//!   whose `Serialize` and `Deserialize` disagree are thereby never read as something else.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::guard::CodecGuard;
use super::under_guard::UnderGuard;
use super::{Codec, CodecId, DecodeError, EncodeError};
use crate::format::schema::Schema;

/// The default codec: values without names, in few bytes.
///
/// It writes a value only if the probe reached the whole type, and if every struct and variant writes the names that the
/// type reads, in their order. Otherwise it says [`EncodeError::NeedsNames`]: after `skip_serializing_if`,
/// `skip_serializing`, names or aliases that differ by direction, and lists or maps whose length is not known before
/// (`flatten`).
#[derive(Clone, Copy, Debug)]
pub enum Bincode {}

/// How many bytes the trace takes behind the value.
const TRACE: usize = size_of::<u32>();

impl Codec for Bincode {
    const ID: CodecId = CodecId(1);
    const TRAILER: usize = TRACE;

    fn encode<T: Serialize + ?Sized>(
        value: &T,
        schema: &Schema,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if !schema.is_whole() {
            return Err(EncodeError::NeedsNames);
        }
        let guard = CodecGuard::writing_positions(schema.names());
        let guarded = UnderGuard::new(value, &guard);
        let written =
            bincode::serde::encode_into_std_write(guarded, out, bincode::config::standard());
        let length = guard.written_or(written)?;
        if guard.reads_too_much(length) {
            return Err(EncodeError::Refused(
                "a list of too many elements without content".into(),
            ));
        }
        out.extend_from_slice(&guard.trace().to_le_bytes());
        Ok(())
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
        let Some((value, trace)) = bytes.split_last_chunk::<TRACE>() else {
            return Err(DecodeError::Refused(
                "shorter than any value of this type".into(),
            ));
        };
        let guard = CodecGuard::reading(value.len());
        let seed = UnderGuard::new(std::marker::PhantomData::<T>, &guard);
        let read = bincode::serde::seed_decode_from_slice(seed, value, bincode::config::standard());
        let (read, length) = guard.read_or(read)?;
        if length != value.len() {
            return Err(DecodeError::Trailing);
        }
        if guard.trace() != u32::from_le_bytes(*trace) {
            return Err(DecodeError::OtherKinds);
        }
        Ok(read)
    }
}
