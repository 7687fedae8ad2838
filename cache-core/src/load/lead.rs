//! The one who loads: ends the flight, or leaves it to the others. One who loads outside of any flight that others join has one
//! for itself.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::wait::Permit;
use super::{Asked, Came, Miss, Refresh, Turn};
use crate::clock::{self, Moment};
use crate::context::{self, Found, InLoad, Inside};
use crate::entry::{Entry, Holds};
use crate::far::Lease;
use crate::flight::{Flight, Landing, SharedError};
use crate::marks::{Birth, Name};
use crate::policy::Life;

/// The right, and the duty, to end a flight. Dropped before its end, it hands the key over to those who wait.
pub(crate) struct Lead<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    miss: &'m Miss<'m, K, V>,
    flight: Arc<Flight<V>>,
    /// The right to write to the store behind, where there is one that answers.
    lease: Option<Lease>,
    begun: Moment,
    found: Arc<Found>,
    landed: bool,
    solo: Option<Solo<'m, K, V>>,
}

/// What a load has that nobody else joins: it ends as a refresh does, and gives its place to the next when it is dropped.
struct Solo<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    refresh: Refresh<'m, K, V>,
    _permit: Option<Permit<'m>>,
}

impl<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> Lead<'m, K, V> {
    pub(super) fn new(miss: &'m Miss<'_, K, V>, flight: Arc<Flight<V>>) -> Self {
        Self {
            miss,
            flight,
            lease: None,
            begun: clock::now(),
            found: Arc::default(),
            landed: false,
            solo: None,
        }
    }

    /// A load outside of any flight that others join.
    pub(super) fn solo(miss: &'m Miss<'_, K, V>, permit: Option<Permit<'m>>) -> Self {
        let refresh = Refresh::of(miss);
        let birth = miss.near.birth(&miss.names);
        let mut lead = Self::new(miss, Flight::new(birth, miss.origin));
        lead.solo = Some(Solo {
            refresh,
            _permit: permit,
        });
        lead
    }

    /// Asks the store behind, unless it was asked already, and takes a lease of it if it has nothing of use.
    pub(super) async fn prepare(mut self, asked: Asked) -> Turn<'m, K, V> {
        let miss = self.miss;
        let Some(behind) = &miss.behind else {
            return Turn::Lead(self);
        };
        let birth = || self.flight.birth.renamed(Box::default());
        let asked = match asked {
            Asked::Saw(seen) if !seen.is_lease() => Asked::Saw(seen),
            Asked::InVain => Asked::InVain,
            // A lease that was seen before this load had its turn may have been replaced by a value since.
            Asked::NotYet | Asked::Saw(_) => match behind.look(miss, &birth()).await {
                Ok(entry) => return self.adopt(entry).await,
                Err(unusable) => unusable,
            },
        };
        if let Asked::Saw(seen) = asked {
            match behind.lease(miss, seen, &birth()).await {
                Ok(entry) => return self.adopt(entry).await,
                Err(lease) => self.lease = lease,
            }
        }
        self.begun = clock::now();
        Turn::Lead(self)
    }

    /// Ends the flight with what the store has.
    async fn adopt(self, entry: Arc<Entry<V>>) -> Turn<'m, K, V> {
        if self.miss.near.keeps_nothing() {
            self.detach();
            let landing = self
                .asked_anew()
                .await
                .map_or(Landing::Gone, Landing::Value);
            self.land(landing);
        } else {
            self.place(&entry);
            self.land(Landing::Value(entry.clone()));
        }
        Turn::Ready(entry, Came::Kept)
    }

    /// What the store has now, for those who wait: they may have come after it was asked before. The flight was taken from its
    /// key already, so that nobody else comes.
    async fn asked_anew(&self) -> Option<Arc<Entry<V>>> {
        let behind = self.miss.behind.as_ref()?;
        if !self.flight.is_awaited() {
            return None;
        }
        behind.look(self.miss, &self.miss.birth()).await.ok()
    }

    /// Marks what runs until the guard is dropped as part of the load: what decides about the value is, too.
    fn enter(&self) -> Inside {
        context::enter(Some(self.flight.id()), &self.found)
    }

    /// Runs a future as the load of this flight.
    pub(crate) fn load<F: Future>(&self, load: F) -> InLoad<F> {
        InLoad::new(Some(self.flight.id()), &self.found, load)
    }

    /// Runs a function as the load of this flight.
    pub(crate) fn run<R>(&self, load: impl FnOnce() -> R) -> R {
        let _inside = self.enter();
        load()
    }

    /// The moment before the load began.
    pub(crate) fn birth(&self) -> Birth {
        self.flight.birth.renamed(Box::default())
    }

    /// Tells the load that encloses this one, if there is one, what this one depends on: its own names, and what it found.
    pub(crate) fn tell(&self) {
        if context::is_loading() {
            let stamped = self.lease.as_ref().map(Lease::stamped);
            self.miss.tell(&self.flight.birth, stamped);
            context::depend(&self.found.read());
        }
    }

    /// Ends the flight with a value that is kept while `life` lasts and nothing that it depends on changes.
    ///
    /// `names` are those that only the value knows.
    pub(crate) async fn keep<T>(
        mut self,
        value: T,
        life: Life,
        weight: usize,
        names: &[Name],
    ) -> Arc<Entry<V>>
    where
        V: Holds<T>,
    {
        let birth = self
            .miss
            .birth_of(&self.flight.birth, &self.found, names, &mut self.lease);
        let Miss { near, behind, .. } = self.miss;
        let entry = self.entry(value, birth, life, weight);
        let Some(behind) = behind else {
            self.place(&entry);
            self.land_value(&entry);
            return entry;
        };
        // Where near keeps nothing, the store is asked from here on whether the value is good: callers who come later wait
        // until it is written, and then ask the store.
        let alone = near.keeps_nothing();
        if alone && !self.close() {
            entry.birth.kill();
        }
        let lease = self.lease.as_ref();
        // Trouble with the store is counted there, and bounds how long the value is used here.
        let _ = behind.keep(self.miss, lease, &entry, self.begun).await;
        if !alone {
            self.place(&entry);
            self.land_value(&entry);
            return entry;
        }
        self.detach();
        if !near.is_live(&entry)
            && let Some(theirs) = self.asked_anew().await
        {
            // Another process was first: those who wait get what it has stored.
            Miss::<K, V>::tell_bound(entry.bound());
            self.land(Landing::Value(theirs));
            return entry;
        }
        self.land_value(&entry);
        entry
    }

    /// Ends the flight with a value for those who wait, which is not kept. It depends on all that a kept one would: who waits
    /// does not take it after an invalidation, and passes on what it depends on.
    pub(crate) async fn share<T>(mut self, value: T, names: &[Name])
    where
        V: Holds<T>,
    {
        let flight = &self.flight.birth;
        let birth = self
            .miss
            .birth_of(flight, &self.found, names, &mut self.lease);
        let entry = self.entry(value, birth, Life::new(clock::now(), None), 0);
        self.detach();
        if let Some(behind) = &self.miss.behind {
            // Where every call must ask the store, those who wait cannot share what it has not confirmed.
            let lease = self.lease.as_ref();
            let lease =
                lease.filter(|_| self.miss.near.keeps_nothing() && self.flight.is_awaited());
            behind.confirm(self.miss, lease, &entry, self.begun).await;
        }
        self.land_value(&entry);
    }

    /// Ends the flight with an error, for all who wait if it can be shared.
    pub(crate) fn fail(self, error: Option<SharedError>) {
        Miss::<K, V>::tell_bound(self.miss.bound(self.begun));
        self.detach();
        self.land(error.map_or(Landing::Failed, Landing::Error));
    }

    /// Ends the flight with an outcome that is the leader's alone, and remembers for `a_while` that calls of this key
    /// need not wait for each other.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "pages alone ask"))]
    pub(crate) fn refuse(self, a_while: Duration) {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        Miss::<K, V>::tell_bound(self.miss.bound(self.begun));
        near.pass(*hash, key, clock::now().after(a_while));
        self.detach();
        self.land(Landing::Private);
    }

    fn entry<T>(&self, value: T, birth: Birth, life: Life, weight: usize) -> Arc<Entry<V>>
    where
        V: Holds<T>,
    {
        let entry = Entry::new(value, birth, life, self.flight.origin, weight);
        entry.bind(self.found.bound());
        V::hold(match &self.lease {
            Some(lease) => entry.stamped(lease.stamped().into()),
            None => entry,
        })
    }

    /// Ends the flight with a value, of which the load that encloses this one, if there is one, makes its own.
    fn land_value(self, entry: &Arc<Entry<V>>) {
        Miss::<K, V>::tell_bound(entry.bound());
        self.land(Landing::Value(entry.clone()));
    }

    /// Keeps a value here, unless its key was removed or set meanwhile.
    fn place(&self, entry: &Arc<Entry<V>>) {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        let Some(solo) = &self.solo else {
            return near.land(*hash, key, &self.flight, entry);
        };
        if let Some(older) = near.land_alone(*hash, key, entry, solo.refresh.stale()) {
            older.land(Landing::Value(entry.clone()));
        }
    }

    /// Closes the flight to callers who join from here on; tells whether it still has its key.
    fn close(&self) -> bool {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        match &self.solo {
            Some(solo) => !solo.refresh.is_stale(),
            None => near.close(*hash, key, &self.flight),
        }
    }

    /// Takes the flight from its key; tells whether nobody has done so before.
    fn detach(&self) -> bool {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        match &self.solo {
            Some(solo) => !solo.refresh.is_stale(),
            None => near.detach(*hash, key, &self.flight),
        }
    }

    fn land(mut self, landing: Landing<V>) {
        self.landed = true;
        self.flight.land(landing);
    }
}

impl<K: Eq + Clone + 'static, V: ?Sized + 'static> Drop for Lead<'_, K, V> {
    fn drop(&mut self) {
        if self.landed || !self.flight.leave() {
            return;
        }
        // Comparing keys may run code that is not ours: if that panics, those who wait must still be told.
        let _ = catch_unwind(AssertUnwindSafe(|| self.detach()));
        let panicked = std::thread::panicking();
        self.flight.land(if panicked {
            Landing::Panicked
        } else {
            Landing::Gone
        });
    }
}
