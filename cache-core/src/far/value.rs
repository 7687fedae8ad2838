//! Values, as the far tier takes and gives them.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use super::token;
use crate::entry::{AnyEntry, Entry, Meta};
use crate::error::{Error, Result};
use crate::format::blob::{EntryWriter, Identity, Stamped, Times};
use crate::format::codec::CodecId;
use crate::format::codec::coder::Coder;
use crate::format::schema::Fingerprint;
use crate::name::Name;
use crate::value::SharedValue;

/// The values of one type, as bytes.
pub(crate) trait ValueFormat: Send + Sync {
    /// The structure of the type.
    fn fingerprint(&self) -> Fingerprint;

    /// Appends a value to `out`, and says which codec wrote it.
    ///
    /// # Errors
    ///
    /// If no codec can write it so that it can be read back.
    fn encode(&self, value: &dyn Any, out: &mut Vec<u8>) -> Result<CodecId>;

    /// The entry whose value these bytes are; `None` if they are none.
    fn decode(&self, codec: CodecId, bytes: &[u8], meta: Meta) -> Option<Arc<dyn AnyEntry>>;
}

impl<T: SharedValue> ValueFormat for Coder<T> {
    fn fingerprint(&self) -> Fingerprint {
        Coder::fingerprint(self)
    }

    fn encode(&self, value: &dyn Any, out: &mut Vec<u8>) -> Result<CodecId> {
        let value = value.downcast_ref().ok_or_else(Error::absent)?;
        Coder::encode(self, value, out).map_err(|error| Error::value(error.to_string()))
    }

    fn decode(&self, codec: CodecId, bytes: &[u8], meta: Meta) -> Option<Arc<dyn AnyEntry>> {
        let value: T = Coder::decode(self, codec, bytes).ok()?;
        Some(Entry::new(value, meta))
    }
}

/// A value for the store.
#[derive(Clone, Copy)]
pub(crate) struct NewEntry<'a> {
    pub(crate) key: &'a [u8],
    /// The site that has made it, or [`HAND`](crate::name::HAND).
    pub(crate) site: Name,
    pub(crate) format: &'a dyn ValueFormat,
    pub(crate) value: &'a (dyn Any + Send + Sync),
    pub(crate) ttl: Option<Duration>,
    /// How long past its life it may serve, and stays in the store.
    pub(crate) stale_for: Duration,
    /// What its load cost.
    pub(crate) cost: Duration,
}

impl NewEntry<'_> {
    /// How long it stays in the store; `None`: until it is evicted.
    pub(super) fn kept_for(&self) -> Option<Duration> {
        self.ttl.map(|ttl| ttl.saturating_add(self.stale_for))
    }

    /// The entry under these stamps, which begins with a new token.
    ///
    /// # Errors
    ///
    /// If no codec can write the value.
    pub(super) fn encode(&self, stamped: &[Stamped]) -> Result<Vec<u8>> {
        let identity = Identity {
            site: self.site,
            fingerprint: self.format.fingerprint(),
        };
        let times = Times {
            soft: self.ttl,
            hard: self.kept_for(),
            cost: self.cost,
        };
        let mut entry = writer(self.key, &identity, &times, stamped);
        let codec = self.format.encode(self.value, entry.body())?;
        Ok(entry.seal(codec))
    }
}

/// An entry of a key whose body is to be written.
pub(super) fn writer<'k>(
    key: &'k [u8],
    identity: &Identity,
    times: &Times,
    stamped: &[Stamped],
) -> EntryWriter<'k> {
    EntryWriter::new(token::nonce(), key, identity, times, stamped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::codec::coder::coder;
    use crate::name::{CACHE, HAND};

    /// What a store keeps beside a value of 1 KB, for a day, under a key of any length.
    #[test]
    fn a_value_of_a_kilobyte_has_sixty_four_bytes_around_it() {
        let value = "x".repeat(1_000);
        let new = NewEntry {
            key: &[b'k'; 200],
            site: HAND,
            format: coder::<String>(),
            value: &value,
            ttl: Some(Duration::from_secs(86_400)),
            stale_for: Duration::ZERO,
            cost: Duration::from_millis(2),
        };
        let of_cache = Stamped {
            name: CACHE,
            stamp: [9; 12],
            soft: [9; 12],
        };
        let entry = new.encode(&[of_cache]).unwrap();
        assert!(entry.len() <= value.len() + 64, "{}", entry.len());
    }
}
