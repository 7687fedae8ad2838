//! What is no longer fresh and may still serve, and loads behind those whom it serves.

use std::sync::Arc;
use std::time::Duration;

use super::flight::Flight;
use super::join::Asker;
use super::shard::Shard;
use super::table::Position;
use super::{Effects, NearKey, Tier};
use crate::clock;
use crate::entry::AnyEntry;
use crate::generation::Validity;
use crate::name::Name;
use crate::policy::Freshness;

impl<K: NearKey> dyn Tier<K> {
    /// What is under a key for this asker, and what it is good for. A value that a store must confirm again is nothing.
    pub(crate) fn candidate(
        &self,
        hash: u64,
        key: &K,
        asker: Asker,
    ) -> Option<(Arc<dyn AnyEntry>, Freshness)> {
        let shard = self.shard(hash).read();
        let entry = shard.entries.get(shard.keys.find(hash, key)?)?;
        let freshness = self.judge(&entry);
        let may_serve = asker.takes(&*entry) && freshness != Freshness::Invalid;
        (may_serve && !entry.is_unconfirmed()).then(|| {
            entry.touch();
            (entry, freshness)
        })
    }

    /// Begins a flight of this key behind `there`, the value that serves meanwhile. `None` if one is under way, or if something
    /// else is there by now. A flight whose leader has run for longer than `limit` gets a second leader.
    pub(crate) fn lead_behind(
        &self,
        hash: u64,
        key: &K,
        asker: Asker,
        there: &Arc<dyn AnyEntry>,
        names: &[Name],
        limit: Duration,
    ) -> Option<Arc<Flight>> {
        let mut shard = self.shard(hash).write();
        let position = shard.keys.find(hash, key)?;
        if !Arc::ptr_eq(&shard.entries.get(position)?, there) {
            return None;
        }
        let pending = shard.pending.get(position);
        let passes = pending.and_then(|pending| pending.passes_until);
        if passes.is_some_and(|until| clock::now() < until) {
            return None;
        }
        if let Some(flight) = shard.pending.flight(position)
            && self.validity(&flight.generation) == Validity::Valid
        {
            let joins = flight.origin == asker.origin && flight.replace_stuck_leader(limit);
            return joins.then(|| flight.clone());
        }
        let flight = Flight::new(self.generation(names), asker.origin);
        shard.pending.at(position).flight = Some(flight.clone());
        Some(flight)
    }

    /// Keeps a stale value that a store has, where the load of this flight found it; tells whether the flight still has its key.
    /// A pause of the copy that was here goes on.
    pub(crate) fn keep_stale(
        &self,
        hash: u64,
        key: &K,
        flight: &Arc<Flight>,
        entry: &Arc<dyn AnyEntry>,
    ) -> bool {
        let mut effects = Effects::default();
        let mut shard = self.shard(hash).write();
        let position = shard.keys.find(hash, key);
        let Some(position) = position.filter(|at| has_flight(&shard, *at, flight)) else {
            return false;
        };
        if let Some(there) = shard.entries.meta(position) {
            entry.continue_pause_of(there);
        }
        if self.is_live(entry) && !self.keeps_nothing() {
            self.store(&mut shard, hash, key, entry, &mut effects);
        }
        drop(shard);
        self.settle(hash, key, effects);
        true
    }

    /// Puts another flight in the place of this one, if this one still has its key. Those who wait for the first are to be told.
    pub(crate) fn begin_again(
        &self,
        hash: u64,
        key: &K,
        flight: &Arc<Flight>,
        names: &[Name],
    ) -> Option<Arc<Flight>> {
        let mut shard = self.shard(hash).write();
        let position = shard.keys.find(hash, key)?;
        if !has_flight(&shard, position, flight) {
            return None;
        }
        let next = Flight::new(self.generation(names), flight.origin);
        shard.pending.at(position).flight = Some(next.clone());
        Some(next)
    }
}

fn has_flight<K>(shard: &Shard<K>, position: Position, flight: &Arc<Flight>) -> bool {
    let there = shard.pending.flight(position);
    there.is_some_and(|there| Arc::ptr_eq(there, flight))
}
