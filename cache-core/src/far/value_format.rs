//! How a tier's values become entries of a store, and entries values again.

use std::sync::Arc;

use crate::entry::{AnyEntry, Entry, Meta};
use crate::format::codec::CodecId;
use crate::format::codec::coder::Coder;
use crate::format::schema::Fingerprint;
use crate::name::Name;
use crate::value::SharedValue;

/// The site of what was set by hand.
pub(crate) const HAND: Name = Name::from_bytes(*b"set by hand     ");

/// The values of one type, as bytes.
pub(crate) trait ValueFormat: Send + Sync {
    /// The structure of the type.
    fn fingerprint(&self) -> Fingerprint;

    /// Appends the value of an entry to `out`, and says which codec wrote it; `None` if none can.
    fn encode(&self, entry: &dyn AnyEntry, out: &mut Vec<u8>) -> Option<CodecId>;

    /// The entry whose value these bytes are; `None` if they are none.
    fn decode(&self, codec: CodecId, bytes: &[u8], meta: Meta) -> Option<Arc<dyn AnyEntry>>;
}

impl<T: SharedValue> ValueFormat for Coder<T> {
    fn fingerprint(&self) -> Fingerprint {
        Coder::fingerprint(self)
    }

    fn encode(&self, entry: &dyn AnyEntry, out: &mut Vec<u8>) -> Option<CodecId> {
        Coder::encode(self, entry.value_as()?, out).ok()
    }

    fn decode(&self, codec: CodecId, bytes: &[u8], meta: Meta) -> Option<Arc<dyn AnyEntry>> {
        let value: T = Coder::decode(self, codec, bytes).ok()?;
        Some(Entry::new(value, meta))
    }
}
