//! What is no longer fresh and may still serve, and loads behind those whom it serves.

use std::sync::Arc;
use std::time::Duration;

use super::flight::Flight;
use super::join::Asker;
use super::shard::Shard;
use super::table::{Position, ShortHash};
use super::{Effects, Tier, TierKey};
use crate::clock::{self, Moment};
use crate::entry::{AnyEntry, EntryRef, Meta};
use crate::generation::Validity;
use crate::name::Name;
use crate::policy::RefreshPlan;
use crate::sync::Ordering;

impl dyn Tier {
    /// What is under a key for this asker and was not invalidated; a store may have to confirm it before it serves. To ask for it
    /// is not to use it.
    pub(crate) fn candidate(
        &self,
        hash: u64,
        key: &TierKey,
        asker: Asker,
    ) -> Option<Arc<dyn AnyEntry>> {
        let mut shard = self.shard_if_made(hash)?.write();
        let position = shard.find(hash, key)?;
        let is_live = self.is_live(shard.cells.entry(position)?);
        (is_live && asker.takes(&shard, position)).then(|| shard.cells.move_out(position))?
    }

    /// What the loads of a key have taught. That it is asked for counts as a use of what is there, until that ends.
    pub(crate) fn learnt(&self, hash: u64, key: &TierKey) -> RefreshPlan {
        let Some(shard) = self.shard_if_made(hash) else {
            return RefreshPlan::NONE;
        };
        let shard = shard.read();
        let position = shard.find(hash, key);
        let Some(entry) = position.and_then(|position| shard.cells.entry(position)) else {
            return RefreshPlan::NONE;
        };
        if clock::now() < entry.life().end() {
            entry.touch();
        }
        entry.plan()
    }

    /// Whether an invalidation has left a key without a value, and nobody loads one. A key whose value is gone for another reason, such
    /// as its eviction, counts only if the tier was cleared after `since`.
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "pages that are kept warm alone ask")
    )]
    pub(crate) fn lacks_after_mark(&self, hash: u64, key: &TierKey, since: u64) -> bool {
        let was_cleared = self.cleared.load(Ordering::Relaxed) > since;
        let Some(shard) = self.shard_if_made(hash) else {
            return was_cleared;
        };
        let shard = shard.read();
        let Some(position) = shard.find(hash, key) else {
            return was_cleared;
        };
        let is_valid = |generation| self.validity(generation) == Validity::Valid;
        let flight = shard.pending.flight(position);
        if flight.is_some_and(|flight| is_valid(flight.generation.view())) {
            return false;
        }
        match shard.cells.entry(position) {
            Some(there) => !is_valid(there.generation()),
            None => was_cleared,
        }
    }

    /// Begins a flight of this key behind `there`, the value that serves meanwhile. `None` if one is under way, or if something
    /// else is there by now. A flight whose leader has run for longer than `limit` gets a second leader.
    pub(crate) fn lead_behind(
        &self,
        hash: u64,
        key: &TierKey,
        asker: Asker,
        there: &Arc<dyn AnyEntry>,
        names: &[Name],
        limit: Duration,
    ) -> Option<Arc<Flight>> {
        let mut shard = self.shard(hash).write();
        let position = shard.find(hash, key)?;
        let found = shard.cells.entry(position).and_then(EntryRef::whole);
        if !found.is_some_and(|found| std::ptr::eq(found, there.meta())) {
            return None;
        }
        let pending = shard.pending.get(position);
        let passes = pending.and_then(|pending| pending.passes_until);
        if passes.is_some_and(|until| clock::now() < until) {
            return None;
        }
        if let Some(flight) = shard.pending.flight(position)
            && self.validity(flight.generation.view()) == Validity::Valid
        {
            let joins = flight.origin == asker.origin && flight.replace_stuck_leader(limit);
            return joins.then(|| flight.clone());
        }
        let flight = Flight::new(self.generation(names), asker.origin);
        shard.pending.at(position).flight = Some(flight.clone());
        Some(flight)
    }

    /// Kills an entry that may still lie here: it is no value any more, and nor is its copy.
    pub(crate) fn kill(&self, hash: u64, entry: &Meta) {
        entry.generation.kill();
        self.end_copy_of(hash, entry);
    }

    /// Look-ups of an entry that may still lie here are to look closer from another moment on, which may be earlier: its copy goes by the
    /// former.
    pub(crate) fn due_at(&self, hash: u64, entry: &Meta, due: Moment) {
        entry.due_at(due);
        self.end_copy_of(hash, entry);
    }

    /// Who has copied the entry has unlocked its shard by now, and who comes later finds it as it is.
    fn end_copy_of(&self, hash: u64, entry: &Meta) {
        if let Some(shard) = self.shard_if_made(hash) {
            let _locked = shard.write();
            self.end_copy(entry.view(), ShortHash::of(hash));
        }
    }

    /// Keeps a stale value that a store has, where the load of this flight found it; tells whether the flight still has its key.
    /// A pause of the copy that was here goes on.
    pub(crate) fn keep_stale(
        &self,
        hash: u64,
        key: &TierKey,
        flight: &Arc<Flight>,
        entry: &Arc<dyn AnyEntry>,
    ) -> bool {
        let mut effects = Effects::default();
        let mut shard = self.shard(hash).write();
        let position = shard.find(hash, key);
        let Some(position) = position.filter(|at| has_flight(&shard, *at, flight)) else {
            return false;
        };
        let there = shard.cells.entry(position).and_then(EntryRef::whole);
        if let Some(there) = there {
            entry.continue_pause_of(there);
        }
        if self.is_live(entry.view()) && !self.keeps_nothing() {
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
        key: &TierKey,
        flight: &Arc<Flight>,
        names: &[Name],
    ) -> Option<Arc<Flight>> {
        let mut shard = self.shard(hash).write();
        let position = shard.find(hash, key)?;
        if !has_flight(&shard, position, flight) {
            return None;
        }
        let next = Flight::new(self.generation(names), flight.origin);
        shard.pending.at(position).flight = Some(next.clone());
        Some(next)
    }
}

fn has_flight(shard: &Shard, position: Position, flight: &Arc<Flight>) -> bool {
    let there = shard.pending.flight(position);
    there.is_some_and(|there| Arc::ptr_eq(there, flight))
}
