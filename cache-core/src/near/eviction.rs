//! The account of entries and bytes, and eviction of what is too much.

use std::sync::Arc;

use super::cells::Departed;
use super::key::AnyKey;
use super::order::EvictionQueue;
use super::shard::Shard;
use super::table::{Position, ShortHash};
use super::{Core, Effects, Left, Tier, TierKey};
use crate::entry::{AnyEntry, EntryRef};
use crate::events::{self, Cause, Event};
use crate::stats::MissReason;
use crate::sync::Ordering;
use crate::why::MissCause;

impl dyn Tier {
    /// Puts an entry under its key. What was there is dead from now on, and its successor has its place in the order of eviction if it
    /// was admitted; a first insert moves nothing.
    pub(super) fn store(
        &self,
        shard: &mut Shard,
        hash: u64,
        key: &TierKey,
        entry: &Arc<dyn AnyEntry>,
        effects: &mut Effects,
    ) {
        let core = self.core();
        effects.is_stored = true;
        let short = ShortHash::of(hash);
        let position = shard.find_or_claim(hash, key);
        let former_queue = shard.order.queue(position);
        let mut is_admitted = false;
        if let Some(old) = shard.cells.entry(position) {
            is_admitted = old.take_use() || former_queue == EvictionQueue::Main;
            core.retire(old, short);
        }
        if let Some(old) = shard.take(position) {
            effects.left.push((shown(&**key), Cause::Replaced, old));
        }
        if shard.deaths.stored(short) {
            core.reloads.fetch_add(1, Ordering::Relaxed);
        }
        if entry.weight > core.bounds.bytes || core.bounds.entries == 0 {
            shard.release_if_empty(position);
            return;
        }
        core.entries.fetch_add(1, Ordering::Relaxed);
        core.bytes.fetch_add(entry.weight, Ordering::Relaxed);
        shard.note_request(short);
        shard.costs.note(entry.view().cost());
        let mut has_room = true;
        // Before the entry is there: the newcomer must not leave at once.
        while core.is_over()
            && let Some(evicted) = core.evict(shard)
        {
            has_room = false;
            effects.left.push(evicted);
        }
        let queue = if is_admitted {
            EvictionQueue::Main
        } else {
            shard.queue_of_newcomer()
        };
        if !shard.insert(position, entry, queue) {
            core.lost(entry.view(), short);
            shard.release_if_empty(position);
        }
        if has_room {
            shard.admit_surplus();
            core.end_copies_looked_at(shard);
        }
    }

    /// Takes out what is under a key; what was there is dead from now on.
    pub(super) fn take_out(&self, shard: &mut Shard, position: Position) -> Option<Departed> {
        if let Some(old) = shard.cells.entry(position) {
            self.core().retire(old, shard.table.hash(position));
        }
        let old = shard.take(position);
        shard.release_if_empty(position);
        old
    }

    /// Ends a change once its lock is released: drops what left, evicts from other shards if the one of `hash` had nothing else to
    /// give, and tells those who want to know.
    pub(super) fn settle(&self, hash: u64, key: &TierKey, effects: Effects) {
        let core = self.core();
        tell_evicted(effects.left);
        let mut at = hash;
        let mut spared = 1;
        while core.is_over() && spared < self.shards() {
            at = at.wrapping_add(1 << 40);
            if (at ^ hash) >> 40 & (self.shards() as u64 - 1) == 0 {
                continue;
            }
            let shard = self.shard_if_made(at);
            let evicted = shard.and_then(|shard| core.evict(&mut *shard.write()));
            spared = if evicted.is_some() { 1 } else { spared + 1 };
            tell_evicted(evicted);
        }
        if effects.is_stored {
            tell_stored(key);
        }
    }
}

impl Core {
    /// Accounts for an entry that has left its shard, and declares it dead for those who still hold it.
    fn retire(&self, entry: EntryRef<'_>, hash: ShortHash) {
        self.lost(entry, hash);
        if let Some(entry) = entry.whole() {
            entry.generation.kill();
        }
    }

    fn lost(&self, entry: EntryRef<'_>, hash: ShortHash) {
        self.end_copy(entry, hash);
        if let Some(entry) = entry.whole() {
            entry.left();
        }
        self.entries.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(entry.weight(), Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.entries.load(Ordering::Relaxed) > self.bounds.entries
            || self.bytes.load(Ordering::Relaxed) > self.bounds.bytes
    }

    /// An evicted entry stays valid for those who hold it: eviction is no invalidation.
    fn evict(&self, shard: &mut Shard) -> Option<Left> {
        let position = self.next_to_leave(shard);
        self.end_copies_looked_at(shard);
        let position = position?;
        let entry = shard.cells.entry(position)?;
        let hash = shard.table.hash(position);
        self.lost(entry, hash);
        self.evictions.fetch_add(1, Ordering::Relaxed);
        let ended = self.end_of(entry);
        let left = shard.take(position)?;
        if ended.is_some() {
            self.evicted_dead.fetch_add(1, Ordering::Relaxed);
        }
        let cause = ended.unwrap_or(MissCause::of(MissReason::Evicted));
        shard.deaths.note(hash, cause);
        let key = shard.cells.key(position).and_then(shown);
        shard.release_if_empty(position);
        Some((key, Cause::Bound, left))
    }
}

/// Tells those who want to know that a value has been put under a key.
fn tell_stored(key: &TierKey) {
    if events::are_wanted() {
        let key = shown(&**key);
        events::tell(|| Event::Stored {
            key: key.as_deref(),
        });
    }
}

/// Drops what left, and tells those who want to know.
pub(super) fn tell_evicted(left: impl IntoIterator<Item = Left>) {
    for (key, cause, entry) in left {
        drop(entry);
        let key = key.as_deref();
        events::tell(|| Event::Evicted { key, cause });
    }
}

/// The text of a key, if it has one and somebody wants to know.
pub(super) fn shown(key: &dyn AnyKey) -> Option<Box<[u8]>> {
    if !events::are_wanted() {
        return None;
    }
    key.text().map(Box::from)
}
