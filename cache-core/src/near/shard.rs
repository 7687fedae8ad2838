//! One shard: its keys, the entry of each, and what is under way for it.

use std::sync::Arc;

use super::cells::{AnyCells, Cells, Departed, FoundEntry};
use super::costs::CostScale;
use super::deaths::Deaths;
use super::key::TierKey;
use super::order::{EvictionOrder, EvictionQueue};
use super::pending::PendingMap;
use super::sketch::FrequencySketch;
use super::table::{Position, PositionTable, ShortHash};
use crate::entry::{AnyEntry, EntryForm, EntryRef};
use crate::why::MissCause;

/// The keys of one shard, and the entry of each.
pub(crate) struct Shard<C: ?Sized = dyn AnyCells> {
    pub(super) table: PositionTable,
    pub(super) pending: PendingMap,
    /// How many entries there are.
    pub(super) count: usize,
    /// What they weigh together.
    pub(super) bytes: usize,
    /// What those in the window weigh together.
    pub(super) window_bytes: usize,
    /// In which order they may leave.
    pub(super) order: EvictionOrder,
    /// How often keys are asked for; nobody asks before something must leave.
    pub(super) sketch: Option<FrequencySketch>,
    /// What loads take.
    pub(super) costs: CostScale,
    pub(super) deaths: Deaths,
    /// Entries that eviction has looked at, and whose copies are to end: the next use is to be counted.
    pub(super) looked_at: Vec<ShortHash>,
    pub(super) cells: C,
}

impl<K, E: EntryForm> Shard<Cells<K, E>> {
    /// An empty shard, which expects to hold about `share` entries.
    pub(super) fn new(share: usize) -> Self {
        Self {
            table: PositionTable::new(),
            pending: PendingMap::new(share),
            count: 0,
            bytes: 0,
            window_bytes: 0,
            order: EvictionOrder::new(),
            sketch: None,
            costs: CostScale::default(),
            deaths: Deaths::none(share),
            looked_at: Vec::new(),
            cells: Cells::new(),
        }
    }

    /// The entry of the key for which `is_it` holds.
    #[inline]
    pub(super) fn get(&self, hash: u64, is_it: impl Fn(&K) -> bool) -> Option<FoundEntry<'_, E>> {
        let is_there = |position| self.cells.key_at(position).is_some_and(&is_it);
        // The first candidate is nearly always the right one. Keys are compared after the search, which so calls nobody and stays in
        // registers.
        let mut position = self.table.first(hash)?;
        if !is_there(position) {
            position = self.table.find_among(hash, &is_there)?;
        }
        self.cells.find(position)
    }
}

impl Shard {
    /// The position of a stored key.
    pub(super) fn find(&self, hash: u64, key: &TierKey) -> Option<Position> {
        self.table.find(hash, |position| {
            self.cells.key(position).is_some_and(|at| at.is(&**key))
        })
    }

    /// The position of a stored key, which it gets if it has none.
    pub(super) fn find_or_claim(&mut self, hash: u64, key: &TierKey) -> Position {
        if let Some(position) = self.find(hash, key) {
            return position;
        }
        let position = self.table.claim(hash);
        self.cells.claim(position, key);
        position
    }

    /// Gives a position back at which nothing is kept and nothing under way.
    pub(super) fn release_if_empty(&mut self, position: Position) {
        if self.cells.entry(position).is_none() && !self.pending.has(position) {
            self.table.release(position);
            // Last: to drop the key may run code that is not ours.
            self.cells.release(position);
        }
    }

    /// Puts an entry at a position where none is, at the end of a queue; tells whether it has the form of the others.
    pub(super) fn insert(
        &mut self,
        position: Position,
        entry: &Arc<dyn AnyEntry>,
        queue: EvictionQueue,
    ) -> bool {
        let is_in = self.cells.put(position, entry.clone());
        if is_in {
            self.count += 1;
            self.bytes += entry.weight;
            self.enqueue(queue, position, entry.weight);
        }
        is_in
    }

    /// Takes the entry of a position out. Its key stays until it is [released](Self::release_if_empty).
    pub(super) fn take(&mut self, position: Position) -> Option<Departed> {
        let weight = self.cells.entry(position)?.weight();
        self.count -= 1;
        self.bytes -= weight;
        self.dequeue(position, weight);
        Some(self.cells.take(position))
    }

    /// Puts the entry of a position at the end of a queue, whichever it is in.
    pub(super) fn requeue(&mut self, queue: EvictionQueue, position: Position) {
        let weight = self.cells.entry(position).map_or(0, EntryRef::weight);
        self.dequeue(position, weight);
        self.enqueue(queue, position, weight);
    }

    fn enqueue(&mut self, queue: EvictionQueue, position: Position, weight: usize) {
        self.order.push(queue, position);
        if queue == EvictionQueue::Window {
            self.window_bytes += weight;
        }
    }

    fn dequeue(&mut self, position: Position, weight: usize) {
        if self.order.queue(position) == EvictionQueue::Window {
            self.window_bytes -= weight;
        }
        self.order.unlink(position);
    }
}

#[cfg(all(test, not(cache_loom)))]
impl Shard {
    /// How many positions are taken.
    pub(super) fn positions(&self) -> usize {
        let positions = Position::try_from(self.cells.positions()).unwrap_or(Position::MAX);
        let with_key = (0..positions).filter(|at| self.cells.key(*at).is_some());
        with_key.count()
    }
}

/// What was in a shard, to be dropped after its lock is released.
pub(super) struct Emptied {
    pub(super) count: usize,
    _table: PositionTable,
    _pending: PendingMap,
    _cells: Box<dyn AnyCells>,
}

impl Shard {
    /// Takes everything out, for this reason; `share` as for a new one.
    pub(super) fn empty(&mut self, share: usize, cause: Option<MissCause>) -> Emptied {
        self.deaths = Deaths::none(share);
        if let Some(cause) = cause {
            for position in self.order.hottest_first().take(self.deaths.room()) {
                self.deaths.note(self.table.hash(position), cause);
            }
        }
        (self.bytes, self.window_bytes) = (0, 0);
        self.order = EvictionOrder::new();
        self.sketch = None;
        Emptied {
            count: std::mem::take(&mut self.count),
            _table: std::mem::replace(&mut self.table, PositionTable::new()),
            _pending: std::mem::replace(&mut self.pending, PendingMap::new(share)),
            _cells: self.cells.empty(),
        }
    }
}

/// Enough shards that threads rarely meet.
pub(super) fn count() -> usize {
    let threads = std::thread::available_parallelism().map_or(4, usize::from);
    (threads * 8).next_power_of_two().clamp(8, 64)
}

/// Few enough that each has room for sixteen of a tier's entries at the least: with a dozen, a shard with many hot keys loses some.
pub(super) fn most(entries: usize) -> usize {
    (entries / 32).max(1).next_power_of_two()
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn no_shard_is_small() {
        for entries in 1..5_000 {
            let shards = most(entries);
            assert!(shards == 1 || entries / shards >= 16, "{entries}");
        }
        assert_eq!(most(2_048), 64);
    }
}
