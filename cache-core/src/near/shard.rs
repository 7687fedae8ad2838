//! One shard: its entries, the flights of its keys, and the keys that load alone.

use std::borrow::Borrow;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::ghosts::Ghosts;
use crate::clock::Moment;
use crate::entry::Entry;
use crate::flight::Flight;
use crate::key::CacheKey;
use crate::sync::{AtomicBool, Ordering};

/// The maps of one shard.
pub(crate) struct Shard<K, V: ?Sized> {
    pub(crate) entries: Map<K, Arc<Entry<V>>>,
    /// What they weigh together.
    pub(crate) bytes: usize,
    pub(crate) flights: Map<K, Arc<Flight<V>>>,
    pub(crate) passes: Map<K, Moment>,
    /// The refreshes under way of a key: set once the key was removed or set, and what they bring is no longer wanted.
    pub(crate) refreshes: Map<K, Arc<AtomicBool>>,
    pub(super) ghosts: Ghosts,
}

type Map<K, T> = LruCache<Slot<K>, T, BuildHasherDefault<Known>>;

/// How often eviction spares entries that were used, before it takes the next one whatever it is.
const CHANCES: usize = 64;

impl<K: Eq, V: ?Sized> Shard<K, V> {
    /// An empty shard, which expects to hold about `share` entries.
    pub(crate) fn new(share: usize) -> Self {
        let passes = NonZeroUsize::new(share.clamp(16, 1024)).unwrap_or(NonZeroUsize::MIN);
        let mut bounded = LruCache::unbounded_with_hasher(BuildHasherDefault::default());
        bounded.resize(passes);
        Self {
            entries: LruCache::unbounded_with_hasher(BuildHasherDefault::default()),
            bytes: 0,
            flights: LruCache::unbounded_with_hasher(BuildHasherDefault::default()),
            passes: bounded,
            refreshes: LruCache::unbounded_with_hasher(BuildHasherDefault::default()),
            ghosts: Ghosts::none(share),
        }
    }

    #[inline]
    pub(crate) fn find<Q: CacheKey<Stored = K> + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
    ) -> Option<&Arc<Entry<V>>> {
        self.entries.peek(&Wanted { hash, key } as &dyn Lookup<K>)
    }

    pub(crate) fn take<Q: CacheKey<Stored = K> + ?Sized>(
        &mut self,
        hash: u64,
        key: &Q,
    ) -> Option<Arc<Entry<V>>> {
        self.entries.pop(&Wanted { hash, key } as &dyn Lookup<K>)
    }

    /// Takes away what else is known of a key: its flight, and that it loads alone.
    pub(crate) fn forget(&mut self, key: &(dyn Lookup<K> + '_)) {
        self.flights.pop(key);
        self.passes.pop(key);
        if let Some(stale) = self.refreshes.pop(key) {
            stale.store(true, Ordering::Relaxed);
        }
    }

    /// What the refreshes under way bring is no longer wanted: whoever removes a key later would not find them.
    pub(crate) fn disown_refreshes(&self) {
        for (_, stale) in &self.refreshes {
            stale.store(true, Ordering::Relaxed);
        }
    }

    /// Takes the key's flight away, if it is `only` this one where one is named; tells whether it did.
    pub(crate) fn detach(&mut self, hash: u64, key: &K, only: Option<&Arc<Flight<V>>>) -> bool {
        let slot = Held::new(hash, key);
        let attached = self
            .flights
            .peek(slot.lookup())
            .is_some_and(|found| only.is_none_or(|only| Arc::ptr_eq(found, only)));
        attached && self.flights.pop(slot.lookup()).is_some()
    }

    /// Takes out the entry that was not used for longest, as far as the second chances tell.
    pub(crate) fn pop_coldest(&mut self) -> Option<(Slot<K>, Arc<Entry<V>>)> {
        for _ in 0..CHANCES {
            let (slot, entry) = self.entries.pop_lru()?;
            if !entry.was_used() {
                return Some((slot, entry));
            }
            self.entries.put(slot, entry);
        }
        self.entries.pop_lru()
    }
}

/// Enough shards that threads rarely meet, few enough that each holds a fair sample of a small tier.
pub(crate) fn count(entries: usize) -> usize {
    let threads = std::thread::available_parallelism().map_or(4, usize::from);
    (threads * 8)
        .next_power_of_two()
        .clamp(8, 64)
        .min((entries / 16).max(1).next_power_of_two())
}

/// A stored key with its hash, which is computed once.
pub(crate) struct Slot<K> {
    hash: u64,
    key: K,
}

impl<K> Slot<K> {
    pub(crate) fn new(hash: u64, key: K) -> Self {
        Self { hash, key }
    }

    pub(crate) fn key(&self) -> &K {
        &self.key
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }
}

/// A key to look for: a stored one, or one that only borrows.
pub(crate) trait Lookup<K> {
    fn hash(&self) -> u64;
    /// The stored form, where this is one.
    fn stored(&self) -> Option<&K>;
    /// Whether both are the same key; at least one of them is stored.
    fn matches(&self, other: &(dyn Lookup<K> + '_)) -> bool;
}

impl<K: Eq> Lookup<K> for Slot<K> {
    fn hash(&self) -> u64 {
        self.hash
    }

    fn stored(&self) -> Option<&K> {
        Some(&self.key)
    }

    fn matches(&self, other: &(dyn Lookup<K> + '_)) -> bool {
        match other.stored() {
            Some(stored) => self.key == *stored,
            None => other.matches(self),
        }
    }
}

/// A key that only borrows.
pub(crate) struct Wanted<'a, Q: ?Sized> {
    pub(crate) hash: u64,
    pub(crate) key: &'a Q,
}

impl<K, Q: CacheKey<Stored = K> + ?Sized> Lookup<K> for Wanted<'_, Q> {
    fn hash(&self) -> u64 {
        self.hash
    }

    fn stored(&self) -> Option<&K> {
        None
    }

    #[inline]
    fn matches(&self, other: &(dyn Lookup<K> + '_)) -> bool {
        other.stored().is_some_and(|stored| self.key.same(stored))
    }
}

/// A stored key that is only borrowed.
pub(crate) struct Held<'a, K> {
    hash: u64,
    key: &'a K,
}

impl<'a, K: Eq> Held<'a, K> {
    pub(crate) fn new(hash: u64, key: &'a K) -> Self {
        Self { hash, key }
    }

    pub(crate) fn lookup(&self) -> &(dyn Lookup<K> + '_) {
        self
    }
}

impl<K: Eq> Lookup<K> for Held<'_, K> {
    fn hash(&self) -> u64 {
        self.hash
    }

    fn stored(&self) -> Option<&K> {
        Some(self.key)
    }

    fn matches(&self, other: &(dyn Lookup<K> + '_)) -> bool {
        match other.stored() {
            Some(stored) => self.key == stored,
            None => other.matches(self),
        }
    }
}

impl<'a, K: Eq + 'a> Borrow<dyn Lookup<K> + 'a> for Slot<K> {
    fn borrow(&self) -> &(dyn Lookup<K> + 'a) {
        self
    }
}

impl<K> Hash for dyn Lookup<K> + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(Lookup::hash(self));
    }
}

impl<K> PartialEq for dyn Lookup<K> + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other)
    }
}

impl<K> Eq for dyn Lookup<K> + '_ {}

impl<K> Hash for Slot<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<K: PartialEq> PartialEq for Slot<K> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<K: Eq> Eq for Slot<K> {}

/// Hands on a hash that is already known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known(u64);

impl Hasher for Known {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a slot writes its hash as one number")
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
