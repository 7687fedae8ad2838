//! A value that is on its way to a key outside of the key's flight.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::request::LoadRequest;
use crate::entry::AnyEntry;
use crate::generation::Generation;
use crate::near::{FlightResult, Tier, TierKey};
use crate::sync::{AtomicBool, Ordering};

/// Says, while it lives, that a value for a key is on its way: whoever removes or sets the key makes it unwanted.
pub(super) struct WriteIntent<'n> {
    near: &'n dyn Tier,
    hash: u64,
    key: TierKey,
    stale: Arc<AtomicBool>,
    /// The moment from which on the value counts as new.
    generation: Generation,
}

impl<'n> WriteIntent<'n> {
    pub(super) fn begin(request: &LoadRequest<'n>) -> Self {
        let LoadRequest {
            near, hash, key, ..
        } = request;
        let stale = near.begin_refresh(*hash, key);
        Self {
            near: *near,
            hash: *hash,
            key: key.clone(),
            stale,
            generation: near.generation(&request.names),
        }
    }

    pub(super) fn generation(&self) -> &Generation {
        &self.generation
    }

    /// The intent of a load that has begun at this moment already: its value counts as new from then on.
    pub(super) fn since(request: &LoadRequest<'n>, begun: &Generation) -> Self {
        let slots = request.near.slots(request.own_names());
        let mut intent = Self::begin(request);
        intent.generation = begun.renamed(slots);
        intent
    }

    /// Whether the key was removed or set by somebody else.
    pub(super) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Relaxed)
    }

    /// Puts an entry in the place of whatever is there, unless it is no longer good or wanted.
    pub(super) fn replace(&self, entry: &Arc<dyn AnyEntry>) {
        self.near.replace(self.hash, &self.key, entry, &self.stale);
    }

    /// Puts what was written elsewhere in the place of whatever is there, and takes away all that is under way.
    pub(super) fn put(&self, entry: &Arc<dyn AnyEntry>) {
        self.near.put(self.hash, &self.key, entry, &self.stale);
    }

    /// Keeps an entry if nothing else is there, and gives it to those who wait for an older load.
    pub(super) fn add(&self, entry: &Arc<dyn AnyEntry>) {
        let older = self
            .near
            .land_solo(self.hash, &self.key, entry, &self.stale);
        if let Some(older) = older {
            older.land(FlightResult::Value(entry.clone()));
        }
    }

    /// Takes away what is there, unless it is younger.
    pub(super) fn withdraw(&self) {
        self.near
            .withdraw(self.hash, &self.key, self.generation(), &self.stale);
    }
}

impl Drop for WriteIntent<'_> {
    fn drop(&mut self) {
        let stale = std::mem::take(&mut self.stale);
        // Comparing keys may run code that is not ours, and this may be the end of a panic already.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            self.near.end_refresh(self.hash, &self.key, stale);
        }));
    }
}
