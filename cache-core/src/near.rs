//! The near tier: live values of this process, bounded, sharded, found by a borrowed key.
//!
//! A shard is an `lru` cache under a reader-writer lock, used as a second-chance queue: a hit takes the lock shared and sets
//! a bit in the entry; eviction gives an entry whose bit is set another round. The flights of a shard's keys lie under the
//! same lock, so that "look once more, else lead" and "store only if still attached" are single steps.

use std::hash::BuildHasher;
use std::sync::Arc;

use crate::clock::{self, Moment};
use crate::entry::{BY_HAND, Entry, Origin};
use crate::flight::Flight;
use crate::key::CacheKey;
use crate::marks::{self, Birth, Marks, Name, Scope};
use crate::monitor::Monitor;
use crate::sync::{AtomicU64, AtomicUsize, Ordering, RwLock};

use self::shard::{Held, Shard, Slot, Wanted};

mod refresh;
mod room;
mod shard;

/// How much a near tier may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The number of entries; with zero nothing is kept.
    pub entries: usize,
    /// The sum of the entries' weights, in bytes.
    pub bytes: usize,
    /// Whether those who want one key share its load even where nothing is kept.
    pub joins: bool,
}

/// A map from keys to live entries, and the loads under way.
pub(crate) struct Near<K, V: ?Sized> {
    shards: Box<[Lane<K, V>]>,
    hasher: foldhash::fast::RandomState,
    bounds: Bounds,
    marks: &'static Marks,
    scope: Scope,
    entries: AtomicUsize,
    bytes: AtomicUsize,
    evictions: AtomicU64,
    /// The mark of the tier as a whole.
    cleared: AtomicU64,
    /// How many loads have begun.
    turns: AtomicU64,
    /// How many load alone, outside of any flight.
    alone: Monitor<usize>,
}

/// A shard alone on its cache lines.
#[repr(align(128))]
struct Lane<K, V: ?Sized>(RwLock<Shard<K, V>>);

/// What a call that missed should do.
pub(crate) enum Join<V: ?Sized> {
    /// Somebody has stored a value in the meantime.
    Found(Arc<Entry<V>>),
    /// Load; the flight is ours to end.
    Lead(Arc<Flight<V>>),
    /// Wait for this flight.
    Follow(Arc<Flight<V>>),
    /// Run the load alone: its outcome is known to be private to each caller.
    Alone,
}

/// What leaves the tier in a step; dropped after its lock is released, because drops run code that is not ours.
type Leaving<V> = Vec<Arc<Entry<V>>>;

impl<K: Eq, V: ?Sized> Near<K, V> {
    /// An empty tier.
    pub(crate) fn new(bounds: Bounds, marks: &'static Marks, scope: Scope) -> Self {
        let shards = shard::count(bounds.entries);
        Self {
            shards: (0..shards)
                .map(|_| Lane(RwLock::new(Shard::new(bounds.entries / shards))))
                .collect(),
            hasher: foldhash::fast::RandomState::default(),
            bounds,
            marks,
            scope,
            entries: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            evictions: AtomicU64::new(0),
            cleared: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            alone: Monitor::new(0),
        }
    }

    /// The hash of a key in this tier.
    #[inline]
    pub(crate) fn hash<Q: CacheKey<Stored = K> + ?Sized>(&self, key: &Q) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        key.hash(&mut hasher);
        std::hash::Hasher::finish(&hasher)
    }

    #[inline]
    fn lane(&self, hash: u64) -> &RwLock<Shard<K, V>> {
        // hashbrown, inside the shard, takes the top seven bits and the low ones.
        &self.shards[(hash >> 40) as usize & (self.shards.len() - 1)].0
    }

    /// Looks a key up, and gives what `take` makes of the entry while the shard is locked. Only fresh entries are hits.
    #[inline]
    pub(crate) fn get<Q, R>(
        &self,
        hash: u64,
        key: &Q,
        take: impl FnOnce(&Arc<Entry<V>>) -> Option<R>,
    ) -> Option<R>
    where
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let shard = self.lane(hash).read();
        let entry = shard.find(hash, key)?;
        if !self.is_usable(entry) {
            return None;
        }
        let taken = take(entry)?;
        entry.touch();
        Some(taken)
    }

    #[inline]
    fn is_usable(&self, entry: &Entry<V>) -> bool {
        self.is_live(entry) && entry.is_fresh()
    }

    /// Whether nothing that the entry depends on was invalidated since its load began.
    #[inline]
    pub(crate) fn is_live(&self, entry: &Entry<V>) -> bool {
        entry.birth.is_live(self.marks, &self.cleared)
    }

    /// The epoch now, to be read before a load begins.
    pub(crate) fn now(&self) -> u64 {
        self.marks.now()
    }

    /// The number of loads that run outside of any flight.
    pub(crate) fn alone(&self) -> &Monitor<usize> {
        &self.alone
    }

    /// The birth of a value whose load begins now and depends on `names`.
    pub(crate) fn birth(&self, names: &[Name]) -> Birth {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        Birth::new(self.now(), turn, self.slots(names))
    }

    /// The slots of names.
    pub(crate) fn slots(&self, names: &[Name]) -> Box<[marks::Slot]> {
        let slot = |name: &Name| self.marks.slot(self.scope, *name);
        names.iter().map(slot).collect()
    }

    /// Whether nothing is kept here, and everything is asked for anew.
    pub(crate) fn keeps_nothing(&self) -> bool {
        self.bounds.entries == 0
    }
}

impl<K: Eq + Clone, V: ?Sized> Near<K, V> {
    /// Looks once more, joins the flight of this key or begins it, in one step. A flight whose load began before an
    /// invalidation that it would not survive is replaced.
    ///
    /// `names` are those that the load is known to depend on before it begins.
    pub(crate) fn join(
        &self,
        hash: u64,
        key: &K,
        origin: Origin,
        names: &[Name],
        fits: fn(&V) -> bool,
    ) -> Join<V> {
        if self.keeps_nothing() && !self.bounds.joins {
            return Join::Alone;
        }
        let mut shard = self.lane(hash).write();
        let slot = Held::new(hash, key);
        if let Some(entry) = shard.entries.peek(slot.lookup())
            && (entry.origin == origin || entry.origin == BY_HAND)
            && fits(entry.value())
            && self.is_usable(entry)
        {
            entry.touch();
            return Join::Found(entry.clone());
        }
        if shard
            .passes
            .peek(slot.lookup())
            .is_some_and(|until| clock::now() < *until)
        {
            return Join::Alone;
        }
        if let Some(flight) = shard.flights.peek(slot.lookup())
            && flight.birth.is_live(self.marks, &self.cleared)
        {
            return if flight.origin == origin {
                Join::Follow(flight.clone())
            } else {
                Join::Alone
            };
        }
        let flight = Flight::new(self.birth(names), origin);
        shard
            .flights
            .put(Slot::new(hash, key.clone()), flight.clone());
        Join::Lead(flight)
    }

    /// Ends a flight with a value. It is stored if the flight is still attached to its key and the value still live.
    pub(crate) fn land(&self, hash: u64, key: &K, flight: &Arc<Flight<V>>, entry: &Arc<Entry<V>>) {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        if !shard.detach(hash, key, Some(flight)) {
            entry.birth.kill();
        } else if self.is_usable(entry) {
            self.place(&mut shard, hash, key, entry, &mut leaving);
        }
        drop(shard);
        self.settle(hash, leaving);
    }

    /// Takes a flight from its key, if it is still there: what it brings will not be stored, and nobody joins it any more.
    pub(crate) fn detach(&self, hash: u64, key: &K, flight: &Arc<Flight<V>>) -> bool {
        self.lane(hash).write().detach(hash, key, Some(flight))
    }

    /// Changes what is under the key in one step: `change` sees what may be used, and gives what is to stand there instead;
    /// `None`: what is there stays.
    pub(crate) fn modify(
        &self,
        hash: u64,
        key: &K,
        change: impl FnOnce(Option<&Arc<Entry<V>>>) -> Option<Arc<Entry<V>>>,
    ) -> bool {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        let slot = Held::new(hash, key);
        let there = shard.entries.peek(slot.lookup());
        let Some(entry) = change(there.filter(|there| self.is_usable(there))) else {
            return false;
        };
        shard.forget(slot.lookup());
        self.place(&mut shard, hash, key, &entry, &mut leaving);
        drop(shard);
        self.settle(hash, leaving);
        true
    }

    /// Remembers until `until` that loads of this key are private to each caller, so that they do not queue.
    pub(crate) fn pass(&self, hash: u64, key: &K, until: Moment) {
        self.lane(hash)
            .write()
            .passes
            .put(Slot::new(hash, key.clone()), until);
    }

    /// Puts a value under the key, whatever is there, and takes away what is under way for it.
    pub(crate) fn set(&self, hash: u64, key: &K, entry: &Arc<Entry<V>>) {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        shard.forget(Held::new(hash, key).lookup());
        self.place(&mut shard, hash, key, entry, &mut leaving);
        drop(shard);
        self.settle(hash, leaving);
    }

    /// Removes a key and takes its flight away; tells whether there was something to use.
    pub(crate) fn remove<Q: CacheKey<Stored = K> + ?Sized>(&self, hash: u64, key: &Q) -> bool {
        let mut shard = self.lane(hash).write();
        shard.forget(&Wanted { hash, key });
        let Some(entry) = shard.take(hash, key) else {
            return false;
        };
        let usable = self.is_usable(&entry);
        self.retire(&entry);
        drop(shard);
        usable
    }

    /// Forgets everything: nothing that was loaded before this call is used after it. Frees the memory as well.
    pub(crate) fn clear(&self) {
        self.marks.raise(&self.cleared);
        for Lane(lane) in &self.shards {
            let mut shard = lane.write();
            let emptied = std::mem::replace(
                &mut *shard,
                Shard::new(self.bounds.entries / self.shards.len()),
            );
            emptied.disown_refreshes();
            let bytes = emptied.entries.iter().map(|(_, entry)| entry.weight).sum();
            self.entries
                .fetch_sub(emptied.entries.len(), Ordering::Relaxed);
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            drop(shard);
            drop(emptied);
        }
    }

    /// How many entries are kept, expired ones that nobody has asked for since included.
    pub(crate) fn len(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }

    /// How many entries were evicted because of the bounds.
    pub(crate) fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }
}

impl<K, V: ?Sized> std::fmt::Debug for Near<K, V> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Near")
            .field("bounds", &self.bounds)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}
