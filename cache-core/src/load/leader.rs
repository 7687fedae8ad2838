//! The one who loads, and how the load ends: for those who wait, in near and in the store.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::apart::Apart;
use super::wait::Permit;
use super::{Asked, How, Opened, Request};
use crate::clock::{self, Moment};
use crate::context::{self, Found, InLoad, Inside};
use crate::entry::{Entry, Holds};
use crate::far::{Kept, Lease};
use crate::flight::{Flight, Landing, SharedError};
use crate::marks::{Birth, Name};
use crate::policy::Life;
use crate::stats::Loading;

/// A load under way. Dropped before its end, it hands its flight over to those who wait.
pub(crate) struct Leader<'n, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    pub(super) request: Request<'n, K, V>,
    role: Role<'n, K, V>,
    /// The moment before the load began, under the names that were known then.
    birth: Birth,
    /// The right to write to the store behind, where there is one that answers.
    pub(super) lease: Option<Lease>,
    pub(super) begun: Moment,
    found: Arc<Found>,
    /// Counts the load from its first step on.
    loading: Option<Loading<'n>>,
}

/// What a load is good for.
enum Role<'n, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    /// The flight of the key, which ends for all who have joined it.
    Flight(Arc<Flight<V>>),
    /// Nobody joins it, and what it brings is kept if nothing else is there.
    Solo {
        apart: Apart<'n, K, V>,
        _permit: Option<Permit<'n>>,
    },
    /// What it brings replaces whatever is there.
    Refresh(Apart<'n, K, V>),
    /// What it brings was written elsewhere, and replaces all that was read.
    Put(Apart<'n, K, V>),
    /// What it brings is the caller's alone, and is not kept.
    Alone,
    /// The load has ended.
    Over,
}

impl<'n, K: Eq + Clone + 'static, V: ?Sized + 'static> Leader<'n, K, V> {
    fn new(request: Request<'n, K, V>, role: Role<'n, K, V>, birth: Birth) -> Self {
        Self {
            request,
            role,
            birth,
            lease: None,
            begun: clock::now(),
            found: Arc::default(),
            loading: None,
        }
    }

    pub(super) fn of_flight(request: Request<'n, K, V>, flight: Arc<Flight<V>>) -> Self {
        let birth = flight.birth.with(&[], None);
        Self::new(request, Role::Flight(flight), birth)
    }

    pub(super) fn solo(request: Request<'n, K, V>, _permit: Option<Permit<'n>>) -> Self {
        let apart = Apart::begin(&request);
        let birth = apart.birth().with(&[], None);
        Self::new(request, Role::Solo { apart, _permit }, birth)
    }

    /// A load of a new value, whatever is there; `puts` says that the load writes it elsewhere.
    pub(super) fn refresh(request: Request<'n, K, V>, puts: bool) -> Self {
        let apart = Apart::begin(&request);
        let birth = apart.birth().with(&[], None);
        let role = if puts {
            Role::Put(apart)
        } else {
            Role::Refresh(apart)
        };
        Self::new(request, role, birth)
    }

    /// A load that nobody else has a part in, from `begun` on.
    pub(super) fn alone(request: Request<'n, K, V>, birth: Birth, begun: Moment) -> Self {
        let mut leader = Self::new(request, Role::Alone, birth);
        leader.begun = begun;
        leader
    }

    /// Whether what is loaded is the caller's alone.
    pub(crate) fn is_alone(&self) -> bool {
        matches!(self.role, Role::Alone)
    }

    /// Marks what runs until the guard is dropped as part of the load: what decides about the value is, too.
    pub(crate) fn enter(&mut self) -> Inside {
        self.count();
        context::enter(self.flight(), &self.found)
    }

    /// Runs a future as the load.
    pub(crate) fn load<F: Future>(&mut self, load: F) -> InLoad<F> {
        self.count();
        InLoad::new(self.flight(), &self.found, load)
    }

    fn count(&mut self) {
        if self.loading.is_none() {
            self.loading = self.request.counters.map(|counters| counters.load());
        }
    }

    fn flight(&self) -> Option<usize> {
        match &self.role {
            Role::Flight(flight) => Some(flight.id()),
            _ => None,
        }
    }

    /// Tells the load that encloses this one, if there is one, what this one depends on: its own names, what it found, and
    /// names that only the value knows.
    pub(crate) fn tell(&self, of_value: &[Name]) {
        if !context::is_loading() {
            return;
        }
        let stamped = self.lease.as_ref().map(Lease::stamped);
        self.request.tell(&self.birth, stamped);
        context::depend(&self.found.read());
        if !of_value.is_empty() {
            let slots = self.request.near.slots(of_value.iter().copied());
            self.request.tell(&self.birth.renamed(slots), None);
        }
    }

    /// The entry of a loaded value, which is in no tier yet. `names` are those that only the value knows.
    pub(crate) fn entry<T>(
        &mut self,
        value: T,
        life: Life,
        weight: usize,
        names: &[Name],
    ) -> Arc<Entry<V>>
    where
        V: Holds<T>,
    {
        let birth = self
            .request
            .birth_of(&self.birth, &self.found, names, &mut self.lease);
        let entry = Entry::new(value, birth, life, self.request.origin, weight);
        entry.bind(self.found.bound());
        V::hold(match &self.lease {
            Some(lease) => entry.stamped(lease.stamped().into()),
            None => entry,
        })
    }

    /// Asks the store behind, unless it was asked already, and takes a lease of it if it has nothing of use.
    pub(super) async fn prepare(mut self, asked: Asked) -> Opened<'n, K, V> {
        let Some(behind) = self.request.behind else {
            return Opened::Run(self);
        };
        let birth = self.birth.renamed(Box::default());
        let asked = match asked {
            Asked::Saw(seen) if !seen.is_lease() => Asked::Saw(seen),
            Asked::InVain => Asked::InVain,
            // A lease that was seen before this load had its turn may have been replaced by a value since.
            Asked::NotYet | Asked::Saw(_) => match behind.look(&self.request, &birth).await {
                Ok(entry) => return self.adopt(entry).await,
                Err(unusable) => unusable,
            },
        };
        if let Asked::Saw(seen) = asked {
            match behind.lease(&self.request, seen, &birth).await {
                Ok(entry) => return self.adopt(entry).await,
                Err(lease) => self.lease = lease,
            }
        }
        self.begun = clock::now();
        Opened::Run(self)
    }

    /// Ends the load with what the store has.
    async fn adopt(self, entry: Arc<Entry<V>>) -> Opened<'n, K, V> {
        if self.request.near.keeps_nothing() {
            self.detach();
            let landing = self.asked_anew().await;
            self.land(landing.map_or(Landing::Gone, Landing::Value));
        } else {
            self.place(&entry);
            self.land(Landing::Value(entry.clone()));
        }
        Opened::Ready(entry, How::Hit)
    }

    /// What the store has now, for those who wait: they may have come after it was asked before. The flight was taken from its
    /// key already, so that nobody else comes.
    async fn asked_anew(&self) -> Option<Arc<Entry<V>>> {
        let behind = self.request.behind.as_ref()?;
        if !self.is_awaited() {
            return None;
        }
        let birth = self.request.near.birth(&[]);
        behind.look(&self.request, &birth).await.ok()
    }

    fn is_awaited(&self) -> bool {
        matches!(&self.role, Role::Flight(flight) if flight.is_awaited())
    }

    /// Ends the load with an entry that is kept while its life lasts and nothing that it depends on changes.
    pub(crate) async fn keep(self, entry: Arc<Entry<V>>) {
        match &self.role {
            Role::Flight(_) | Role::Solo { .. } => self.keep_shared(entry).await,
            Role::Refresh(_) | Role::Put(_) => self.replace(&entry).await,
            Role::Alone | Role::Over => self.land(Landing::Private),
        }
    }

    async fn keep_shared(self, entry: Arc<Entry<V>>) {
        let Request { near, behind, .. } = &self.request;
        let Some(behind) = behind else {
            self.place(&entry);
            return self.land_value(entry);
        };
        // Where near keeps nothing, the store is asked from here on whether the value is good: callers who come later wait
        // until it is written, and then ask the store.
        let alone = near.keeps_nothing();
        if alone && !self.close() {
            entry.birth.kill();
        }
        let lease = self.lease.as_ref();
        // Trouble with the store is counted there, and bounds how long the value is used here.
        let _ = behind.keep(&self.request, lease, &entry, self.begun).await;
        if !alone {
            self.place(&entry);
            return self.land_value(entry);
        }
        self.detach();
        if !near.is_live(&entry)
            && let Some(theirs) = self.asked_anew().await
        {
            // Another process was first: those who wait get what it has stored.
            Request::<K, V>::tell_bound(entry.bound());
            return self.land(Landing::Value(theirs));
        }
        self.land_value(entry);
    }

    /// Puts what was loaded in the place of whatever is there. What could not be put there is older than what was loaded: it
    /// is taken away.
    async fn replace(self, entry: &Arc<Entry<V>>) {
        if let Some(behind) = &self.request.behind {
            let lease = self.lease.as_ref();
            // Trouble with the store is counted there, and bounds how long the value is used here.
            let kept = behind.keep(&self.request, lease, entry, self.begun).await;
            if !matches!(kept, Ok(Kept::Good)) {
                // What fails is owed: the store is not asked again before it is gone.
                let _ = behind.remove(&self.request.key).await;
            }
        }
        Request::<K, V>::tell_bound(entry.bound());
        match &self.role {
            Role::Put(apart) => apart.put(entry),
            Role::Refresh(apart) if self.request.near.is_live(entry) => apart.replace(entry),
            Role::Refresh(apart) => apart.withdraw(),
            _ => {}
        }
    }

    /// Ends the load with an entry for those who wait, which is not kept. It depends on all that a kept one would: who waits
    /// does not take it after an invalidation, and passes on what it depends on.
    pub(crate) async fn share(self, entry: Arc<Entry<V>>) {
        match &self.role {
            Role::Flight(_) | Role::Solo { .. } => {}
            Role::Refresh(apart) | Role::Put(apart) => return self.take_away(apart).await,
            Role::Alone | Role::Over => return self.land(Landing::Private),
        }
        self.detach();
        if let Some(behind) = &self.request.behind {
            // Where every call must ask the store, those who wait cannot share what it has not confirmed.
            let must_ask = self.request.near.keeps_nothing() && self.is_awaited();
            let lease = self.lease.as_ref().filter(|_| must_ask);
            behind
                .confirm(&self.request, lease, &entry, self.begun)
                .await;
        }
        self.land_value(entry);
    }

    /// Takes away what is there: what was loaded is right, and is not to be kept.
    async fn take_away(&self, apart: &Apart<'n, K, V>) {
        if let Some(behind) = &self.request.behind {
            // What fails is owed: the store is not asked again before it is gone.
            let _ = behind.remove(&self.request.key).await;
        }
        Request::<K, V>::tell_bound(self.request.bound(self.begun));
        apart.withdraw();
    }

    /// [`take_away`](Self::take_away) for a value that a hand brings and that is not to be kept.
    pub(super) async fn leave_nothing(self) {
        if let Role::Refresh(apart) | Role::Put(apart) = &self.role {
            self.take_away(apart).await;
        }
    }

    /// Ends the load with an error, for all who wait if it can be shared.
    pub(crate) fn fail(self, error: Option<SharedError>) {
        Request::<K, V>::tell_bound(self.request.bound(self.begun));
        self.detach();
        self.land(error.map_or(Landing::Failed, Landing::Error));
    }

    /// Ends the load with an outcome that is the leader's alone, and remembers for `a_while` that calls of this key
    /// need not wait for each other.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "pages alone ask"))]
    pub(crate) fn refuse(self, a_while: Duration) {
        let Request {
            near, hash, key, ..
        } = &self.request;
        Request::<K, V>::tell_bound(self.request.bound(self.begun));
        near.pass(*hash, key, clock::now().after(a_while));
        self.detach();
        self.land(Landing::Private);
    }

    /// Puts an entry that was set by hand in the place of whatever is here.
    pub(super) fn put(&self, entry: &Arc<Entry<V>>) {
        if let Role::Refresh(apart) | Role::Put(apart) = &self.role {
            apart.put(entry);
        }
    }

    /// Ends the load with a value, of which the load that encloses this one, if there is one, makes its own.
    fn land_value(self, entry: Arc<Entry<V>>) {
        Request::<K, V>::tell_bound(entry.bound());
        self.land(Landing::Value(entry));
    }

    /// Keeps a value here, unless its key was removed or set meanwhile.
    fn place(&self, entry: &Arc<Entry<V>>) {
        let Request {
            near, hash, key, ..
        } = &self.request;
        match &self.role {
            Role::Flight(flight) => near.land(*hash, key, flight, entry),
            Role::Solo { apart, .. } => apart.add(entry),
            _ => {}
        }
    }

    /// Closes the flight to callers who join from here on; tells whether it still has its key.
    fn close(&self) -> bool {
        let Request {
            near, hash, key, ..
        } = &self.request;
        match &self.role {
            Role::Flight(flight) => near.close(*hash, key, flight),
            Role::Solo { apart, .. } => !apart.is_stale(),
            _ => true,
        }
    }

    /// Takes the flight from its key.
    fn detach(&self) {
        let Request {
            near, hash, key, ..
        } = &self.request;
        if let Role::Flight(flight) = &self.role {
            near.detach(*hash, key, flight);
        }
    }

    fn land(mut self, landing: Landing<V>) {
        if let Role::Flight(flight) = std::mem::replace(&mut self.role, Role::Over) {
            flight.land(landing);
        }
    }
}

impl<K: Eq + Clone + 'static, V: ?Sized + 'static> Drop for Leader<'_, K, V> {
    fn drop(&mut self) {
        let Role::Flight(flight) = &self.role else {
            return;
        };
        if !flight.leave() {
            return;
        }
        // Comparing keys may run code that is not ours: if that panics, those who wait must still be told.
        let _ = catch_unwind(AssertUnwindSafe(|| self.detach()));
        flight.land(if std::thread::panicking() {
            Landing::Panicked
        } else {
            Landing::Gone
        });
    }
}
