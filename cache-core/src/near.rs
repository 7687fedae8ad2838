//! The near tier: live values of this process, bounded, sharded, found by a borrowed key.
//!
//! A shard is a hash table under a reader-writer lock, evicted by second chance behind admission by frequency (`admission.rs`): a
//! hit takes the lock shared and counts in the entry; eviction gives an entry that was used another round. What is under way for
//! a shard's keys lies under the same lock, so that "look once more, else lead" and "store only if still attached" are single
//! steps.
//!
//! A [`Near`] knows the types of its keys and entries, for hits. All else is done by [`Tier`], which does not, and is compiled once.

use std::any::Any;
use std::fmt;
use std::hash::BuildHasher;
use std::ops::Deref;

use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

use crate::cdn::ANY;
use crate::entry::{EntryForm, EntryRef};
use crate::events::Cause;
use crate::generation::Generation;
use crate::hot::{HotCopies, KeyHasher, hash_of_word};
use crate::key::CacheKey;
use crate::marks::{Marks, Slot};
use crate::name::{Name, NameScope};
use crate::policy::Freshness;
use crate::sync::{AtomicU32, AtomicU64, AtomicUsize, Ordering, RwLock};
use crate::wait::WaitCell;

pub(crate) use self::cells::FoundEntry;
use self::cells::{Cells, Departed};
pub(crate) use self::census::Census;
#[cfg(all(test, not(cache_loom)))]
pub(crate) use self::copies::tests::CopiedEntry;
pub(crate) use self::extra_load::{DEFAULT_EXTRA_LOAD, EarlyRefresh, ExtraLoad};
pub(crate) use self::flight::{Flight, FlightResult, SharedError};
pub(crate) use self::join::{Asker, Join};
pub(crate) use self::key::{NearKey, TierKey};
use self::shard::Shard;

mod admission;
mod cells;
mod census;
mod clear;
mod copies;
mod costs;
mod deaths;
mod eviction;
mod extra_load;
mod flight;
mod join;
mod judge;
mod key;
mod order;
mod pending;
mod refresh;
mod set;
mod shard;
mod sketch;
mod stale;
mod table;
#[cfg(all(test, not(cache_loom)))]
mod tests;
mod why;

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

/// A map from keys to live entries of the form `E`, and the loads under way.
pub(crate) struct Near<K, E: EntryForm> {
    core: Core,
    /// Each is made when something is put there: most functions miss few keys.
    shards: Box<[OnceBox<TypedShard<K, E>>]>,
}

type TypedShard<K, E> = Padded<Shard<Cells<K, E>>>;

/// A shard alone on its cache lines.
#[repr(align(128))]
struct Padded<S: ?Sized>(RwLock<S>);

/// What a tier is, whatever its keys and entries are.
pub(crate) struct Core {
    hasher: KeyHasher,
    bounds: Bounds,
    marks: &'static Marks,
    scope: NameScope,
    /// What a CDN knows as all that is made of anything in here.
    name: Name,
    /// Carried by what is made of anything in here, outside of here.
    whole: Slot,
    entries: AtomicUsize,
    bytes: AtomicUsize,
    evictions: AtomicU64,
    /// How many keys were stored again that had been evicted shortly before.
    reloads: AtomicU64,
    /// How many of those that were evicted could not be used any more.
    evicted_dead: AtomicU64,
    /// The mark of the tier as a whole.
    cleared: AtomicU64,
    /// The number of the invalidation that has cleared it last.
    cleared_by: AtomicU32,
    /// Copies of entries that are asked for often; there are none before.
    copies: OnceCell<&'static HotCopies>,
    /// How many loads have begun.
    sequence: AtomicU64,
    /// How many solo loads run.
    solo: WaitCell<usize>,
    /// What refreshes may add to the loads.
    extra_load: ExtraLoad,
}

/// A near tier, whatever its keys and entries are.
pub(crate) trait Tier: Any + Send + Sync {
    fn core(&self) -> &Core;

    /// Forgets everything: nothing that was loaded before this call is used after it. The number is that of the invalidation.
    fn clear(&self, invalidation: u32);

    /// What is kept and may be used; of more than `most` entries, estimated from so many.
    fn census(&self, most: usize) -> Census;

    /// Frees what is kept, for a tier that nobody asks any more.
    #[cfg(feature = "layer")]
    fn release(&self);

    /// The number of shards, a power of two.
    fn shards(&self) -> usize;

    /// The shard of the keys with this hash, which is made if it is not there.
    fn shard(&self, hash: u64) -> &RwLock<Shard>;

    /// The shard of the keys with this hash, if anything was ever put there.
    fn shard_if_made(&self, hash: u64) -> Option<&RwLock<Shard>>;
}

/// What a change to a shard leaves to do after the lock is released, because drops and receivers run code that is not ours.
#[derive(Default)]
struct Effects {
    /// What leaves the tier.
    left: Vec<Left>,
    /// Whether a value was put under the key.
    is_stored: bool,
}

/// An entry that leaves the tier, with its key where somebody wants to know.
type Left = (Option<Box<[u8]>>, Cause, Departed);

impl<K: NearKey, E: EntryForm> Near<K, E> {
    /// An empty tier.
    pub(crate) fn new(bounds: Bounds, marks: &'static Marks, scope: NameScope) -> Self {
        Self::with_shards(shard::count(), bounds, marks, scope)
    }

    fn with_shards(most: usize, bounds: Bounds, marks: &'static Marks, scope: NameScope) -> Self {
        let count = most.min(shard::most(bounds.entries));
        Self {
            core: Core::new(bounds, marks, scope),
            shards: (0..count).map(|_| OnceBox::new()).collect(),
        }
    }

    /// The same, with a name for all that is in here, which is the same in every process.
    pub(crate) fn named(mut self, name: Name) -> Self {
        self.core.name = name;
        self
    }

    /// The same, whose refreshes may add this part of its loads.
    pub(crate) fn adding(mut self, extra_load: f64) -> Self {
        self.core.extra_load = ExtraLoad::of(extra_load);
        self
    }

    /// The hash of a key in this tier.
    #[inline]
    pub(crate) fn hash<Q: CacheKey<Stored = K> + ?Sized>(&self, key: &Q) -> u64 {
        self.core.hash_of(key)
    }

    /// A key as loads and changes in this tier take it.
    pub(crate) fn key<Q: CacheKey<Stored = K> + ?Sized>(&self, key: &Q) -> TierKey {
        self.stored(key.store())
    }

    /// [`key`](Self::key), of its stored form.
    pub(crate) fn stored(&self, key: K) -> TierKey {
        let _ = self;
        TierKey::new(key)
    }

    #[inline]
    fn place(&self, hash: u64) -> &OnceBox<TypedShard<K, E>> {
        // hashbrown, inside the shard, takes the top seven bits and the low ones.
        &self.shards[(hash >> 40) as usize & (self.shards.len() - 1)]
    }

    /// Looks a key up, and gives what `take` makes of the entry while the shard is locked.
    #[inline]
    pub(crate) fn get<Q, R>(
        &self,
        hash: u64,
        key: &Q,
        take: impl FnOnce(FoundEntry<'_, E>) -> Option<R>,
    ) -> Option<R>
    where
        Q: CacheKey<Stored = K> + ?Sized,
    {
        self.get_if(hash, key, Freshness::is_usable, take)
    }

    /// [`get`](Self::get), of an entry of which `is_good` holds.
    #[inline]
    pub(crate) fn get_if<Q, R>(
        &self,
        hash: u64,
        key: &Q,
        is_good: impl FnOnce(Freshness) -> bool,
        take: impl FnOnce(FoundEntry<'_, E>) -> Option<R>,
    ) -> Option<R>
    where
        Q: CacheKey<Stored = K> + ?Sized,
    {
        self.get_where(hash, |at| key.same(at), is_good, take)
    }

    /// [`get_if`](Self::get_if), of the key for which `is_it` holds.
    #[expect(
        clippy::inline_always,
        reason = "what is found would be handed over in memory"
    )]
    #[inline(always)]
    pub(crate) fn get_where<R>(
        &self,
        hash: u64,
        is_it: impl Fn(&K) -> bool,
        is_good: impl FnOnce(Freshness) -> bool,
        take: impl FnOnce(FoundEntry<'_, E>) -> Option<R>,
    ) -> Option<R> {
        let shard = self.place(hash).get()?.0.read();
        let found = shard.get(hash, is_it)?;
        let entry = found.view();
        if !is_good(self.core.judge(entry)) {
            return None;
        }
        let taken = take(found)?;
        entry.touch();
        Some(taken)
    }
}

impl<K: NearKey, E: EntryForm> Tier for Near<K, E> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn clear(&self, invalidation: u32) {
        self.empty(invalidation);
    }

    fn census(&self, most: usize) -> Census {
        (**self).count(most)
    }

    #[cfg(feature = "layer")]
    fn release(&self) {
        self.release_all(None);
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        let share = self.core.bounds.entries / self.shards.len();
        let make = || Box::new(Padded(RwLock::new(Shard::new(share))));
        &self.place(hash).get_or_init(make).0
    }

    fn shard_if_made(&self, hash: u64) -> Option<&RwLock<Shard>> {
        Some(&self.place(hash).get()?.0)
    }
}

impl<K: NearKey, E: EntryForm> Deref for Near<K, E> {
    type Target = dyn Tier;

    fn deref(&self) -> &Self::Target {
        self
    }
}

impl Deref for dyn Tier {
    type Target = Core;

    fn deref(&self) -> &Core {
        self.core()
    }
}

impl Core {
    fn new(bounds: Bounds, marks: &'static Marks, scope: NameScope) -> Self {
        Self {
            hasher: KeyHasher::default(),
            bounds,
            marks,
            scope,
            name: ANY,
            whole: marks.slot(NameScope::fresh(), Name::of("tier", b"")),
            entries: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            evictions: AtomicU64::new(0),
            reloads: AtomicU64::new(0),
            evicted_dead: AtomicU64::new(0),
            cleared: AtomicU64::new(0),
            cleared_by: AtomicU32::new(0),
            copies: OnceCell::new(),
            sequence: AtomicU64::new(0),
            solo: WaitCell::new(0),
            extra_load: ExtraLoad::of(DEFAULT_EXTRA_LOAD),
        }
    }

    #[inline]
    fn hash_of<Q: CacheKey + ?Sized>(&self, key: &Q) -> u64 {
        if Q::BITS <= u64::BITS {
            return hash_of_word(&self.hasher, key.bits());
        }
        let mut hasher = self.hasher.build_hasher();
        key.hash(&mut hasher);
        std::hash::Hasher::finish(&hasher)
    }

    /// The latest moment known at which all that the entry depends on was as it is in the entry: for a valid one, now.
    pub(crate) fn since(&self, entry: EntryRef<'_>) -> u64 {
        entry.generation().since(self.marks, &self.cleared)
    }

    /// The epoch now, to be read before a load begins.
    pub(crate) fn now(&self) -> u64 {
        self.marks.now()
    }

    /// What refreshes may add to the loads of the tier.
    pub(crate) fn extra_load(&self) -> &ExtraLoad {
        &self.extra_load
    }

    /// The number of solo loads: those that run outside of any flight.
    pub(crate) fn solo(&self) -> &WaitCell<usize> {
        &self.solo
    }

    /// The generation of a value whose load begins now and depends on `names`.
    pub(crate) fn generation(&self, names: &[Name]) -> Generation {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        Generation::new(self.now(), sequence, self.slots(names.iter().copied()))
    }

    /// The slots of names.
    pub(crate) fn slots(&self, names: impl Iterator<Item = Name>) -> Box<[Slot]> {
        names.map(|name| self.slot(name)).collect()
    }

    /// The slot of a name.
    pub(crate) fn slot(&self, name: Name) -> Slot {
        self.marks.slot(self.scope, name)
    }

    /// Where its names mean something.
    pub(crate) fn scope(&self) -> NameScope {
        self.scope
    }

    /// The name of all that is made of what is in here.
    pub(crate) fn name(&self) -> Name {
        self.name
    }

    /// The slot of all that is made of what is in here: to clear the tier is to mark it.
    pub(crate) fn whole(&self) -> Slot {
        self.whole
    }

    /// Whether nothing is kept here, and everything is asked for anew.
    pub(crate) fn keeps_nothing(&self) -> bool {
        self.bounds.entries == 0
    }

    /// How many entries are kept, expired ones that nobody has asked for since included.
    pub(crate) fn len(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }

    /// How many entries were evicted because of the bounds.
    pub(crate) fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }

    /// How many of them could not be used any more.
    pub(crate) fn evicted_dead(&self) -> u64 {
        self.evicted_dead.load(Ordering::Relaxed)
    }

    /// The most that it keeps.
    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// How many values were stored again shortly after they were evicted because of the bounds.
    pub(crate) fn reloads(&self) -> u64 {
        self.reloads.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for dyn Tier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Near")
            .field("bounds", &self.core().bounds)
            .field("entries", &self.core().entries)
            .finish_non_exhaustive()
    }
}

impl<K: NearKey, E: EntryForm> fmt::Debug for Near<K, E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self as &dyn Tier).fmt(out)
    }
}
