//! A load for one who wants a new value, whatever is kept.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Miss;
use crate::entry::{Entry, Holds};
use crate::marks::Birth;
use crate::policy::Life;
use crate::sync::AtomicBool;

/// A load of a new value, whatever is kept.
pub(crate) struct Refresh<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    miss: &'m Miss<K, V>,
    birth: Birth,
    stale: Arc<AtomicBool>,
}

impl<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> Refresh<'m, K, V> {
    /// Says that a refresh is under way, before its load begins.
    pub(super) fn new(miss: &'m Miss<K, V>) -> Self {
        let stale = miss.near.begin_refresh(miss.hash, &miss.key);
        let birth = miss.near.birth(&miss.names);
        Self { miss, birth, stale }
    }

    /// Takes away what is there: what was loaded is right, and is not to be kept.
    pub(crate) fn pass(&self) {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        near.withdraw(*hash, key, &self.birth, &self.stale);
    }

    /// Puts what was loaded in the place of whatever is there.
    pub(crate) fn keep<T>(&self, value: T, life: Life, weight: usize)
    where
        V: Holds<T>,
    {
        let Miss {
            near,
            hash,
            key,
            origin,
            names,
            ..
        } = self.miss;
        let birth = self.birth.renamed(near.slots(names));
        let entry = V::hold(Entry::new(value, birth, life, *origin, weight));
        near.replace(*hash, key, &entry, &self.stale);
    }
}

impl<K: Eq + Clone + 'static, V: ?Sized + 'static> Drop for Refresh<'_, K, V> {
    fn drop(&mut self) {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        // Comparing keys may run code that is not ours, and this may be the end of a panic already.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            near.end_refresh(*hash, key, &self.stale);
        }));
    }
}
