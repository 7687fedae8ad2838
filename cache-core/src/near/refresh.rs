//! Refreshes: loads that replace what is there, unless somebody has removed or set the key meanwhile.

use std::sync::Arc;

use super::shard::{Held, Shard, Slot};
use super::{Leaving, Near, shown};
use crate::entry::Entry;
use crate::events::Cause;
use crate::generation::Generation;
use crate::sync::{AtomicBool, Ordering};

impl<K: Eq + Clone + 'static, V: ?Sized> Near<K, V> {
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
    pub(crate) fn end_refresh(&self, hash: u64, key: &K, stale: Arc<AtomicBool>) {
        let mut shard = self.lane(hash).write();
        let slot = Held::new(hash, key);
        // Under the lock, so that of two that end at once the second sees that it is the last.
        drop(stale);
        let last = |there: &Arc<AtomicBool>| Arc::strong_count(there) == 1;
        if shard.refreshes.peek(slot.lookup()).is_some_and(last) {
            shard.refreshes.pop(slot.lookup());
        }
    }

    /// Replaces whatever is under the key with what a refresh brought, and takes away an older flight of the key. Nothing
    /// happens if the value is no longer live or wanted, or if what is there was loaded by one who began later.
    pub(crate) fn replace(&self, hash: u64, key: &K, entry: &Arc<Entry<V>>, stale: &AtomicBool) {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        let wanted = !stale.load(Ordering::Relaxed)
            && self.is_live(entry)
            && self.give_way(&mut shard, hash, key, &entry.generation);
        if wanted {
            self.place(&mut shard, hash, key, entry, &mut leaving);
        }
        drop(shard);
        self.settle(hash, leaving);
        if wanted {
            Self::tell_stored(key);
        }
    }

    /// Puts what a load has written elsewhere in the place of whatever is under the key, and takes away all that is under way
    /// for it: it may have read what was there before. If the key was removed or set meanwhile, or another one has put its
    /// value, nobody can say whose is the last, and nothing is left there.
    pub(crate) fn put(&self, hash: u64, key: &K, entry: &Arc<Entry<V>>, stale: &AtomicBool) {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        let wanted = !stale.load(Ordering::Relaxed) && self.is_live(entry);
        shard.forget(Held::new(hash, key).lookup());
        if wanted {
            self.place(&mut shard, hash, key, entry, &mut leaving);
        } else if let Some(old) = shard.entries.pop(Held::new(hash, key).lookup()) {
            self.retire(&mut shard, &old);
            leaving.push((shown(key), Cause::Removed, old));
        }
        drop(shard);
        self.settle(hash, leaving);
        if wanted {
            Self::tell_stored(key);
        }
    }

    /// Takes away what is under the key, because a refresh of this generation brought a value that is not to be kept.
    pub(crate) fn withdraw(&self, hash: u64, key: &K, generation: &Generation, stale: &AtomicBool) {
        let mut shard = self.lane(hash).write();
        if stale.load(Ordering::Relaxed) || !self.give_way(&mut shard, hash, key, generation) {
            return;
        }
        let old = shard.entries.pop(Held::new(hash, key).lookup());
        if let Some(old) = &old {
            self.retire(&mut shard, old);
        }
        drop(shard);
        drop(old);
    }

    /// Whether a refresh may replace what is there; a flight that began before it is detached.
    fn give_way(
        &self,
        shard: &mut Shard<K, V>,
        hash: u64,
        key: &K,
        generation: &Generation,
    ) -> bool {
        let slot = Held::new(hash, key);
        let younger =
            |old: &Arc<Entry<V>>| generation.is_before(&old.generation) && self.is_usable(old);
        if shard.entries.peek(slot.lookup()).is_some_and(younger) {
            return false;
        }
        if shard
            .flights
            .peek(slot.lookup())
            .is_some_and(|flight| flight.generation.is_before(generation))
        {
            shard.detach(hash, key, None);
        }
        true
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::clock;
    use crate::entry::BY_HAND;
    use crate::marks::marks;
    use crate::name::NameScope;
    use crate::near::Bounds;
    use crate::policy::Life;

    /// A refresh may begin after the mark of a clear and before its shard is emptied.
    #[test]
    fn a_refresh_that_a_clear_has_met_is_unwanted_once_its_key_is_removed() {
        let bounds = Bounds {
            entries: 16,
            bytes: usize::MAX,
            joins: true,
        };
        let near: Near<u64, u64> = Near::new(bounds, marks(), NameScope::fresh());
        let key = 7_u64;
        let hash = near.hash(&key);
        let stale = near.begin_refresh(hash, &key);
        near.clear();
        let generation = near.generation(&[]); // of a load that began after the clear was marked
        near.remove(hash, &key);
        let life = Life::new(clock::now(), None);
        let entry = Arc::new(Entry::new(1, generation, life, BY_HAND, 0));
        near.replace(hash, &key, &entry, &stale);
        assert!(near.get(hash, &key, |_| Some(())).is_none());
    }
}
