//! What is kept for one key: the value, its life, and what it depends on.

use std::any::{Any, TypeId};
use std::sync::Arc;

use crate::clock::{self, Moment};
use crate::format::blob::Stamped;
use crate::generation::Generation;
use crate::policy::Life;
use crate::sync::{AtomicBool, AtomicU64, Ordering};

/// Which copy of which site made an entry: two whose keys meet must never read each other's values. `None`: a hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) Option<TypeId>);

/// The origin of what was set by hand: every site reads it, if it is of its type.
pub(crate) const BY_HAND: Origin = Origin(None);

impl Origin {
    /// Of some site, nobody here knows which: a hand has found it in a store. Hands read it, and sites ask the store.
    pub(crate) fn of_some_site() -> Self {
        enum SomeSite {}
        Self(Some(TypeId::of::<SomeSite>()))
    }
}

/// One value in the near tier.
#[derive(Debug)]
pub struct Entry<V: ?Sized> {
    pub(crate) generation: Generation,
    pub(crate) life: Life,
    /// The end of its use here, as bits: that of its life, or earlier where a store must be asked again.
    until: AtomicU64,
    /// When a store must be asked again about the value, or about what it was made of, as bits. Its use here ends by then,
    /// and so does the use of what is made of it.
    bound: AtomicU64,
    /// The stamps that it was born under, where it lies in a store as well.
    stamped: Option<Arc<[Stamped]>>,
    pub(crate) origin: Origin,
    /// What it costs to keep, in bytes as far as they are known; zero where only the number of entries is bounded.
    pub(crate) weight: usize,
    /// Used since eviction last looked at it.
    used: AtomicBool,
    value: V,
}

impl<V> Entry<V> {
    /// An entry that is in no table yet.
    pub(crate) fn new(
        value: V,
        generation: Generation,
        life: Life,
        origin: Origin,
        weight: usize,
    ) -> Self {
        Self {
            generation,
            life,
            until: AtomicU64::new(life.end().to_bits()),
            bound: AtomicU64::new(Moment::NEVER.to_bits()),
            stamped: None,
            origin,
            weight,
            used: AtomicBool::new(false),
            value,
        }
    }

    /// The copy of an entry that lies in a store under these stamps.
    pub(crate) fn stamped(self, stamped: Arc<[Stamped]>) -> Self {
        Self {
            stamped: Some(stamped),
            ..self
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

    /// Whether its use here is not over. Asks the clock only if it has an end.
    #[inline]
    pub(crate) fn is_fresh(&self) -> bool {
        let until = self.until();
        until == Moment::NEVER || clock::now() < until
    }

    /// When its use here ends.
    #[inline]
    pub(crate) fn until(&self) -> Moment {
        Moment::from_bits(self.until.load(Ordering::Relaxed))
    }

    /// Ends its use here then, be it later or earlier than its life would, but not after its bound.
    pub(crate) fn use_until(&self, until: Moment) {
        let until = until.min(self.bound());
        self.until.store(until.to_bits(), Ordering::Relaxed);
    }

    /// When a store must be asked again; [`Moment::NEVER`] where no store has a part in it.
    pub(crate) fn bound(&self) -> Moment {
        Moment::from_bits(self.bound.load(Ordering::Relaxed))
    }

    /// Has a store asked again from `bound` on, in place of the bound that there was.
    pub(crate) fn bind(&self, bound: Moment) {
        self.bound.store(bound.to_bits(), Ordering::Relaxed);
        self.use_until(self.life.end());
    }

    /// The stamps that it was born under; `None` if it lies in no store.
    pub(crate) fn stamps(&self) -> Option<&[Stamped]> {
        self.stamped.as_deref()
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
