//! Values that replace what is there, unless somebody has removed or set the key meanwhile.

use std::sync::Arc;

use super::eviction::shown;
use super::shard::Shard;
use super::table::Position;
use super::{Effects, Tier, TierKey};
use crate::entry::AnyEntry;
use crate::events::Cause;
use crate::generation::Generation;
use crate::sync::{AtomicBool, Ordering};

impl dyn Tier {
    /// Begins a refresh: whoever removes or sets the key from now on makes its value unwanted.
    pub(crate) fn begin_refresh(&self, hash: u64, key: &TierKey) -> Arc<AtomicBool> {
        let mut shard = self.shard(hash).write();
        let position = shard.find_or_claim(hash, key);
        let refresh = &mut shard.pending.at(position).refresh;
        refresh.get_or_insert_default().clone()
    }

    /// Forgets a refresh that has ended, unless others of its key are under way.
    pub(crate) fn end_refresh(&self, hash: u64, key: &TierKey, stale: Arc<AtomicBool>) {
        let mut shard = self.shard(hash).write();
        // Under the lock, so that of two that end at once the second sees that it is the last.
        drop(stale);
        let Some(position) = shard.find(hash, key) else {
            return;
        };
        let refresh = shard
            .pending
            .get(position)
            .and_then(|pending| pending.refresh.as_ref());
        if refresh.is_some_and(|there| Arc::strong_count(there) == 1) {
            shard.pending.end_refresh(position);
            shard.release_if_empty(position);
        }
    }

    /// Replaces whatever is under the key with what a refresh brought, and takes away an older flight of the key. Nothing
    /// happens if the value is no longer live or wanted, or if what is there was loaded by one who began later.
    pub(crate) fn replace(
        &self,
        hash: u64,
        key: &TierKey,
        entry: &Arc<dyn AnyEntry>,
        stale: &AtomicBool,
    ) {
        let mut effects = Effects::default();
        let mut shard = self.shard(hash).write();
        let position = shard.find(hash, key);
        let wanted = !stale.load(Ordering::Relaxed)
            && self.is_live(entry.view())
            && position
                .is_none_or(|position| self.gives_way(&mut shard, position, &entry.generation));
        if wanted {
            self.store(&mut shard, hash, key, entry, &mut effects);
        }
        drop(shard);
        self.settle(hash, key, effects);
    }

    /// Puts what a load has written elsewhere in the place of whatever is under the key, and takes away all that is under way
    /// for it: it may have read what was there before. If the key was removed or set meanwhile, or another one has put its
    /// value, nobody can say whose is the last, and nothing is left there.
    pub(crate) fn put(
        &self,
        hash: u64,
        key: &TierKey,
        entry: &Arc<dyn AnyEntry>,
        stale: &AtomicBool,
    ) {
        let mut effects = Effects::default();
        let mut shard = self.shard(hash).write();
        let wanted = !stale.load(Ordering::Relaxed) && self.is_live(entry.view());
        let position = shard.find(hash, key);
        if let Some(position) = position {
            shard.pending.forget(position);
        }
        if wanted {
            self.store(&mut shard, hash, key, entry, &mut effects);
        } else if let Some(position) = position {
            let old = self.take_out(&mut shard, position);
            effects
                .left
                .extend(old.map(|old| (shown(&**key), Cause::Removed, old)));
        }
        drop(shard);
        self.settle(hash, key, effects);
    }

    /// Takes away what is under the key, because a refresh that began at `generation` brought what is not to be kept.
    pub(crate) fn withdraw(
        &self,
        hash: u64,
        key: &TierKey,
        generation: &Generation,
        stale: &AtomicBool,
    ) {
        let mut shard = self.shard(hash).write();
        let Some(position) = shard.find(hash, key) else {
            return;
        };
        if stale.load(Ordering::Relaxed) || !self.gives_way(&mut shard, position, generation) {
            return;
        }
        let old = self.take_out(&mut shard, position);
        drop(shard);
        drop(old);
    }

    /// Whether what is there gives way to a refresh; a flight that began before it is detached.
    fn gives_way(&self, shard: &mut Shard, position: Position, generation: &Generation) -> bool {
        let there = shard.cells.entry(position);
        if there
            .is_some_and(|old| generation.view().is_before(old.generation()) && self.is_usable(old))
        {
            return false;
        }
        let flight = shard.pending.flight(position);
        if flight.is_some_and(|flight| flight.generation.is_before(generation)) {
            shard.pending.detach(position, None);
        }
        true
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::clock;
    use crate::entry::{BY_HAND, Entry, Meta};
    use crate::marks::marks;
    use crate::name::NameScope;
    use crate::near::{Bounds, Near};
    use crate::policy::Life;

    /// A refresh may begin after the mark of a clear and before its shard is emptied.
    #[test]
    fn a_refresh_that_a_clear_has_met_is_unwanted_once_its_key_is_removed() {
        let bounds = Bounds {
            entries: 16,
            bytes: usize::MAX,
            joins: true,
        };
        let near: Near<u64, Entry<u64>> = Near::new(bounds, marks(), NameScope::fresh());
        let key = 7_u64;
        let hash = near.hash(&key);
        let stale = near.begin_refresh(hash, &near.key(&key));
        near.empty(0);
        let generation = near.generation(&[]); // as of one whose clear was marked before it began
        near.remove(hash, &near.key(&key), 0);
        let life = Life::new(clock::now(), None);
        let entry: Arc<dyn AnyEntry> = Entry::new(1, Meta::new(generation, life, BY_HAND, 0));
        near.replace(hash, &near.key(&key), &entry, &stale);
        assert!(near.get(hash, &key, |_| Some(())).is_none());
    }
}
