//! How tiers keep their entries, and where the values of functions lie.

use std::any::Any;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{AnyEntry, Entry, InlineMeta, Meta};

/// How a tier keeps its entries: each with one type of value, which a hit reads as it is, or each as [`AnyEntry`], where values of
/// many types meet.
pub trait EntryForm: 'static {
    /// An entry that lies apart from the table of its tier.
    type Entry: AnyEntry + ?Sized;
    /// The value of an entry that lies in the table.
    type Value: Send + Sync + 'static;
    /// All that such an entry has in the table beside its key; where none lies there, this takes no room.
    type Inline: Send + Sync;

    /// An entry in this form; `None` if it is of another type.
    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<Self::Entry>>;

    /// The same entry in its general form.
    fn erase(entry: Arc<Self::Entry>) -> Arc<dyn AnyEntry>;

    /// A copy of its value for the table, if its type can be copied there.
    fn copied(entry: &Self::Entry) -> Option<Self::Value>;

    /// An entry of its own, of a value that lay in the table.
    fn apart(value: Self::Value, meta: Meta) -> Arc<Self::Entry>;

    /// An entry for the table.
    fn inline(meta: InlineMeta, value: Self::Value) -> Self::Inline;

    /// What such an entry consists of.
    fn parts(inline: &Self::Inline) -> (&InlineMeta, &Self::Value);

    /// The same, taken apart.
    fn into_parts(inline: Self::Inline) -> (InlineMeta, Self::Value);
}

impl<V: Send + Sync + 'static> EntryForm for Entry<V> {
    type Entry = Self;
    type Value = V;
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

    fn inline(meta: InlineMeta, value: V) -> (InlineMeta, V) {
        (meta, value)
    }

    #[inline]
    fn parts((meta, value): &(InlineMeta, V)) -> (&InlineMeta, &V) {
        (meta, value)
    }

    fn into_parts(inline: (InlineMeta, V)) -> (InlineMeta, V) {
        inline
    }
}

/// The form of one type of value that never lies in the table, where its room would be empty.
#[derive(Debug)]
pub struct ApartForm<V>(PhantomData<V>);

impl<V: Send + Sync + 'static> EntryForm for ApartForm<V> {
    type Entry = Entry<V>;
    type Value = Infallible;
    type Inline = Infallible;

    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<Entry<V>>> {
        Entry::of(entry)
    }

    fn erase(entry: Arc<Entry<V>>) -> Arc<dyn AnyEntry> {
        entry
    }

    fn copied(_: &Entry<V>) -> Option<Infallible> {
        None
    }

    fn apart(value: Infallible, _: Meta) -> Arc<Entry<V>> {
        match value {}
    }

    fn inline(_: InlineMeta, value: Infallible) -> Infallible {
        value
    }

    fn parts(inline: &Infallible) -> (&InlineMeta, &Infallible) {
        match *inline {}
    }

    fn into_parts(inline: Infallible) -> (InlineMeta, Infallible) {
        match inline {}
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

impl Placing for OutOfTable {
    type Form<V: Send + Sync + 'static> = ApartForm<V>;
}

/// The form of values of many types.
#[derive(Debug)]
pub(crate) enum AnyForm {}

impl EntryForm for AnyForm {
    type Entry = dyn AnyEntry;
    type Value = Infallible;
    type Inline = Infallible;

    fn of(entry: Arc<dyn AnyEntry>) -> Option<Arc<dyn AnyEntry>> {
        Some(entry)
    }

    fn erase(entry: Arc<dyn AnyEntry>) -> Arc<dyn AnyEntry> {
        entry
    }

    fn copied(_: &dyn AnyEntry) -> Option<Infallible> {
        None
    }

    fn apart(value: Infallible, _: Meta) -> Arc<dyn AnyEntry> {
        match value {}
    }

    fn inline(_: InlineMeta, value: Infallible) -> Infallible {
        value
    }

    fn parts(inline: &Infallible) -> (&InlineMeta, &Infallible) {
        match *inline {}
    }

    fn into_parts(inline: Infallible) -> (InlineMeta, Infallible) {
        match inline {}
    }
}

/// A form whose entries can hold a `T`.
pub trait Holds<T>: EntryForm {
    /// The value, if it is a `T`.
    fn held(entry: &Self::Entry) -> Option<&T>;

    /// The value of an entry that lies in the table.
    fn held_inline(value: &Self::Value) -> &T;
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
