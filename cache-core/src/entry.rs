//! Entries: a value, its life, and its dependencies.

use std::any::{Any, TypeId};
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

pub(crate) use self::cost::LoadCost;
pub(crate) use self::inline::{InlineGroup, InlineMeta, InlineRef};
pub(crate) use self::meta::Meta;
pub(crate) use self::origin::{BY_HAND, Origin};
pub(crate) use self::session::Session;
pub(crate) use self::view::EntryRef;

mod cost;
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
