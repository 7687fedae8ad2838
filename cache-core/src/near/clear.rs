//! Forgetting everything at once.

use std::sync::Arc;

use super::shard::Shard;
use super::{Lane, Near};
use crate::entry::Entry;
use crate::sync::Ordering;

/// So many entries are freed by whoever clears; more take a thread of their own, because a million take a second.
#[cfg(not(cache_loom))]
const FEW: usize = 4_096;

impl<K, V> Near<K, V>
where
    K: Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + ?Sized + 'static,
{
    /// Forgets everything: nothing that was loaded before this call is used after it. The memory is freed as well, behind the
    /// caller where it is much.
    pub(crate) fn clear(&self) {
        self.marks.mark_place(&self.cleared);
        self.marks.mark(self.whole);
        let mut emptied = Vec::with_capacity(self.shards.len());
        for Lane(lane) in &self.shards {
            let empty = Shard::new(self.bounds.entries / self.shards.len());
            let mut shard = lane.write();
            let old = std::mem::replace(&mut *shard, empty);
            self.entries.fetch_sub(old.entries.len(), Ordering::Relaxed);
            self.bytes.fetch_sub(old.bytes, Ordering::Relaxed);
            old.disown_refreshes();
            drop(shard);
            emptied.push(old);
        }
        free(emptied);
    }
}

#[cfg(not(cache_loom))]
fn free<K, V>(emptied: Vec<Shard<K, V>>)
where
    K: Eq + Send + Sync + 'static,
    V: Send + Sync + ?Sized + 'static,
{
    let entries: usize = emptied.iter().map(|shard| shard.entries.len()).sum();
    if entries > FEW {
        let thread = std::thread::Builder::new().name("cache-clear".into());
        // Where the system refuses the thread, this frees it here.
        let _ = thread.spawn(move || drop(emptied));
    }
}

#[cfg(cache_loom)]
fn free<K, V: ?Sized>(emptied: Vec<Shard<K, V>>) {
    drop(emptied);
}

impl<K, V: ?Sized> Shard<K, V> {
    /// An entry has come.
    pub(super) fn gained(&mut self, entry: &Arc<Entry<V>>) {
        self.bytes += entry.weight;
    }

    /// An entry has left.
    pub(super) fn lost(&mut self, entry: &Entry<V>) {
        self.bytes -= entry.weight;
    }
}
