//! How a tier's values become entries of a store, and entries values again.

use std::sync::Arc;

use crate::entry::{Entry, Holds, Object, Origin};
use crate::format::blob::Stamped;
use crate::format::codec::CodecId;
use crate::format::codec::coder::Coder;
use crate::format::schema::Fingerprint;
use crate::generation::Generation;
use crate::name::Name;
use crate::policy::Life;
use crate::value::SharedValue;

/// The site of what was set by hand.
pub(crate) const HAND: Name = Name::from_bytes(*b"set by hand     ");

/// All of an entry but its value.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) generation: Generation,
    pub(crate) life: Life,
    pub(crate) origin: Origin,
    pub(crate) stamped: Arc<[Stamped]>,
}

/// The values of one type in a tier whose values are `V`, as bytes.
pub(crate) trait Kind<V: ?Sized>: Send + Sync {
    /// The structure of the type.
    fn fingerprint(&self) -> Fingerprint;

    /// Appends a value of this type to `out`, and says which codec wrote it; `None` if none can.
    fn encode(&self, value: &V, out: &mut Vec<u8>) -> Option<CodecId>;

    /// The entry whose value these bytes are; `None` if they are none.
    fn decode(&self, codec: CodecId, bytes: &[u8], parts: Parts) -> Option<Arc<Entry<V>>>;
}

impl<T: SharedValue> Kind<Object> for Coder<T> {
    fn fingerprint(&self) -> Fingerprint {
        Coder::fingerprint(self)
    }

    fn encode(&self, value: &Object, out: &mut Vec<u8>) -> Option<CodecId> {
        Coder::encode(self, value.view()?, out).ok()
    }

    fn decode(&self, codec: CodecId, bytes: &[u8], parts: Parts) -> Option<Arc<Entry<Object>>> {
        let value: T = Coder::decode(self, codec, bytes).ok()?;
        let entry = Entry::new(value, parts.generation, parts.life, parts.origin, 0);
        Some(Object::hold(entry.stamped(parts.stamped)))
    }
}
