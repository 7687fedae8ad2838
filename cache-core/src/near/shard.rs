//! One shard: its entries, the flights of its keys, and the keys that load alone.

use std::borrow::Borrow;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use crate::clock::Moment;
use crate::entry::Entry;
use crate::flight::Flight;
use crate::key::CacheKey;

/// The maps of one shard.
pub(crate) struct Shard<K, V: ?Sized> {
    pub(crate) entries: Map<K, Arc<Entry<V>>>,
    pub(crate) flights: Map<K, Arc<Flight<V>>>,
    pub(crate) passes: Map<K, Moment>,
    renewals: Vec<Renewing<K>>,
    /// The number of the load that began last: of two values of one key, the one whose load began later wins.
    last: u64,
}

/// A load under way outside of any flight. It is ended by its number, because a key's `Eq` is not our code, and may be why
/// the load ends.
pub(crate) struct Renewing<K> {
    began: u64,
    hash: u64,
    key: K,
    /// Whether the key was removed since, or got the value of a younger load.
    overtaken: bool,
}

type Map<K, T> = LruCache<Slot<K>, T, BuildHasherDefault<Known>>;

/// How often eviction spares entries that were used, before it takes the next one whatever it is.
const CHANCES: usize = 64;

impl<K: Eq, V: ?Sized> Shard<K, V> {
    /// An empty shard, which expects to hold about `share` entries.
    pub(crate) fn new(share: usize) -> Self {
        let passes = NonZeroUsize::new(share.clamp(16, 1024)).unwrap_or(NonZeroUsize::MIN);
        Self {
            entries: LruCache::unbounded_with_hasher(BuildHasherDefault::default()),
            flights: LruCache::unbounded_with_hasher(BuildHasherDefault::default()),
            passes: LruCache::with_hasher(passes, BuildHasherDefault::default()),
            renewals: Vec::new(),
            last: 0,
        }
    }

    /// Takes everything out but what is known of the loads that are under way, and gives it.
    pub(crate) fn empty(&mut self, share: usize) -> Self {
        let mut emptied = std::mem::replace(self, Self::new(share));
        self.last = emptied.last;
        std::mem::swap(&mut self.renewals, &mut emptied.renewals);
        emptied
    }

    /// The number of a load that begins now.
    pub(crate) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
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

    /// Takes away what else is known of a key: its flight, and that it loads alone. Its renewals learn of it.
    pub(crate) fn forget<Q: CacheKey<Stored = K> + ?Sized>(&mut self, hash: u64, key: &Q) {
        self.flights.pop(&Wanted { hash, key } as &dyn Lookup<K>);
        self.passes.pop(&Wanted { hash, key } as &dyn Lookup<K>);
        let same = |renewing: &&mut Renewing<K>| renewing.hash == hash && key.same(&renewing.key);
        for renewing in self.renewals.iter_mut().filter(same) {
            renewing.overtaken = true;
        }
    }

    /// Begins a load outside of any flight, and gives its number.
    pub(crate) fn begin_renewal(&mut self, hash: u64, key: K) -> u64 {
        let began = self.number();
        self.renewals.push(Renewing {
            began,
            hash,
            key,
            overtaken: false,
        });
        began
    }

    /// Whether the key of this renewal was removed since it began, or got the value of a younger load.
    pub(crate) fn is_overtaken(&self, began: u64) -> bool {
        let mut renewals = self.renewals.iter();
        renewals.any(|renewing| renewing.began == began && renewing.overtaken)
    }

    /// Notes that the key gets the value of the load with the number `began`.
    pub(crate) fn overtake(&mut self, began: u64, hash: u64, key: &K) {
        let older = |renewing: &&mut Renewing<K>| {
            renewing.began < began && renewing.hash == hash && renewing.key == *key
        };
        for renewing in self.renewals.iter_mut().filter(older) {
            renewing.overtaken = true;
        }
    }

    /// Ends what [`begin_renewal`](Self::begin_renewal) began, whatever came of it.
    pub(crate) fn end_renewal(&mut self, began: u64) -> Option<Renewing<K>> {
        let mut renewals = self.renewals.iter();
        let at = renewals.position(|renewing| renewing.began == began)?;
        Some(self.renewals.swap_remove(at))
    }

    /// Takes this flight off its key; tells whether it was still there.
    pub(crate) fn detach(&mut self, hash: u64, key: &K, flight: &Arc<Flight<V>>) -> bool {
        let slot = Held::new(hash, key);
        let attached = self
            .flights
            .peek(slot.lookup())
            .is_some_and(|found| Arc::ptr_eq(found, flight));
        attached && self.flights.pop(slot.lookup()).is_some()
    }

    /// Takes the key's flight away if its load began before the number `began`.
    pub(crate) fn detach_older(&mut self, began: u64, hash: u64, key: &K) {
        let slot = Held::new(hash, key);
        let flight = self.flights.peek(slot.lookup());
        if flight.is_some_and(|flight| flight.began < began) {
            self.flights.pop(slot.lookup());
        }
    }

    /// Takes out the entry that was not used for longest, as far as the second chances tell.
    pub(crate) fn pop_coldest(&mut self) -> Option<Arc<Entry<V>>> {
        for _ in 0..CHANCES {
            let (slot, entry) = self.entries.pop_lru()?;
            if !entry.was_used() {
                return Some(entry);
            }
            self.entries.put(slot, entry);
        }
        self.entries.pop_lru().map(|(_, entry)| entry)
    }
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

struct Wanted<'a, Q: ?Sized> {
    hash: u64,
    key: &'a Q,
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
