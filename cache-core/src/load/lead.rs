//! The one who loads: ends the flight, or leaves it to the others.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::{Asked, Came, Miss, Turn};
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
        }
    }

    /// Asks the store behind, unless it was asked already, and takes a lease of it if it has nothing of use.
    pub(super) async fn prepare(mut self, asked: Asked) -> Turn<'m, K, V> {
        let miss = self.miss;
        let Some(behind) = &miss.behind else {
            return Turn::Lead(self);
        };
        let birth = || self.flight.birth.renamed(Box::default());
        let asked = match asked {
            Asked::NotYet => match behind.look(miss, &birth()).await {
                Ok(entry) => return self.adopt(entry),
                Err(unusable) => unusable,
            },
            already => already,
        };
        if let Asked::Saw(seen) = asked {
            match behind.lease(miss, seen, &birth()).await {
                Ok(entry) => return self.adopt(entry),
                Err(lease) => self.lease = lease,
            }
        }
        self.begun = clock::now();
        Turn::Lead(self)
    }

    /// Ends the flight with what the store has.
    fn adopt(self, entry: Arc<Entry<V>>) -> Turn<'m, K, V> {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        if near.keeps_nothing() {
            // Those who wait may have come after the store was asked.
            self.detach();
            self.land(Landing::Gone);
        } else {
            near.land(*hash, key, &self.flight, &entry);
            self.land(Landing::Value(entry.clone()));
        }
        Turn::Ready(entry, Came::Kept)
    }

    /// Marks what runs until the guard is dropped as part of the load: what decides about the value is, too.
    pub(crate) fn enter(&self) -> Inside {
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
        let Miss {
            near,
            hash,
            key,
            behind,
            ..
        } = self.miss;
        let entry = self.entry(value, birth, life, weight);
        let Some(behind) = behind else {
            near.land(*hash, key, &self.flight, &entry);
            self.land(Landing::Value(entry.clone()));
            return entry;
        };
        // Where near keeps nothing, the store is asked from here on whether the value is good: who comes later must ask for
        // himself.
        let alone = near.keeps_nothing();
        if alone && !self.detach() {
            entry.birth.kill();
        }
        let lease = self.lease.as_ref();
        // Trouble with the store is counted there, and bounds how long the value is used here.
        let _ = behind.keep(self.miss, lease, &entry, self.begun).await;
        if !alone {
            near.land(*hash, key, &self.flight, &entry);
        }
        self.land(Landing::Value(entry.clone()));
        entry
    }

    /// Ends the flight with a value for those who wait, which is not kept. It depends on all that a kept one would: who waits
    /// does not take it after an invalidation, and passes on what it depends on.
    pub(crate) fn share<T>(mut self, value: T, names: &[Name])
    where
        V: Holds<T>,
    {
        let flight = &self.flight.birth;
        let birth = self
            .miss
            .birth_of(flight, &self.found, names, &mut self.lease);
        let entry = self.entry(value, birth, Life::new(clock::now(), None), 0);
        self.detach();
        self.land(Landing::Value(entry));
    }

    /// Ends the flight with an error, for all who wait if it can be shared.
    pub(crate) fn fail(self, error: Option<SharedError>) {
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
        near.pass(*hash, key, clock::now().after(a_while));
        self.detach();
        self.land(Landing::Private);
    }

    fn entry<T>(&self, value: T, birth: Birth, life: Life, weight: usize) -> Arc<Entry<V>>
    where
        V: Holds<T>,
    {
        let entry = Entry::new(value, birth, life, self.flight.origin, weight);
        V::hold(match &self.lease {
            Some(lease) => entry.stamped(lease.stamped().into()),
            None => entry,
        })
    }

    fn detach(&self) -> bool {
        self.miss
            .near
            .detach(self.miss.hash, &self.miss.key, &self.flight)
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
