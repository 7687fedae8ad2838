//! One shard: its keys, the entry of each, and what is under way for it.

use std::sync::Arc;

use super::deaths::Deaths;
use super::order::{EvictionOrder, EvictionQueue};
use super::pending::PendingMap;
use super::sketch::FrequencySketch;
use super::table::{Position, PositionTable};
use crate::entry::{AnyEntry, EntryForm, Meta};
use crate::key::CacheKey;
use crate::why::MissCause;

/// The keys of one shard, and the column of their entries.
pub(crate) struct Shard<K, C: ?Sized = dyn AnyColumn> {
    pub(super) keys: KeyColumn<K>,
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
    pub(super) deaths: Deaths,
    pub(super) entries: C,
}

/// The keys of a shard, by position.
pub(super) struct KeyColumn<K> {
    pub(super) table: PositionTable,
    stored: Vec<Option<K>>,
}

impl<K> KeyColumn<K> {
    fn new() -> Self {
        Self {
            table: PositionTable::new(),
            stored: Vec::new(),
        }
    }

    /// The position of a key, which may be borrowed.
    #[inline]
    pub(super) fn find_as<Q>(&self, hash: u64, key: &Q) -> Option<Position>
    where
        Q: CacheKey<Stored = K> + ?Sized,
    {
        self.table.find(hash, |position| {
            self.at(position).is_some_and(|stored| key.same(stored))
        })
    }

    #[inline]
    pub(super) fn at(&self, position: Position) -> Option<&K> {
        self.stored.get(position as usize)?.as_ref()
    }
}

impl<K: Eq + Clone> KeyColumn<K> {
    /// The position of a stored key.
    pub(super) fn find(&self, hash: u64, key: &K) -> Option<Position> {
        self.table.find(hash, |position| {
            self.at(position).is_some_and(|stored| stored == key)
        })
    }

    /// The position of a stored key, which it gets if it has none.
    pub(super) fn find_or_claim(&mut self, hash: u64, key: &K) -> Position {
        if let Some(position) = self.find(hash, key) {
            return position;
        }
        let key = Some(key.clone());
        let position = self.table.claim(hash);
        match self.stored.get_mut(position as usize) {
            Some(stored) => *stored = key,
            None => self.stored.push(key),
        }
        position
    }

    fn release(&mut self, position: Position) {
        if let Some(stored) = self.stored.get_mut(position as usize) {
            let key = stored.take();
            self.table.release(position);
            // Last: to drop it may run code that is not ours.
            drop(key);
        }
    }
}

/// The entries of a shard, by position.
pub(crate) struct Column<E: ?Sized>(Vec<Option<Arc<E>>>);

impl<E: ?Sized> Column<E> {
    #[inline]
    pub(super) fn at(&self, position: Position) -> Option<&Arc<E>> {
        self.0.get(position as usize)?.as_ref()
    }
}

/// A column of entries, whatever form they have.
pub(crate) trait AnyColumn: Send + Sync {
    fn meta(&self, position: Position) -> Option<&Meta>;

    fn get(&self, position: Position) -> Option<Arc<dyn AnyEntry>>;

    fn take(&mut self, position: Position) -> Option<Arc<dyn AnyEntry>>;

    /// Puts an entry where none is; tells whether it has the form of the others.
    fn put(&mut self, position: Position, entry: Arc<dyn AnyEntry>) -> bool;

    /// One more than the last position that has ever had an entry.
    fn positions(&self) -> usize;

    /// All of them, which leaves none.
    fn empty(&mut self) -> Box<dyn AnyColumn>;
}

impl<E: EntryForm + ?Sized> AnyColumn for Column<E> {
    fn meta(&self, position: Position) -> Option<&Meta> {
        self.at(position).map(|entry| entry.meta())
    }

    fn get(&self, position: Position) -> Option<Arc<dyn AnyEntry>> {
        self.at(position).cloned().map(E::erase)
    }

    fn take(&mut self, position: Position) -> Option<Arc<dyn AnyEntry>> {
        self.0.get_mut(position as usize)?.take().map(E::erase)
    }

    fn put(&mut self, position: Position, entry: Arc<dyn AnyEntry>) -> bool {
        let Some(entry) = E::of(entry) else {
            return false;
        };
        let position = position as usize;
        while self.0.len() <= position {
            self.0.push(None);
        }
        self.0[position] = Some(entry);
        true
    }

    fn positions(&self) -> usize {
        self.0.len()
    }

    fn empty(&mut self) -> Box<dyn AnyColumn> {
        Box::new(Self(std::mem::take(&mut self.0)))
    }
}

impl<K, E: ?Sized> Shard<K, Column<E>> {
    /// An empty shard, which expects to hold about `share` entries.
    pub(super) fn new(share: usize) -> Self {
        Self {
            keys: KeyColumn::new(),
            pending: PendingMap::new(share),
            count: 0,
            bytes: 0,
            window_bytes: 0,
            order: EvictionOrder::new(),
            sketch: None,
            deaths: Deaths::none(share),
            entries: Column(Vec::new()),
        }
    }
}

impl<K: Eq + Clone> Shard<K> {
    /// Gives a position back at which nothing is kept and nothing under way.
    pub(super) fn release_if_empty(&mut self, position: Position) {
        if self.entries.meta(position).is_none() && !self.pending.has(position) {
            self.keys.release(position);
        }
    }

    /// Puts an entry at a position where none is, at the end of a queue; tells whether it has the form of the others.
    pub(super) fn insert(
        &mut self,
        position: Position,
        entry: &Arc<dyn AnyEntry>,
        queue: EvictionQueue,
    ) -> bool {
        let is_in = self.entries.put(position, entry.clone());
        if is_in {
            self.count += 1;
            self.bytes += entry.weight;
            self.enqueue(queue, position, entry.weight);
        }
        is_in
    }

    /// Takes the entry of a position out. Its key stays until it is [released](Self::release_if_empty).
    pub(super) fn take(&mut self, position: Position) -> Option<Arc<dyn AnyEntry>> {
        let entry = self.entries.take(position)?;
        self.count -= 1;
        self.bytes -= entry.weight;
        self.dequeue(position, entry.weight);
        Some(entry)
    }

    /// Puts the entry of a position at the end of a queue, whichever it is in.
    pub(super) fn requeue(&mut self, queue: EvictionQueue, position: Position) {
        let weight = self.entries.meta(position).map_or(0, |entry| entry.weight);
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
impl<K> Shard<K> {
    /// How many positions are taken.
    pub(super) fn positions(&self) -> usize {
        self.keys.stored.iter().flatten().count()
    }
}

/// What was in a shard, to be dropped after its lock is released.
pub(super) struct Emptied<K> {
    pub(super) count: usize,
    _keys: KeyColumn<K>,
    _pending: PendingMap,
    _entries: Box<dyn AnyColumn>,
}

impl<K> Shard<K> {
    /// Takes everything out, for this reason; `share` as for a new one.
    pub(super) fn empty(&mut self, share: usize, cause: Option<MissCause>) -> Emptied<K> {
        self.deaths = Deaths::none(share);
        if let Some(cause) = cause {
            for position in self.order.hottest_first().take(self.deaths.room()) {
                self.deaths.note(self.keys.table.hash(position), cause);
            }
        }
        (self.bytes, self.window_bytes) = (0, 0);
        self.order = EvictionOrder::new();
        self.sketch = None;
        Emptied {
            count: std::mem::take(&mut self.count),
            _keys: std::mem::replace(&mut self.keys, KeyColumn::new()),
            _pending: std::mem::replace(&mut self.pending, PendingMap::new(share)),
            _entries: self.entries.empty(),
        }
    }
}

/// Enough shards that threads rarely meet.
pub(super) fn count() -> usize {
    let threads = std::thread::available_parallelism().map_or(4, usize::from);
    (threads * 8).next_power_of_two().clamp(8, 64)
}

/// Few enough that each holds a fair sample of a tier of so many entries.
pub(super) fn most(entries: usize) -> usize {
    (entries / 16).max(1).next_power_of_two()
}
