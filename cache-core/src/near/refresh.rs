//! Refreshes: loads that replace what is there, unless somebody has removed or set the key meanwhile.

use std::sync::Arc;

use super::shard::{Held, Slot};
use super::{Leaving, Near};
use crate::entry::Entry;
use crate::sync::{AtomicBool, Ordering};

impl<K: Eq + Clone, V: ?Sized> Near<K, V> {
    /// Begins a refresh: whoever removes or sets the key from now on makes its value unwanted.
    pub(crate) fn begin_refresh(&self, hash: u64, key: &K) -> Arc<AtomicBool> {
        let mut shard = self.lane(hash).write();
        if let Some(stale) = shard.refreshes.peek(Held::new(hash, key).lookup()) {
            return stale.clone();
        }
        let stale = Arc::new(AtomicBool::new(false));
        shard
            .refreshes
            .put(Slot::new(hash, key.clone()), stale.clone());
        stale
    }

    /// Forgets a refresh that has ended, unless others of its key are under way.
    pub(crate) fn end_refresh(&self, hash: u64, key: &K, stale: &Arc<AtomicBool>) {
        let mut shard = self.lane(hash).write();
        let slot = Held::new(hash, key);
        // Two owners: the shard, and the caller.
        if Arc::strong_count(stale) == 2
            && shard
                .refreshes
                .peek(slot.lookup())
                .is_some_and(|there| Arc::ptr_eq(there, stale))
        {
            shard.refreshes.pop(slot.lookup());
        }
    }

    /// Replaces whatever is under the key with what a refresh brought, and takes the key's flight away.
    /// Nothing happens if the value is no longer live, or if somebody else replaced the entry after the load began.
    pub(crate) fn replace(&self, hash: u64, key: &K, entry: &Arc<Entry<V>>, stale: &AtomicBool) {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        let overtaken = shard
            .entries
            .peek(Held::new(hash, key).lookup())
            .is_some_and(|old| {
                old.placed.load(Ordering::Relaxed) > entry.birth.born() && self.is_usable(old)
            });
        if !overtaken && !stale.load(Ordering::Relaxed) && self.is_live(entry) {
            shard.detach(hash, key, None);
            self.place(&mut shard, hash, key, entry, &mut leaving);
        }
        drop(shard);
        self.settle(hash, leaving);
    }

    /// Takes away what is under the key and on its way there, because a refresh brought what is not to be kept.
    pub(crate) fn withdraw(&self, hash: u64, key: &K, stale: &AtomicBool) {
        let mut shard = self.lane(hash).write();
        let slot = Held::new(hash, key);
        if stale.load(Ordering::Relaxed) {
            return;
        }
        shard.detach(hash, key, None);
        let old = shard.entries.pop(slot.lookup());
        if let Some(old) = &old {
            self.retire(old);
        }
        drop(shard);
        drop(old);
    }
}
