//! The near tier: live values of this process, bounded, sharded, found by a borrowed key.
//!
//! A shard is an `lru` cache under a reader-writer lock, used as a second-chance queue: a hit takes the lock shared and sets
//! a bit in the entry; eviction gives an entry whose bit is set another round. The flights of a shard's keys lie under the
//! same lock, so that "look once more, else lead" and "store only if still attached" are single steps.

use std::hash::BuildHasher;
use std::sync::Arc;

use crate::entry::Entry;
use crate::events::{self, Cause, Event};
use crate::generation::{Generation, Validity};
use crate::key::CacheKey;
use crate::marks::{Marks, Slot};
use crate::monitor::Monitor;
use crate::name::{Name, NameScope};
use crate::sync::{AtomicU64, AtomicUsize, Ordering, RwLock};

pub(crate) use self::flights::Join;
use self::shard::{Held, Shard, Wanted};

mod clear;
mod flights;
mod ghosts;
mod refresh;
mod room;
mod shard;
#[cfg(all(test, not(cache_loom)))]
mod tests;

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
    scope: NameScope,
    /// Carried by what is made of anything in here, outside of here.
    whole: Slot,
    entries: AtomicUsize,
    bytes: AtomicUsize,
    evictions: AtomicU64,
    /// How many keys were stored again that had been evicted shortly before.
    reloads: AtomicU64,
    /// The mark of the tier as a whole.
    cleared: AtomicU64,
    /// How many loads have begun.
    sequence: AtomicU64,
    /// How many load alone, outside of any flight.
    alone: Monitor<usize>,
}

/// A shard alone on its cache lines.
#[repr(align(128))]
struct Lane<K, V: ?Sized>(RwLock<Shard<K, V>>);

/// What leaves the tier in a step, each with its key where somebody wants to know; dropped, and told of, after the lock is
/// released, because drops and receivers run code that is not ours.
type Leaving<V> = Vec<Left<V>>;
type Left<V> = (Option<Box<[u8]>>, Cause, Arc<Entry<V>>);

impl<K: Eq, V: ?Sized> Near<K, V> {
    /// An empty tier.
    pub(crate) fn new(bounds: Bounds, marks: &'static Marks, scope: NameScope) -> Self {
        let shards = shard::count(bounds.entries);
        Self {
            shards: (0..shards)
                .map(|_| Lane(RwLock::new(Shard::new(bounds.entries / shards))))
                .collect(),
            hasher: foldhash::fast::RandomState::default(),
            bounds,
            marks,
            scope,
            whole: marks.slot(NameScope::fresh(), Name::of("tier", b"")),
            entries: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            evictions: AtomicU64::new(0),
            reloads: AtomicU64::new(0),
            cleared: AtomicU64::new(0),
            sequence: AtomicU64::new(0),
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
        self.is_good(entry) && entry.is_fresh()
    }

    /// Whether nothing that the entry depends on was marked since its load began.
    #[inline]
    pub(crate) fn is_good(&self, entry: &Entry<V>) -> bool {
        entry.generation.validity(self.marks, &self.cleared) == Validity::Valid
    }

    /// Whether nothing that the entry depends on was invalidated since its load began.
    #[inline]
    pub(crate) fn is_live(&self, entry: &Entry<V>) -> bool {
        entry.generation.is_live(self.marks, &self.cleared)
    }

    /// The latest moment known at which all that the entry depends on was as it is in the entry: for a live one, now.
    pub(crate) fn since(&self, entry: &Entry<V>) -> u64 {
        // Read before the marks are: what is marked in between is younger.
        let now = self.now();
        match entry.generation.judge(self.marks, &self.cleared) {
            Validity::Invalid => entry.generation.epoch(),
            _ => now,
        }
    }

    /// The epoch now, to be read before a load begins.
    pub(crate) fn now(&self) -> u64 {
        self.marks.now()
    }

    /// The number of loads that run outside of any flight.
    pub(crate) fn alone(&self) -> &Monitor<usize> {
        &self.alone
    }

    /// The generation of a load that begins now and depends on `names`.
    pub(crate) fn generation(&self, names: &[Name]) -> Generation {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        Generation::new(self.now(), sequence, self.slots(names.iter().copied()))
    }

    /// The slots of names.
    pub(crate) fn slots(&self, names: impl Iterator<Item = Name>) -> Box<[Slot]> {
        let slot = |name| self.marks.slot(self.scope, name);
        names.map(slot).collect()
    }

    /// Where its names mean something.
    pub(crate) fn scope(&self) -> NameScope {
        self.scope
    }

    /// The slot of all that is made of what is in here: to clear the tier is to mark it.
    pub(crate) fn whole(&self) -> Slot {
        self.whole
    }

    /// Whether nothing is kept here, and everything is asked for anew.
    pub(crate) fn keeps_nothing(&self) -> bool {
        self.bounds.entries == 0
    }
}

impl<K: Eq + Clone + 'static, V: ?Sized> Near<K, V> {
    /// Puts a value under the key, whatever is there, and takes away what is under way for it.
    pub(crate) fn set(&self, hash: u64, key: &K, entry: &Arc<Entry<V>>) {
        let mut leaving = Leaving::new();
        let mut shard = self.lane(hash).write();
        shard.forget(Held::new(hash, key).lookup());
        self.place(&mut shard, hash, key, entry, &mut leaving);
        drop(shard);
        self.settle(hash, leaving);
        Self::tell_stored(key);
    }

    /// Removes a key and takes its flight away; tells whether there was something to use.
    pub(crate) fn remove<Q: CacheKey<Stored = K> + ?Sized>(&self, hash: u64, key: &Q) -> bool {
        let mut shard = self.lane(hash).write();
        shard.forget(&Wanted { hash, key });
        let Some(entry) = shard.take(hash, key) else {
            return false;
        };
        let usable = self.is_usable(&entry);
        self.retire(&mut shard, &entry);
        drop(shard);
        let key = events::are_wanted().then(|| shown(&key.store())).flatten();
        Self::tell(vec![(key, Cause::Removed, entry)]);
        usable
    }

    /// Tells those who want to know that a value has been put under a key.
    fn tell_stored(key: &K) {
        if events::are_wanted() {
            let key = shown(key);
            events::tell(|| Event::Stored {
                key: key.as_deref(),
            });
        }
    }

    /// Drops what left, and tells those who want to know.
    fn tell(leaving: Leaving<V>) {
        for (key, cause, entry) in leaving {
            drop(entry);
            let key = key.as_deref();
            events::tell(|| Event::Evicted { key, cause });
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

    /// How many values were stored again shortly after they were evicted because of the bounds.
    pub(crate) fn reloads(&self) -> u64 {
        self.reloads.load(Ordering::Relaxed)
    }
}

/// The text of a key, if it has one and somebody wants to know.
fn shown<K: 'static>(key: &K) -> Option<Box<[u8]>> {
    if !events::are_wanted() {
        return None;
    }
    (key as &dyn std::any::Any).downcast_ref().cloned()
}

impl<K, V: ?Sized> std::fmt::Debug for Near<K, V> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Near")
            .field("bounds", &self.bounds)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}
