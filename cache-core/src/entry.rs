//! Entries: a value, its life, and its dependencies.

use std::any::{Any, TypeId};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

pub(crate) use self::cost::LoadCost;
#[cfg(any(feature = "http", all(test, not(cache_loom))))]
pub(crate) use self::form::ApartForm;
pub(crate) use self::form::{
    AnyForm, EntryForm, Holds, InTable, InlineEntry, InlineValue, OutOfTable, Placing,
};
pub(crate) use self::inline::{InlineGroup, InlineMeta, InlineRef};
pub(crate) use self::meta::Meta;
pub(crate) use self::origin::{BY_HAND, Origin};
pub(crate) use self::session::Session;
pub(crate) use self::view::EntryRef;

mod cost;
mod form;
mod inline;
mod meta;
mod noted;
mod offer;
mod origin;
mod session;
mod sixteenths;
mod uses;
mod view;

/// One value in the near tier.
#[derive(Debug)]
pub struct Entry<V> {
    meta: Meta,
    value: V,
    /// Copies the value without running code that is not ours, if that is known of its type.
    copy: Option<ValueCopier<V>>,
}

/// Copies a value.
pub(crate) type ValueCopier<V> = fn(&V) -> Option<V>;

impl<V> Entry<V> {
    /// An entry that is in no tier yet.
    pub(crate) fn new(value: V, meta: Meta) -> Arc<Self> {
        Self::copied_by(None, value, meta)
    }

    /// The same, of a value that `copy` copies.
    pub(crate) fn copied_by(copy: Option<ValueCopier<V>>, value: V, meta: Meta) -> Arc<Self> {
        Arc::new(Self { meta, value, copy })
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

    /// The type of the value.
    pub(crate) fn value_type(&self) -> ValueType {
        ValueType((self as &dyn Any).type_id())
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
