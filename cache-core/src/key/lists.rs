//! Lists, and sets and maps with an order.

use std::collections::{BTreeMap, BTreeSet, LinkedList, VecDeque};
use std::hash::Hasher;

use super::{CacheKey, KeyWriter, items};

/// Writes the items in order: equal items give equal keys, whatever the type of the list.
macro_rules! lists {
    ($([$($generics:tt)*] $type:ty as $stored:ty;)*) => {$(
        impl<$($generics)*> CacheKey for $type {
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
    [T: CacheKey] [T] as T::Stored;
    [T: CacheKey, const N: usize] [T; N] as T::Stored;
    [T: CacheKey] Vec<T> as T::Stored;
    [T: CacheKey] VecDeque<T> as T::Stored;
    [T: CacheKey] LinkedList<T> as T::Stored;
    [T: CacheKey] BTreeSet<T> as T::Stored;
    [K: CacheKey, T: CacheKey] BTreeMap<K, T> as (K::Stored, T::Stored);
}
