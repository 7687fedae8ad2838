//! Lists and sets of the standard library that have an order.

use std::collections::{BTreeMap, BTreeSet, LinkedList, VecDeque};
use std::hash::Hasher;

use super::{CacheKey, KeyWriter, items};

/// The items of each in their order: lists of different types are not told apart by their items.
macro_rules! lists {
    ($($type:ty: <$($param:ident),*> $stored:ty;)*) => {$(
        impl<$($param: CacheKey),*> CacheKey for $type {
            type Stored = Box<[$stored]>;

            fn hash<S: Hasher>(&self, state: &mut S) {
                items::hash(self.iter(), state);
            }

            fn same(&self, stored: &Self::Stored) -> bool {
                items::same(self.iter(), stored)
            }

            fn store(&self) -> Self::Stored {
                items::store(self.iter())
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                items::write(self.iter(), out);
            }
        }
    )*};
}

lists! {
    VecDeque<T>: <T> T::Stored;
    LinkedList<T>: <T> T::Stored;
    BTreeSet<T>: <T> T::Stored;
    BTreeMap<K, T>: <K, T> (K::Stored, T::Stored);
}
