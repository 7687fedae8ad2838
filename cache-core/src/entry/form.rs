//! How tiers keep their entries, and where the values of functions lie.

use std::any::Any;
use std::convert::Infallible;
#[cfg(any(feature = "http", all(test, not(cache_loom))))]
use std::marker::PhantomData;
use std::sync::Arc;

use super::{AnyEntry, Entry, InlineMeta, Meta};

/// How a tier keeps its entries: each with one type of value, which a hit reads as it is, or each as [`AnyEntry`], where values of
/// many types meet.
pub trait EntryForm: 'static {
    /// An entry that lies apart from the table of its tier.
    type Entry: AnyEntry + ?Sized;
    /// All that an entry which lies in the table has there beside its key; where none lies there, this takes no room.
    type Inline: InlineEntry;

    /// An entry in this form; `None` if it is of another type.
    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<Self::Entry>>;

    /// The same entry in its general form.
    fn erase(entry: Arc<Self::Entry>) -> Arc<dyn AnyEntry>;

    /// A copy of its value for the table, if its type can be copied there.
    fn copied(_: &Self::Entry) -> Option<InlineValue<Self>> {
        None
    }

    /// An entry of its own, of a value that lay in the table.
    fn apart(value: InlineValue<Self>, meta: Meta) -> Arc<Self::Entry>;
}

/// The value of an entry that lies in the table.
pub(crate) type InlineValue<E> = <<E as EntryForm>::Inline as InlineEntry>::Value;

/// An entry that lies in the table; [`Infallible`] where none does.
pub trait InlineEntry: Send + Sync {
    /// Its value.
    type Value: Send + Sync + 'static;

    /// The entry of a value.
    fn of(meta: InlineMeta, value: Self::Value) -> Self;

    /// What it consists of.
    fn parts(&self) -> (&InlineMeta, &Self::Value);

    /// The same, taken apart.
    fn into_parts(self) -> (InlineMeta, Self::Value);
}

impl<V: Send + Sync + 'static> InlineEntry for (InlineMeta, V) {
    type Value = V;

    fn of(meta: InlineMeta, value: V) -> Self {
        (meta, value)
    }

    #[inline]
    fn parts(&self) -> (&InlineMeta, &V) {
        (&self.0, &self.1)
    }

    fn into_parts(self) -> (InlineMeta, V) {
        self
    }
}

impl InlineEntry for Infallible {
    type Value = Self;

    fn of(_: InlineMeta, value: Self) -> Self {
        value
    }

    fn parts(&self) -> (&InlineMeta, &Self) {
        match *self {}
    }

    fn into_parts(self) -> (InlineMeta, Self) {
        match self {}
    }
}

impl<V: Send + Sync + 'static> EntryForm for Entry<V> {
    type Entry = Self;
    type Inline = (InlineMeta, V);

    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<Self>> {
        (entry as Arc<dyn Any + Send + Sync>).downcast().ok()
    }

    fn erase(entry: Arc<Self>) -> Arc<dyn AnyEntry> {
        entry
    }

    fn copied(entry: &Self) -> Option<V> {
        entry.copy?(&entry.value)
    }

    fn apart(value: V, meta: Meta) -> Arc<Self> {
        Self::new(value, meta)
    }
}

/// The form of one type of value that never lies in the table, where its room would be empty.
#[cfg(any(feature = "http", all(test, not(cache_loom))))]
#[derive(Debug)]
pub(crate) struct ApartForm<V>(PhantomData<V>);

#[cfg(any(feature = "http", all(test, not(cache_loom))))]
impl<V: Send + Sync + 'static> EntryForm for ApartForm<V> {
    type Entry = Entry<V>;
    type Inline = Infallible;

    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<Entry<V>>> {
        Entry::of(entry)
    }

    fn erase(entry: Arc<Entry<V>>) -> Arc<dyn AnyEntry> {
        entry
    }

    fn apart(value: Infallible, _: Meta) -> Arc<Entry<V>> {
        match value {}
    }
}

/// Where the values of a function lie.
pub trait Placing {
    /// The form of their entries.
    type Form<V: Send + Sync + 'static>: Holds<V>;
}

/// In the table, if there is room for all that is known of an entry.
#[derive(Debug)]
pub enum InTable {}

/// Apart from the table.
#[derive(Debug)]
pub enum OutOfTable {}

impl Placing for InTable {
    type Form<V: Send + Sync + 'static> = Entry<V>;
}

/// A value that is cloned by code that is not ours takes longer than to find its type, and to know that of the table would compile the
/// tier anew for each type.
impl Placing for OutOfTable {
    type Form<V: Send + Sync + 'static> = AnyForm;
}

/// The form of values of many types.
#[derive(Debug)]
pub enum AnyForm {}

impl EntryForm for AnyForm {
    type Entry = dyn AnyEntry;
    type Inline = Infallible;

    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<dyn AnyEntry>> {
        Some(entry)
    }

    fn erase(entry: Arc<dyn AnyEntry>) -> Arc<dyn AnyEntry> {
        entry
    }

    fn apart(value: Infallible, _: Meta) -> Arc<dyn AnyEntry> {
        match value {}
    }
}

/// A form whose entries can hold a `T`.
pub trait Holds<T>: EntryForm {
    /// The value, if it is a `T`.
    fn held(entry: &Self::Entry) -> Option<&T>;

    /// The value of an entry that lies in the table.
    fn held_inline(value: &InlineValue<Self>) -> &T;
}

impl<T: Send + Sync + 'static> Holds<T> for Entry<T> {
    #[inline]
    fn held(entry: &Self) -> Option<&T> {
        Some(&entry.value)
    }

    #[inline]
    fn held_inline(value: &T) -> &T {
        value
    }
}

#[cfg(any(feature = "http", all(test, not(cache_loom))))]
impl<T: Send + Sync + 'static> Holds<T> for ApartForm<T> {
    #[inline]
    fn held(entry: &Entry<T>) -> Option<&T> {
        Some(&entry.value)
    }

    fn held_inline(value: &Infallible) -> &T {
        match *value {}
    }
}

impl<T: Send + Sync + 'static> Holds<T> for AnyForm {
    #[inline]
    fn held(entry: &dyn AnyEntry) -> Option<&T> {
        entry.value_as()
    }

    fn held_inline(value: &Infallible) -> &T {
        match *value {}
    }
}
