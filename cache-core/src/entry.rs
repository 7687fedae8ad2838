//! Entries: a value, its life, and its dependencies.

use std::any::{Any, TypeId};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::clock::Moment;
use crate::format::blob::Stamped;
use crate::generation::Generation;
use crate::policy::Life;
use crate::sync::{AtomicBool, AtomicU64, Ordering};

/// The instance of a site that made an entry: two whose keys are equal must never read each other's values. `None`: by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) Option<TypeId>);

/// The origin of values that were set by hand, which every site reads if they have its type.
pub(crate) const BY_HAND: Origin = Origin(None);

impl Origin {
    /// Whether callers of this origin may use an entry of the other.
    #[inline]
    pub(crate) fn may_have(self, entry: Self) -> bool {
        entry == self || entry == BY_HAND
    }

    /// The origin of entries that a call by hand has read from a store, whose site is not known here. Calls by hand use them, and sites
    /// ask the store.
    pub(crate) fn of_some_site() -> Self {
        enum SomeSite {}
        Self(Some(TypeId::of::<SomeSite>()))
    }
}

/// What is known of an entry beside its value.
#[derive(Debug)]
pub struct Meta {
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
}

impl Meta {
    /// That of an entry that is in no tier yet and lies in no store.
    pub(crate) fn new(generation: Generation, life: Life, origin: Origin, weight: usize) -> Self {
        Self {
            generation,
            life,
            until: AtomicU64::new(life.end().to_bits()),
            bound: AtomicU64::new(Moment::NEVER.to_bits()),
            stamped: None,
            origin,
            weight,
            used: AtomicBool::new(false),
        }
    }

    /// The same of an entry that lies in a store under these stamps.
    pub(crate) fn stamped(self, stamped: Arc<[Stamped]>) -> Self {
        Self {
            stamped: Some(stamped),
            ..self
        }
    }

    /// The same of an entry that weighs this much.
    #[cfg(feature = "http")]
    pub(crate) fn weighing(self, weight: usize) -> Self {
        Self { weight, ..self }
    }

    /// When the entry was stored and how long it may be used.
    pub fn life(&self) -> Life {
        self.life
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

    /// Whether it was used since this was last called.
    pub(crate) fn take_used(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }
}

/// One value in the near tier.
#[derive(Debug)]
pub(crate) struct Entry<V> {
    meta: Meta,
    value: V,
}

impl<V> Entry<V> {
    /// An entry that is in no tier yet.
    pub(crate) fn new(value: V, meta: Meta) -> Arc<Self> {
        Arc::new(Self { meta, value })
    }

    /// The value.
    #[inline]
    pub(crate) fn value(&self) -> &V {
        &self.value
    }
}

impl<V> Deref for Entry<V> {
    type Target = Meta;

    #[inline]
    fn deref(&self) -> &Meta {
        &self.meta
    }
}

/// An entry whose value may be of any type. Loads, single flight and stores handle entries in this form, so that they are
/// compiled once and not for each type of value.
pub trait AnyEntry: Any + Send + Sync {
    /// What is known of it beside its value.
    fn meta(&self) -> &Meta;

    /// Its value.
    fn any_value(&self) -> &(dyn Any + Send + Sync);
}

impl<V: Send + Sync + 'static> AnyEntry for Entry<V> {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn any_value(&self) -> &(dyn Any + Send + Sync) {
        &self.value
    }
}

impl dyn AnyEntry {
    /// The value, if it is a `T`.
    #[inline]
    pub(crate) fn value_as<T: 'static>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref().map(Entry::value)
    }

    /// Whether the value is of the type that `holds` stands for.
    pub(crate) fn is(&self, holds: ValueType) -> bool {
        (self as &dyn Any).type_id() == holds.0
    }
}

impl Deref for dyn AnyEntry {
    type Target = Meta;

    fn deref(&self) -> &Meta {
        self.meta()
    }
}

impl fmt::Debug for dyn AnyEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.meta().fmt(out)
    }
}

/// Makes the entry of a value once the rest of it is known.
pub(crate) type EntryMaker = Box<dyn FnOnce(Meta) -> Arc<dyn AnyEntry> + Send>;

/// The type of an entry's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ValueType(TypeId);

impl ValueType {
    pub(crate) fn of<T: 'static>() -> Self {
        Self(TypeId::of::<Entry<T>>())
    }
}

/// How a tier keeps its entries: each as an [`Entry`] of one type of value, which a hit reads as it is, or each as
/// [`AnyEntry`], where values of many types meet.
pub trait EntryForm: AnyEntry {
    /// An entry in this form; `None` if it is of another type.
    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<Self>>;

    /// The same entry in its general form.
    fn erase(this: Arc<Self>) -> Arc<dyn AnyEntry>;
}

impl<V: Send + Sync + 'static> EntryForm for Entry<V> {
    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<Self>> {
        (entry as Arc<dyn Any + Send + Sync>).downcast().ok()
    }

    fn erase(this: Arc<Self>) -> Arc<dyn AnyEntry> {
        this
    }
}

impl EntryForm for dyn AnyEntry {
    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<Self>> {
        Some(entry)
    }

    fn erase(this: Arc<Self>) -> Arc<dyn AnyEntry> {
        this
    }
}

/// A form whose entries can hold a `T`.
pub(crate) trait Holds<T>: EntryForm {
    /// The value, if it is a `T`.
    fn view(&self) -> Option<&T>;
}

impl<T: Send + Sync + 'static> Holds<T> for Entry<T> {
    #[inline]
    fn view(&self) -> Option<&T> {
        Some(&self.value)
    }
}

impl<T: Send + Sync + 'static> Holds<T> for dyn AnyEntry {
    #[inline]
    fn view(&self) -> Option<&T> {
        self.value_as()
    }
}
