//! One load for all who want a key: who begins it, who joins it, and where its value goes.

use std::sync::Arc;

use super::flight::Flight;
use super::shard::Shard;
use super::table::{Position, ShortHash};
use super::{Effects, Tier, TierKey};
use crate::clock::{self, Moment};
use crate::entry::{AnyEntry, BY_HAND, Origin, ValueType};
use crate::generation::Validity;
use crate::name::Name;
use crate::sync::{AtomicBool, Ordering};

/// What a call that missed should do.
pub(crate) enum Join {
    /// Somebody has stored a value in the meantime.
    Found(Arc<dyn AnyEntry>),
    /// Load; the flight is ours to end.
    Lead(Arc<Flight>),
    /// Wait for this flight, and take what it brings unless it was closed already.
    Follow { flight: Arc<Flight>, closed: bool },
    /// Run the load alone: its outcome is known to be private to each caller.
    Alone,
}

/// Who asks for a value: what others have stored may not be for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) origin: Origin,
    /// The type of value that it can use, where a tier may hold others; `None`: any.
    pub(crate) wants: Option<ValueType>,
}

impl Asker {
    /// Somebody who asks by hand for a `T`.
    pub(crate) fn by_hand<T: 'static>() -> Self {
        Self {
            origin: BY_HAND,
            wants: Some(ValueType::of::<T>()),
        }
    }

    pub(super) fn takes(self, shard: &Shard, position: Position) -> bool {
        let fits = || {
            self.wants
                .is_none_or(|wants| shard.cells.value_type(position) == Some(wants))
        };
        let entry = shard.cells.entry(position);
        entry.is_some_and(|entry| self.origin.may_have(entry.origin())) && fits()
    }

    /// Whether a value is of a type that it can use.
    pub(crate) fn fits(self, entry: &dyn AnyEntry) -> bool {
        self.wants.is_none_or(|wants| entry.value_type() == wants)
    }
}

impl dyn Tier {
    /// Looks once more, joins the flight of this key or begins it, in one step. A flight whose load began before an
    /// invalidation that it would not survive is replaced.
    ///
    /// `names` are those that the load is known to depend on before it begins.
    pub(crate) fn join(&self, hash: u64, key: &TierKey, asker: Asker, names: &[Name]) -> Join {
        let core = self.core();
        if core.keeps_nothing() && !core.bounds.joins {
            return Join::Alone;
        }
        let mut shard = self.shard(hash).write();
        let position = shard.find(hash, key);
        if let Some(entry) =
            position.and_then(|position| self.usable_at(&mut shard, position, asker))
        {
            return Join::Found(entry);
        }
        if let Some(pending) = position.and_then(|position| shard.pending.get(position)) {
            if pending
                .passes_until
                .is_some_and(|until| clock::now() < until)
            {
                return Join::Alone;
            }
            if let Some(flight) = &pending.flight
                && core.validity(flight.generation.view()) == Validity::Valid
            {
                return if flight.origin == asker.origin {
                    Join::Follow {
                        flight: flight.clone(),
                        closed: flight.is_closed(),
                    }
                } else {
                    Join::Alone
                };
            }
        }
        let flight = Flight::new(core.generation(names), asker.origin);
        let position = shard.find_or_claim(hash, key);
        shard.pending.at(position).flight = Some(flight.clone());
        Join::Lead(flight)
    }

    /// What is under a key for this asker.
    pub(crate) fn usable(
        &self,
        hash: u64,
        key: &TierKey,
        asker: Asker,
    ) -> Option<Arc<dyn AnyEntry>> {
        let mut shard = self.shard_if_made(hash)?.write();
        let position = shard.find(hash, key)?;
        self.usable_at(&mut shard, position, asker)
    }

    fn usable_at(
        &self,
        shard: &mut Shard,
        position: Position,
        asker: Asker,
    ) -> Option<Arc<dyn AnyEntry>> {
        let entry = shard.cells.entry(position)?;
        if !asker.takes(shard, position) || !self.is_usable(entry) {
            return None;
        }
        entry.touch();
        shard.cells.move_out(position)
    }

    /// Ends a solo load with a value. It is stored if nobody has removed or set the key meanwhile, and if there is nothing to
    /// use from another such load. An older flight of the key is taken from it and given back: its followers may have the
    /// value.
    pub(crate) fn land_solo(
        &self,
        hash: u64,
        key: &TierKey,
        entry: &Arc<dyn AnyEntry>,
        stale: &AtomicBool,
    ) -> Option<Arc<Flight>> {
        let mut effects = Effects::default();
        let mut shard = self.shard(hash).write();
        if stale.load(Ordering::Relaxed) {
            entry.generation.kill();
            return None;
        }
        if !self.is_usable(entry.view()) {
            return None;
        }
        let position = shard.find(hash, key);
        let there = position.and_then(|position| shard.cells.entry(position));
        let is_free =
            there.is_none_or(|there| there.origin() != entry.origin || !self.is_usable(there));
        let older = position.and_then(|position| shard.pending.flight(position).cloned());
        let older = older.filter(|flight| {
            flight.origin == entry.origin && flight.generation.is_before(&entry.generation)
        });
        if let (Some(position), Some(_)) = (position, &older) {
            shard.pending.detach(position, None);
        }
        if is_free {
            self.store(&mut shard, hash, key, entry, &mut effects);
        }
        drop(shard);
        self.settle(hash, key, effects);
        older
    }

    /// Detaches a flight, and stores the value that it brought if the flight was still attached to its key and the value is live.
    pub(crate) fn land(
        &self,
        hash: u64,
        key: &TierKey,
        flight: &Arc<Flight>,
        entry: &Arc<dyn AnyEntry>,
    ) {
        let mut effects = Effects::default();
        let mut shard = self.shard(hash).write();
        let position = shard.find(hash, key);
        let is_attached =
            position.is_some_and(|position| shard.pending.detach(position, Some(flight)));
        let is_stored = is_attached && self.is_usable(entry.view());
        if is_stored {
            self.store(&mut shard, hash, key, entry, &mut effects);
        } else if let Some(position) = position {
            shard.release_if_empty(position);
        }
        if is_attached && let Some(cause) = self.end_of(entry.view()) {
            shard.deaths.note(ShortHash::of(hash), cause);
        }
        if !is_attached {
            entry.generation.kill();
        }
        drop(shard);
        self.settle(hash, key, effects);
    }

    /// Takes a flight from its key, if it is still there: what it brings will not be stored, and nobody joins it any more.
    pub(crate) fn detach(&self, hash: u64, key: &TierKey, flight: &Arc<Flight>) -> bool {
        let mut shard = self.shard(hash).write();
        let Some(position) = shard.find(hash, key) else {
            return false;
        };
        let is_detached = shard.pending.detach(position, Some(flight));
        shard.release_if_empty(position);
        is_detached
    }

    /// Closes a flight to those who join from here on, if it is still attached to its key.
    pub(crate) fn close(&self, hash: u64, key: &TierKey, flight: &Arc<Flight>) -> bool {
        let shard = self.shard(hash).write();
        let position = shard.find(hash, key);
        let there = position.and_then(|position| shard.pending.flight(position));
        let is_attached = there.is_some_and(|there| Arc::ptr_eq(there, flight));
        if is_attached {
            flight.close();
        }
        is_attached
    }

    /// How many loads are under way, of all keys.
    #[cfg(test)]
    pub(crate) fn under_way(&self) -> usize {
        let shards = 0..self.shards() as u64;
        let shards = shards.filter_map(|at| self.shard_if_made(at << 40));
        let shards = shards.map(|shard| shard.read().pending.under_way());
        shards.sum()
    }

    /// Remembers until `until` that loads of this key are private to each caller, so that they do not queue: hit-for-miss.
    pub(crate) fn pass(&self, hash: u64, key: &TierKey, until: Moment) {
        let mut shard = self.shard(hash).write();
        let position = shard.find_or_claim(hash, key);
        if let Some(emptied) = shard.pending.pass(position, until) {
            shard.release_if_empty(emptied);
        }
    }
}
