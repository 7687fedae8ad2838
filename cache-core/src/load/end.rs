//! How a load ends: for those who wait, in near and in the store.

use std::sync::Arc;
use std::time::Duration;

use super::intent::WriteIntent;
use super::leader::{Leader, Role};
use super::request::LoadRequest;
use crate::clock;
use crate::entry::AnyEntry;
use crate::far::WriteOutcome;
use crate::near::{FlightResult, SharedError};
use crate::rule::{self, Rule};

impl<'n> Leader<'n> {
    /// Ends the load with an entry that is kept while its life lasts and nothing that it depends on changes. What is made of
    /// something stale is not kept.
    pub(crate) async fn keep(self: Box<Self>, entry: Arc<dyn AnyEntry>) {
        match &self.role {
            _ if !rule::holds(Rule::StaleIsNotKept, !entry.is_tainted()) => {
                self.note_refusal("made-of-stale");
                self.share(entry).await;
            }
            Role::Flight(_) | Role::Solo { .. } => self.keep_shared(entry).await,
            Role::Refresh(_) | Role::Put(_) => self.replace(&entry).await,
            Role::Alone(_) => self.land(FlightResult::Private),
        }
    }

    async fn keep_shared(mut self: Box<Self>, entry: Arc<dyn AnyEntry>) {
        let (near, backing) = (self.request.near, self.request.backing);
        let Some(backing) = backing else {
            self.place(&entry);
            return self.land_value(entry);
        };
        // Where near keeps nothing, the store is asked from here on whether the value is good: callers who come later wait
        // until it is written, and then ask the store.
        let alone = near.keeps_nothing();
        if alone && !self.close() {
            entry.generation.kill();
        }
        let lease = self.lease.as_ref();
        // Trouble with the store is counted there, and bounds how long the value is used here.
        let kept = backing.keep(&self.request, lease, &entry, self.begun).await;
        self.unlock(kept.as_ref().ok());
        if !alone {
            self.place(&entry);
            return self.land_value(entry);
        }
        self.detach();
        if !near.is_live(entry.view())
            && let Some(theirs) = self.asked_anew().await
        {
            // Another process was first: those who wait get what it has stored.
            LoadRequest::tell_bound(entry.bound());
            return self.land(FlightResult::Value(theirs));
        }
        self.land_value(entry);
    }

    /// Puts what was loaded in the place of whatever is there. What could not be put there is older than what was loaded: it
    /// is taken away.
    async fn replace(self: Box<Self>, entry: &Arc<dyn AnyEntry>) {
        if let Some(backing) = &self.request.backing {
            let lease = self.lease.as_ref();
            // Trouble with the store is counted there, and bounds how long the value is used here.
            let kept = backing.keep(&self.request, lease, entry, self.begun).await;
            if !kept.as_ref().is_ok_and(WriteOutcome::is_good) {
                // If it fails it is undelivered: the store is not asked again before it is gone.
                let _ = backing.remove(&self.request.key).await;
            }
        }
        LoadRequest::tell_bound(entry.bound());
        match &self.role {
            Role::Put(intent) => intent.put(entry),
            Role::Refresh(intent) if self.request.near.is_live(entry.view()) => {
                intent.replace(entry);
            }
            Role::Refresh(intent) => intent.withdraw(),
            _ => {}
        }
    }

    /// What the store has now, for those who wait: they may have come after it was asked before. The flight was taken from its
    /// key already, so that nobody else comes.
    pub(super) async fn asked_anew(&self) -> Option<Arc<dyn AnyEntry>> {
        let backing = self.request.backing.as_ref()?;
        if !self.is_awaited() {
            return None;
        }
        let generation = self.request.near.generation(&[]);
        backing.look(&self.request, &generation).await.ok()
    }

    fn is_awaited(&self) -> bool {
        matches!(&self.role, Role::Flight(flight) if flight.is_awaited())
    }

    /// Ends the load with an entry for those who wait, which is not kept. It depends on all that a kept one would: who waits
    /// does not take it after an invalidation, and passes on what it depends on.
    pub(crate) async fn share(mut self: Box<Self>, entry: Arc<dyn AnyEntry>) {
        match &self.role {
            Role::Flight(_) | Role::Solo { .. } if entry.is_tainted() => self.request.pause(),
            Role::Flight(_) | Role::Solo { .. } => self.end_stale().await,
            Role::Refresh(intent) | Role::Put(intent) => return self.take_away(intent).await,
            Role::Alone(_) => return self.land(FlightResult::Private),
        }
        self.unlock_without_value();
        self.detach();
        if let Some(backing) = &self.request.backing {
            // Where every call must ask the store, those who wait cannot share what it has not confirmed.
            let must_ask = self.request.near.keeps_nothing() && self.is_awaited();
            let lease = self.lease.as_ref().filter(|_| must_ask);
            backing
                .confirm(&self.request, lease, &entry, self.begun)
                .await;
        }
        self.land_value(entry);
    }

    /// Takes away the stale value that was to serve meanwhile: what was loaded is right, and is not to be kept.
    pub(crate) async fn end_stale(&self) {
        let Some(stale) = self.request.stale() else {
            return;
        };
        self.request.near.kill(self.request.hash, &stale);
        if let Some(backing) = &self.request.backing {
            // What fails is owed: the store is not asked again before it is gone.
            let _ = backing.remove(&self.request.key).await;
        }
    }

    /// Takes away what is there: what was loaded is right, and is not to be kept.
    async fn take_away(&self, intent: &WriteIntent<'n>) {
        if let Some(backing) = &self.request.backing {
            // If it fails it is undelivered: the store is not asked again before it is gone.
            let _ = backing.remove(&self.request.key).await;
        }
        LoadRequest::tell_bound(self.request.bound(self.begun));
        intent.withdraw();
    }

    /// [`take_away`](Self::take_away) for a value that a hand brings and that is not to be kept.
    pub(super) async fn leave_nothing(self: Box<Self>) {
        if let Role::Refresh(intent) | Role::Put(intent) = &self.role {
            self.take_away(intent).await;
        }
    }

    /// Ends the load with an error, for all who wait if it can be shared.
    pub(crate) fn fail(mut self: Box<Self>, error: Option<SharedError>) {
        self.unlock_without_value();
        self.request.pause();
        LoadRequest::tell_bound(self.request.bound(self.begun));
        self.detach();
        self.land(error.map_or(FlightResult::Failed, FlightResult::Error));
    }

    /// Ends the load with an outcome that is the leader's alone, and remembers for `a_while` that calls of this key
    /// need not wait for each other.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "pages alone ask"))]
    pub(crate) async fn refuse(mut self: Box<Self>, a_while: Duration) {
        let is_spared = self.request.patience.is_none();
        if let Role::Refresh(intent) | Role::Put(intent) = &self.role
            && !is_spared
        {
            return self.take_away(intent).await;
        }
        self.end_stale().await;
        self.unlock_without_value();
        let LoadRequest {
            near, hash, key, ..
        } = &*self.request;
        LoadRequest::tell_bound(self.request.bound(self.begun));
        near.pass(*hash, key, clock::now().after(a_while));
        self.detach();
        self.land(FlightResult::Private);
    }

    /// Puts an entry that was set by hand in the place of whatever is here.
    pub(super) fn put(&self, entry: &Arc<dyn AnyEntry>) {
        if let Role::Refresh(intent) | Role::Put(intent) = &self.role {
            intent.put(entry);
        }
    }

    /// Ends the load with a value, of which the load that encloses this one, if there is one, makes its own.
    fn land_value(self: Box<Self>, entry: Arc<dyn AnyEntry>) {
        LoadRequest::tell_bound(entry.bound());
        self.land(FlightResult::Value(entry));
    }

    /// Keeps a value here, unless its key was removed or set meanwhile.
    pub(super) fn place(&self, entry: &Arc<dyn AnyEntry>) {
        self.request.note_variant(entry.life());
        let LoadRequest {
            near, hash, key, ..
        } = &*self.request;
        match &self.role {
            Role::Flight(flight) => near.land(*hash, key, flight, entry),
            Role::Solo { intent, .. } => intent.add(entry),
            _ => {}
        }
    }

    /// Closes the flight to callers who join from here on; tells whether it still has its key.
    fn close(&self) -> bool {
        let LoadRequest {
            near, hash, key, ..
        } = &*self.request;
        match &self.role {
            Role::Flight(flight) => near.close(*hash, key, flight),
            Role::Solo { intent, .. } => !intent.is_stale(),
            _ => true,
        }
    }

    pub(super) fn land(mut self: Box<Self>, landing: FlightResult) {
        self.landed = true;
        if let Role::Flight(flight) = &self.role {
            flight.land(landing);
        }
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::near::{Asker, CopiedEntry};
    use crate::policy::Staleness;
    use crate::wait::block_on;

    /// A load behind an entry that has a copy.
    fn behind(world: &CopiedEntry) -> Box<Leader<'_>> {
        let (near, asker) = (&world.near, Asker::by_hand::<u64>());
        let (hash, key) = (near.hash(&world.key), near.key(&world.key));
        let mut request = LoadRequest::new(near, hash, key, asker, Box::default());
        request.follow(Staleness::NONE);
        request.fall_back_on(world.entry().expect("it is there"));
        assert!(world.is_copied());
        Leader::solo(request, None)
    }

    /// What it was loaded for is right, and is not to be kept: nobody gets the old value, which is still there.
    #[test]
    fn a_stale_value_that_has_ended_has_no_copy() {
        let world = CopiedEntry::new();
        block_on(behind(&world).end_stale());
        assert!(!world.is_copied());
    }

    /// While it ran, others who looked the value up need not look closer, and may have copied it until the end of its life.
    #[test]
    fn a_value_whose_load_behind_has_failed_is_due_again_for_its_copy_too() {
        let ends: [fn(Box<Leader<'_>>); 2] =
            [|load| load.fail(None), |load| load.request.due_again()];
        for end in ends {
            let world = CopiedEntry::new();
            end(behind(&world));
            assert!(!world.is_copied());
        }
    }
}
