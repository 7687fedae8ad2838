//! Forgetting everything at once.

use super::Tier;
use super::shard::Emptied;
use crate::stats::MissReason;
use crate::sync::Ordering;
use crate::why::MissCause;

/// So many entries are freed by whoever clears; more take a thread of their own, because a million take a second.
#[cfg(not(cache_loom))]
const FEW: usize = 4_096;

impl dyn Tier {
    /// Forgets everything: nothing that was loaded before this call is used after it. The memory is freed as well, behind the
    /// caller where it is much.
    pub(super) fn empty(&self, invalidation: u32) {
        let core = self.core();
        core.cleared_by.store(invalidation, Ordering::Relaxed);
        core.marks.mark_place(&core.cleared);
        core.marks.mark(core.whole);
        self.release_all(Some(MissCause::by(MissReason::Invalidated, invalidation)));
    }

    /// Frees what is kept. Without a cause nothing has invalidated it: for a tier that nobody asks any more.
    pub(super) fn release_all(&self, cause: Option<MissCause>) {
        let core = self.core();
        let expected = core.bounds.entries / self.shards();
        let mut emptied = Vec::new();
        for at in 0..self.shards() as u64 {
            let Some(shard) = self.shard_if_made(at << 40) else {
                continue;
            };
            let mut shard = shard.write();
            core.entries.fetch_sub(shard.count, Ordering::Relaxed);
            core.bytes.fetch_sub(shard.bytes, Ordering::Relaxed);
            shard.pending.disown_refreshes();
            emptied.push(shard.empty(expected, cause));
        }
        core.end_all_copies();
        free(emptied);
    }
}

#[cfg(not(cache_loom))]
fn free(emptied: Vec<Emptied>) {
    let entries: usize = emptied.iter().map(|shard| shard.count).sum();
    if entries > FEW {
        let thread = std::thread::Builder::new().name("cache-clear".into());
        // Where the system refuses the thread, this frees it here.
        let _ = thread.spawn(move || drop(emptied));
    }
}

#[cfg(cache_loom)]
fn free(emptied: Vec<Emptied>) {
    drop(emptied);
}
