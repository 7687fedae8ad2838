//! Values that are set, changed and removed by their key.

use std::sync::Arc;

use super::eviction::{shown, tell_evicted};
use super::table::ShortHash;
use super::{Effects, Tier, TierKey};
use crate::entry::AnyEntry;
use crate::events::Cause;
use crate::stats::MissReason;
use crate::why::MissCause;

impl dyn Tier {
    /// Puts a value under the key, whatever is there, and takes away what is under way for it.
    pub(crate) fn set(&self, hash: u64, key: &TierKey, entry: &Arc<dyn AnyEntry>) {
        self.modify(hash, key, |_| Some(entry.clone()));
    }

    /// Changes what is under the key in one step: `change` sees what may be used, and gives what is to stand there instead;
    /// `None`: what is there stays.
    pub(crate) fn modify(
        &self,
        hash: u64,
        key: &TierKey,
        change: impl FnOnce(Option<&Arc<dyn AnyEntry>>) -> Option<Arc<dyn AnyEntry>>,
    ) -> bool {
        let mut effects = Effects::default();
        let mut shard = self.shard(hash).write();
        let position = shard.find(hash, key);
        let usable = position.filter(|at| self.is_usable_at(&shard, *at));
        let there = usable.and_then(|position| shard.cells.move_out(position));
        let Some(entry) = change(there.as_ref()) else {
            drop(shard);
            return false;
        };
        if let Some(position) = position {
            shard.pending.forget(position);
        }
        self.store(&mut shard, hash, key, &entry, &mut effects);
        drop(shard);
        self.settle(hash, key, effects);
        true
    }

    /// Removes a key and takes its flight away; tells whether there was something to use. The number is that of the invalidation, or
    /// zero.
    pub(crate) fn remove(&self, hash: u64, key: &TierKey, invalidation: u32) -> bool {
        // Made if need be: a load that begins later must come after this lock, so that it sees what was written before.
        let mut shard = self.shard(hash).write();
        let Some(position) = shard.find(hash, key) else {
            return false;
        };
        shard.pending.forget(position);
        let there = shard.cells.entry(position);
        let usable = there.is_some_and(|entry| self.is_usable(entry));
        if let Some(there) = there {
            let removed = MissCause::by(MissReason::Removed, invalidation);
            let ended = self.end_of(there).unwrap_or(removed);
            shard.deaths.note(ShortHash::of(hash), ended);
        }
        let old = self.take_out(&mut shard, position);
        drop(shard);
        let Some(old) = old else { return false };
        tell_evicted([(shown(&**key), Cause::Removed, old)]);
        usable
    }
}
