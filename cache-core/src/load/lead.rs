//! The one who loads: ends the flight, or leaves it to the others.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::Miss;
use crate::clock;
use crate::context::{self, InLoad, Inside};
use crate::entry::{Entry, Holds};
use crate::flight::{Flight, Landing, SharedError};
use crate::policy::Life;

/// The right, and the duty, to end a flight. Dropped before its end, it hands the key over to those who wait.
pub(crate) struct Lead<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    miss: &'m Miss<K, V>,
    flight: Arc<Flight<V>>,
    landed: bool,
}

impl<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> Lead<'m, K, V> {
    pub(super) fn new(miss: &'m Miss<K, V>, flight: Arc<Flight<V>>) -> Self {
        Self {
            miss,
            flight,
            landed: false,
        }
    }

    /// Marks what runs until the guard is dropped as part of the load: what decides about the value is, too.
    pub(crate) fn enter(&self) -> Inside {
        context::enter(self.flight.id())
    }

    /// Runs a future as the load of this flight.
    pub(crate) fn load<F: Future>(&self, load: F) -> InLoad<F> {
        InLoad::new(self.flight.id(), load)
    }

    /// Runs a function as the load of this flight.
    pub(crate) fn run<R>(&self, load: impl FnOnce() -> R) -> R {
        let _inside = context::enter(self.flight.id());
        load()
    }

    /// Ends the flight with a value that is kept while `life` lasts and nothing that it depends on changes.
    pub(crate) fn keep<T>(self, value: T, life: Life, weight: usize) -> Arc<Entry<V>>
    where
        V: Holds<T>,
    {
        let entry = self.entry(value, life, weight);
        self.miss
            .near
            .land(self.miss.hash, &self.miss.key, &self.flight, &entry);
        self.land(Landing::Value(entry.clone()));
        entry
    }

    /// Ends the flight with a value for those who wait, which is not kept.
    pub(crate) fn share<T>(self, value: T)
    where
        V: Holds<T>,
    {
        let entry = self.entry(value, Life::new(clock::now(), None), 0);
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

    fn entry<T>(&self, value: T, life: Life, weight: usize) -> Arc<Entry<V>>
    where
        V: Holds<T>,
    {
        let birth = self
            .flight
            .birth
            .renamed(self.miss.near.slots(&self.miss.names));
        V::hold(Entry::new(value, birth, life, self.flight.origin, weight))
    }

    fn detach(&self) {
        self.miss
            .near
            .detach(self.miss.hash, &self.miss.key, &self.flight);
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
