//! The loads under way: one for all who want a key.

use std::sync::Arc;

use super::shard::{Held, Shard, Slot};
use super::{Leaving, Near};
use crate::clock::{self, Moment};
use crate::entry::{BY_HAND, Entry, Origin};
use crate::flight::Flight;
use crate::generation::Validity;
use crate::name::Name;
use crate::sync::{AtomicBool, Ordering};

/// What a call that missed should do.
pub(crate) enum Join<V: ?Sized> {
    /// Somebody has stored a value in the meantime.
    Found(Arc<Entry<V>>),
    /// Load; the flight is ours to end.
    Lead(Arc<Flight<V>>),
    /// Wait for this flight, and take what it brings unless it was closed already.
    Follow {
        flight: Arc<Flight<V>>,
        closed: bool,
    },
    /// Run the load alone: its outcome is known to be private to each caller.
    Alone,
}

impl<K: Eq + Clone + 'static, V: ?Sized> Near<K, V> {
    /// Looks once more, joins the flight of this key or begins it, in one step. A flight whose load began before an
    /// invalidation that it would not survive is replaced.
    ///
    /// `names` are those that the load is known to depend on before it begins.
    pub(crate) fn join(
        &self,
        hash: u64,
        key: &K,
        origin: Origin,
        names: &[Name],
        fits: fn(&V) -> bool,
    ) -> Join<V> {
        if self.keeps_nothing() && !self.bounds.joins {
            return Join::Alone;
        }
        let mut shard = self.lane(hash).write();
        let slot = Held::new(hash, key);
        if let Some(entry) = self.usable_in(&shard, &slot, origin, fits) {
            return Join::Found(entry);
        }
        if shard
            .passes
            .peek(slot.lookup())
            .is_some_and(|until| clock::now() < *until)
        {
            return Join::Alone;
        }
        if let Some(flight) = shard.flights.peek(slot.lookup())
            && flight.generation.validity(self.marks, &self.cleared) == Validity::Valid
        {
            return if flight.origin == origin {
                Join::Follow {
                    flight: flight.clone(),
                    closed: flight.is_closed(),
                }
            } else {
                Join::Alone
            };
        }
        let flight = Flight::new(self.generation(names), origin);
        shard
            .flights
            .put(Slot::new(hash, key.clone()), flight.clone());
        Join::Lead(flight)
    }

    /// What is under a key for callers of this origin.
    pub(crate) fn usable(
        &self,
        hash: u64,
        key: &K,
        origin: Origin,
        fits: fn(&V) -> bool,
    ) -> Option<Arc<Entry<V>>> {
        let shard = self.lane(hash).read();
        self.usable_in(&shard, &Held::new(hash, key), origin, fits)
    }

    fn usable_in(
        &self,
        shard: &Shard<K, V>,
        slot: &Held<'_, K>,
        origin: Origin,
        fits: fn(&V) -> bool,
    ) -> Option<Arc<Entry<V>>> {
        let entry = shard.entries.peek(slot.lookup())?;
        let is_ours = entry.origin == origin || entry.origin == BY_HAND;
        let is_usable = is_ours && fits(entry.value()) && self.is_usable(entry);
        is_usable.then(|| {
            entry.touch();
            entry.clone()
        })
    }

    /// Ends a load outside of any flight with a value. It is stored if nobody has removed or set the key meanwhile, and if
    /// there is nothing to use from another such load. An older flight of the key is taken from it and given back: its
    /// followers may have the value.
    pub(crate) fn land_alone(
        &self,
        hash: u64,
        key: &K,
        entry: &Arc<Entry<V>>,
        stale: &AtomicBool,
    ) -> Option<Arc<Flight<V>>> {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        if stale.load(Ordering::Relaxed) {
            entry.generation.kill();
            return None;
        }
        if !self.is_usable(entry) {
            return None;
        }
        let slot = Held::new(hash, key);
        let there = shard.entries.peek(slot.lookup());
        let placed =
            there.is_none_or(|there| there.origin != entry.origin || !self.is_usable(there));
        if placed {
            self.place(&mut shard, hash, key, entry, &mut leaving);
        }
        let older = shard.flights.peek(slot.lookup());
        let older = older
            .filter(|flight| {
                flight.origin == entry.origin && flight.generation.is_before(&entry.generation)
            })
            .cloned();
        if older.is_some() {
            shard.detach(hash, key, None);
        }
        drop(shard);
        self.settle(hash, leaving);
        if placed {
            Self::tell_stored(key);
        }
        older
    }

    /// Ends a flight with a value. It is stored if the flight is still attached to its key and the value still live.
    pub(crate) fn land(&self, hash: u64, key: &K, flight: &Arc<Flight<V>>, entry: &Arc<Entry<V>>) {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        let mut placed = false;
        if !shard.detach(hash, key, Some(flight)) {
            entry.generation.kill();
        } else if self.is_usable(entry) {
            self.place(&mut shard, hash, key, entry, &mut leaving);
            placed = true;
        }
        drop(shard);
        self.settle(hash, leaving);
        if placed {
            Self::tell_stored(key);
        }
    }

    /// Takes a flight from its key, if it is still there: what it brings will not be stored, and nobody joins it any more.
    pub(crate) fn detach(&self, hash: u64, key: &K, flight: &Arc<Flight<V>>) -> bool {
        self.lane(hash).write().detach(hash, key, Some(flight))
    }

    /// Closes a flight to those who join from here on, if it is still attached to its key.
    pub(crate) fn close(&self, hash: u64, key: &K, flight: &Arc<Flight<V>>) -> bool {
        let shard = self.lane(hash).write();
        let there = shard.flights.peek(Held::new(hash, key).lookup());
        let is_attached = there.is_some_and(|there| Arc::ptr_eq(there, flight));
        if is_attached {
            flight.close();
        }
        is_attached
    }

    /// Changes what is under the key in one step: `change` sees what may be used, and gives what is to stand there instead;
    /// `None`: what is there stays.
    pub(crate) fn modify(
        &self,
        hash: u64,
        key: &K,
        change: impl FnOnce(Option<&Arc<Entry<V>>>) -> Option<Arc<Entry<V>>>,
    ) -> bool {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        let slot = Held::new(hash, key);
        let there = shard.entries.peek(slot.lookup());
        let Some(entry) = change(there.filter(|there| self.is_usable(there))) else {
            return false;
        };
        shard.forget(slot.lookup());
        self.place(&mut shard, hash, key, &entry, &mut leaving);
        drop(shard);
        self.settle(hash, leaving);
        Self::tell_stored(key);
        true
    }

    /// Remembers until `until` that loads of this key are private to each caller, so that they do not queue.
    pub(crate) fn pass(&self, hash: u64, key: &K, until: Moment) {
        self.lane(hash)
            .write()
            .passes
            .put(Slot::new(hash, key.clone()), until);
    }
}
