//! Another value or another life for what is there, and a value where there is none.

use std::time::Duration;

use super::value::writer;
use super::{Far, NewEntry, Snapshot};
use crate::clock;
use crate::error::{Error, Result};
use crate::format::blob::{Stamped, Times};
use crate::format::codec::CodecId;
use crate::name::Name;
use crate::store::Written;

/// How often a step is tried again that others were faster at.
pub(crate) const TRIES: usize = 64;
/// After so many tries something is in the way that the store does not show. Sooner it may be what another has just added, who
/// was told that he did.
const UNSEEN: usize = 24;

/// What of an entry is written anew.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rewrite<'a> {
    /// Its life, which begins now.
    Ttl(Option<Duration>),
    /// Its value, as this codec has written it. The entry ends when it would have.
    Body(CodecId, &'a [u8]),
}

impl Far {
    /// Writes an entry that was seen anew, under the names that it has, if it is still there; tells whether it was.
    ///
    /// # Errors
    ///
    /// If there is nothing to rewrite any more, the store does not take it, or it could not be reached: then it may have been
    /// written.
    pub(crate) async fn rewrite(
        &self,
        key: &[u8],
        seen: &Snapshot,
        rewrite: Rewrite<'_>,
    ) -> Result<bool> {
        let blob = seen.good().ok_or_else(Error::absent)?;
        let (codec, body, times, ttl) = match rewrite {
            Rewrite::Ttl(ttl) => {
                let times = Times {
                    soft: ttl,
                    hard: ttl,
                    ..blob.times()
                };
                (blob.codec(), blob.body(), times, ttl)
            }
            Rewrite::Body(codec, body) => {
                let passed = clock::now().since(seen.asked);
                // An entry with a life has one, whatever its store says: it may have been another's that had none.
                let left = seen.left().or(blob.times().hard);
                let left = left.map(|left| left.saturating_sub(passed));
                (codec, body, blob.times(), left)
            }
        };
        if ttl == Some(Duration::ZERO) {
            return Err(Error::absent());
        }
        let stamped: Vec<Stamped> = blob.names().collect();
        let mut entry = writer(key, blob.identity(), &times, &stamped);
        entry.body().extend_from_slice(body);
        let bytes = entry.seal(codec);
        let names: Vec<Name> = stamped.iter().map(|stamped| stamped.name).collect();
        let put = [(key, bytes.as_slice(), seen.over())];
        let written = self.put_all(&put, &seen.stamps, &names, ttl).await?;
        self.is_written(&written)
    }

    /// Puts a value by hand where no good one is; tells whether there was none.
    ///
    /// # Errors
    ///
    /// If the value cannot be written, the store does not take it, or it could not be reached: then it may have been written.
    pub(crate) async fn add(&self, new: &NewEntry<'_>) -> Result<bool> {
        for attempt in 0..TRIES {
            let seen = self.snapshot(new.key, &[]).await?;
            if attempt == UNSEEN {
                self.make_way(new.key, &[], &seen).await?;
            }
            if self.entry(&seen, None, None).is_some() {
                return Ok(false);
            }
            if new.ttl == Some(Duration::ZERO) {
                return Ok(true);
            }
            let stamps = self.stamps_with(&seen).await?;
            let bytes = new.encode(&stamps.of_cache())?;
            let put = [(new.key, bytes.as_slice(), seen.over())];
            let written = self.put_all(&put, &stamps, &[], new.ttl).await?;
            if self.is_written(&written)? {
                return Ok(true);
            }
        }
        Err(self.overtaken())
    }

    /// The error for a step that others were faster at each time.
    pub(crate) fn overtaken(&self) -> Error {
        self.fault(Error::overtaken())
    }

    fn is_written(&self, written: &[Written]) -> Result<bool> {
        if written.contains(&Written::TooLarge) {
            return Err(self.fault(Error::too_large()));
        }
        Ok(written.contains(&Written::Yes))
    }
}
