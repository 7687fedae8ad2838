//! What is kept for one key: the value, its life, and what it depends on.

use std::any::{Any, TypeId};
use std::sync::Arc;

use crate::clock;
use crate::marks::Birth;
use crate::policy::{Freshness, Life};
use crate::sync::{AtomicBool, Ordering};

/// Which copy of which site made an entry: two whose keys meet must never read each other's values. `None`: a hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) Option<TypeId>);

/// The origin of what was set by hand: every site reads it, if it is of its type.
pub(crate) const BY_HAND: Origin = Origin(None);

/// One value in the near tier.
#[derive(Debug)]
pub struct Entry<V: ?Sized> {
    pub(crate) birth: Birth,
    pub(crate) life: Life,
    pub(crate) origin: Origin,
    /// What it costs to keep, in bytes as far as they are known; zero where only the number of entries is bounded.
    pub(crate) weight: usize,
    /// Used since eviction last looked at it.
    used: AtomicBool,
    value: V,
}

impl<V> Entry<V> {
    /// An entry that is in no table yet.
    pub(crate) fn new(value: V, birth: Birth, life: Life, origin: Origin, weight: usize) -> Self {
        Self {
            birth,
            life,
            origin,
            weight,
            used: AtomicBool::new(false),
            value,
        }
    }
}

impl<V: ?Sized> Entry<V> {
    /// The value.
    #[inline]
    pub fn value(&self) -> &V {
        &self.value
    }

    /// When the entry was stored and how long it may be used.
    pub fn life(&self) -> Life {
        self.life
    }

    /// Whether its life is not over. Asks the clock only if it has an end.
    #[inline]
    pub(crate) fn is_fresh(&self) -> bool {
        self.life.is_endless() || self.life.at(clock::now()) == Freshness::Fresh
    }

    /// Notes a use for eviction. A hot entry is written to once, not at every hit.
    #[inline]
    pub(crate) fn touch(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it was used since this was last asked.
    pub(crate) fn was_used(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }
}

/// Any value that may be shared between threads.
pub type Object = dyn Any + Send + Sync;

/// A tier's value type that can hold a `T`: `T` itself, or [`Object`].
pub trait Holds<T> {
    /// The entry as the tier keeps it.
    fn hold(entry: Entry<T>) -> Arc<Entry<Self>>;
    /// The value, if it is a `T`.
    fn view(&self) -> Option<&T>;
}

impl<T> Holds<T> for T {
    fn hold(entry: Entry<T>) -> Arc<Entry<T>> {
        Arc::new(entry)
    }

    #[inline]
    fn view(&self) -> Option<&T> {
        Some(self)
    }
}

impl<T: Any + Send + Sync> Holds<T> for Object {
    fn hold(entry: Entry<T>) -> Arc<Entry<Object>> {
        Arc::new(entry)
    }

    #[inline]
    fn view(&self) -> Option<&T> {
        self.downcast_ref()
    }
}
