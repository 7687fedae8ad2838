//! Sets and maps without an order: hashed and compared in any order, and sorted only when they are written as text.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};

use siphasher::sip::SipHasher13;

use super::{CacheKey, KeyWriter};

/// The stored items of a set, by their hashes.
#[derive(Clone, Debug)]
pub struct Unordered<S>(Box<[(u64, S)]>);

impl<S: Eq> PartialEq for Unordered<S> {
    fn eq(&self, other: &Self) -> bool {
        let there = |(hash, item): &(u64, S)| other.with(*hash).any(|stored| stored == item);
        self.0.len() == other.0.len() && self.0.iter().all(there)
    }
}

impl<S: Eq> Eq for Unordered<S> {}

impl<S> Unordered<S> {
    fn of<T: CacheKey<Stored = S>>(items: impl Iterator<Item = T>) -> Self {
        let mut stored: Vec<_> = items.map(|item| (alone(&item), item.store())).collect();
        stored.sort_unstable_by_key(|(hash, _)| *hash);
        Self(stored.into())
    }

    /// The items with this hash.
    fn with(&self, hash: u64) -> impl Iterator<Item = &S> {
        let first = self.0.partition_point(|(there, _)| *there < hash);
        let from = self.0[first..].iter();
        from.take_while(move |(there, _)| *there == hash)
            .map(|(_, item)| item)
    }

    /// Whether these items, all of them different, are the stored ones.
    fn is<T: CacheKey<Stored = S>>(&self, items: impl ExactSizeIterator<Item = T>) -> bool {
        let there = |item: T| self.with(alone(&item)).any(|stored| item.same(stored));
        items.len() == self.0.len() && items.into_iter().all(there)
    }
}

/// The hash of one item.
fn alone<T: CacheKey>(item: &T) -> u64 {
    let mut hasher = SipHasher13::new();
    item.hash(&mut hasher);
    hasher.finish()
}

/// Feeds the hasher with the sum of the items' hashes, each keyed by the hasher's secret: nobody can choose items whose sums
/// collide.
fn hash<T: CacheKey, H: Hasher>(items: impl Iterator<Item = T>, state: &mut H) {
    let key = state.finish();
    let keyed = |item: T| {
        let mut hasher = SipHasher13::new_with_keys(key, 0);
        hasher.write_u64(alone(&item));
        hasher.finish()
    };
    let sum = items.map(keyed).fold(0, u64::wrapping_add);
    state.write_u64(sum);
}

macro_rules! unordered {
    ($($type:ident<$($param:ident),*> $stored:ty;)*) => {$(
        impl<$($param: CacheKey,)* R: BuildHasher> CacheKey for $type<$($param,)* R> {
            type Stored = Unordered<$stored>;

            fn hash<S: Hasher>(&self, state: &mut S) {
                hash(self.iter(), state);
            }

            fn same(&self, stored: &Self::Stored) -> bool {
                stored.is(self.iter())
            }

            fn store(&self) -> Self::Stored {
                Unordered::of(self.iter())
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                out.group("", |group| group.sorted(self.iter()));
            }
        }
    )*};
}

unordered! {
    HashSet<T> T::Stored;
    HashMap<K, T> (K::Stored, T::Stored);
}
