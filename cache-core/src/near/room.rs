//! Who may stay: the account of entries and bytes, and eviction.

use std::sync::Arc;

use super::shard::{Held, Shard, Slot};
use super::{Leaving, Left, Near, shown};
use crate::entry::Entry;
use crate::events::Cause;
use crate::sync::Ordering;

impl<K: Eq + Clone + 'static, V: ?Sized> Near<K, V> {
    /// Puts an entry under its key. What was there is dead from now on; a first insert moves nothing.
    pub(super) fn place(
        &self,
        shard: &mut Shard<K, V>,
        hash: u64,
        key: &K,
        entry: &Arc<Entry<V>>,
        leaving: &mut Leaving<V>,
    ) {
        if let Some(old) = shard.entries.pop(Held::new(hash, key).lookup()) {
            self.retire(shard, &old);
            leaving.push((shown(key), Cause::Replaced, old));
        } else if shard.ghosts.take(hash) {
            self.reloads.fetch_add(1, Ordering::Relaxed);
        }
        if entry.weight > self.bounds.bytes || self.bounds.entries == 0 {
            return;
        }
        let slot = Slot::new(hash, key.clone());
        self.entries.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(entry.weight, Ordering::Relaxed);
        // Before the entry is there: a sweep that spares all the others must not take the newcomer.
        while self.is_over()
            && let Some(evicted) = self.evict(shard)
        {
            leaving.push(evicted);
        }
        shard.gained(entry);
        shard.entries.put(slot, entry.clone());
    }

    /// Accounts for an entry that has left its shard, and declares it dead for those who still hold it.
    pub(super) fn retire(&self, shard: &mut Shard<K, V>, entry: &Entry<V>) {
        shard.lost(entry);
        self.entries.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(entry.weight, Ordering::Relaxed);
        entry.generation.kill();
    }

    fn is_over(&self) -> bool {
        self.entries.load(Ordering::Relaxed) > self.bounds.entries
            || self.bytes.load(Ordering::Relaxed) > self.bounds.bytes
    }

    /// An evicted entry stays valid for those who hold it: eviction is no invalidation.
    fn evict(&self, shard: &mut Shard<K, V>) -> Option<Left<V>> {
        let (slot, entry) = shard.pop_coldest()?;
        shard.lost(&entry);
        self.entries.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(entry.weight, Ordering::Relaxed);
        self.evictions.fetch_add(1, Ordering::Relaxed);
        // Whoever asks for what has ended must load it in any case.
        if self.is_usable(&entry) {
            shard.ghosts.add(slot.hash());
        }
        Some((shown(slot.key()), Cause::Bound, entry))
    }

    /// Drops what left, and if the shard of `hash` had nothing else to give, evicts from the others.
    pub(super) fn settle(&self, hash: u64, leaving: Leaving<V>) {
        Self::tell(leaving);
        let mut at = hash;
        let mut spared = 1;
        while self.is_over() && spared < self.shards.len() {
            at = at.wrapping_add(1 << 40);
            if std::ptr::eq(self.lane(at), self.lane(hash)) {
                continue;
            }
            let evicted = self.evict(&mut self.lane(at).write());
            spared = if evicted.is_some() { 1 } else { spared + 1 };
            Self::tell(evicted.into_iter().collect());
        }
    }
}
