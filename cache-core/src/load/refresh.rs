//! A load for one who wants a new value, whatever is kept.

use std::sync::Arc;

use super::Miss;
use crate::entry::{Entry, Holds};
use crate::policy::Life;
use crate::sync::AtomicBool;

/// A load of a new value, whatever is kept.
pub(crate) struct Refresh<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    miss: &'m Miss<K, V>,
    born: u64,
    stale: Arc<AtomicBool>,
}

impl<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> Refresh<'m, K, V> {
    /// Says that a refresh is under way, before its load begins.
    pub(super) fn new(miss: &'m Miss<K, V>) -> Self {
        let stale = miss.near.begin_refresh(miss.hash, &miss.key);
        Self {
            miss,
            born: miss.near.now(),
            stale,
        }
    }

    /// Takes away what is there: what was loaded is right, and is not to be kept.
    pub(crate) fn pass(&self) {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        near.withdraw(*hash, key, &self.stale);
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
        let birth = near.birth(self.born, names);
        let entry = V::hold(Entry::new(value, birth, life, *origin, weight));
        near.replace(*hash, key, &entry, &self.stale);
    }
}

impl<K: Eq + Clone + 'static, V: ?Sized + 'static> Drop for Refresh<'_, K, V> {
    fn drop(&mut self) {
        self.miss
            .near
            .end_refresh(self.miss.hash, &self.miss.key, &self.stale);
    }
}
