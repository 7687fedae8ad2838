//! Entries: a value, its life, and its dependencies.

use std::any::{Any, TypeId};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

pub(crate) use self::meta::Meta;
pub(crate) use self::origin::{BY_HAND, Origin};
pub(crate) use self::session::Session;

mod meta;
mod noted;
mod offer;
mod origin;
mod session;
mod uses;

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

/// Whether two values are equal.
pub(crate) type Equals = fn(&dyn Any, &dyn Any) -> bool;

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
