//! The tables of threads, for copies and for counts of hits: each thread has one, which is lent to it and given to another thread when it ends.

use std::cell::{Cell, OnceCell};
// A table is read and written by one thread at a time; it is of atomics so that it can be handed on.
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::copy::{HotCopy, mixed};
use crate::sync::Mutex;

/// A power of two. With two copies each, of 32 bytes, a table has 128 KiB.
const SETS: usize = 2048;
/// How many sites have copies, and one.
const SITES: usize = 256;
/// How many threads have copies at once.
const TABLES: usize = 64;

/// One in so many hits is sampled.
const SAMPLE: u64 = 64;
/// After so many copies it is seen whether they were of use.
const TRIAL: u32 = 512;
/// If not, so many look-ups make none.
const PAUSE: u32 = 16 * 1024;

thread_local! {
    /// Read by each hit, which is cheaper than a thread local with a destructor.
    static OWN: Cell<Option<CopyTable>> = const { Cell::new(None) };
    static WAS_ASKED: Cell<bool> = const { Cell::new(false) };
    static LENT: OnceCell<Lent> = const { OnceCell::new() };
}

/// Gives the table back when its thread ends.
struct Lent(CopyTable);

#[cfg(not(cache_loom))]
static POOL: Mutex<TablePool> = Mutex::new(TablePool {
    all: Vec::new(),
    free: Vec::new(),
});

static NEXT: AtomicU32 = AtomicU32::new(1);

struct TablePool {
    all: Vec<CopyTable>,
    free: Vec<CopyTable>,
}

/// The copies of one thread, and what it knows of the use of each site's.
#[derive(Clone, Copy, Debug)]
pub(super) struct CopyTable {
    sets: &'static [Set; SETS],
    usage: &'static [SiteUsage; SITES],
}

/// Two copies on one cache line.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Set([HotCopy; 2]);

/// Whether copies of a site are of use in one thread.
#[derive(Debug, Default)]
#[repr(align(32))]
pub(super) struct SiteUsage {
    hits: AtomicU64,
    /// The same at the begin of the trial.
    hits_before: AtomicU64,
    /// Hits that had no copy.
    hits_without_copy: AtomicU64,
    copies: AtomicU32,
    paused: AtomicU32,
}

/// The table of this thread, if it has one.
#[inline]
pub(super) fn own() -> Option<CopyTable> {
    OWN.get()
}

/// Gives this thread a table, if there is one.
#[cfg(not(cache_loom))]
#[cold]
pub(super) fn lend() -> Option<CopyTable> {
    if WAS_ASKED.replace(true) {
        return None;
    }
    let lent = LENT.try_with(|lent| {
        let table = POOL.lock().take()?;
        let _ = lent.set(Lent(table));
        OWN.set(Some(table));
        Some(table)
    });
    lent.ok().flatten()
}

/// The models have none.
#[cfg(cache_loom)]
pub(super) fn lend() -> Option<CopyTable> {
    None
}

/// A number for a site, if there is one left.
pub(super) fn next_number() -> Option<u32> {
    let take = |next: u32| ((next as usize) < SITES).then_some(next + 1);
    NEXT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
        .ok()
}

/// How many hits the site of this number has had in all tables.
#[cfg(not(cache_loom))]
pub(super) fn hits(number: u32) -> u64 {
    if number == 0 {
        return 0;
    }
    let pool = POOL.lock();
    let usages = pool.all.iter().map(|table| table.usage(number));
    usages.map(SiteUsage::all_hits).sum()
}

#[cfg(cache_loom)]
pub(super) fn hits(_: u32) -> u64 {
    0
}

#[cfg(not(cache_loom))]
impl Drop for Lent {
    fn drop(&mut self) {
        OWN.set(None);
        POOL.lock().free.push(self.0);
    }
}

impl TablePool {
    fn take(&mut self) -> Option<CopyTable> {
        if let Some(free) = self.free.pop() {
            return Some(free);
        }
        if self.all.len() == TABLES {
            return None;
        }
        let table = CopyTable::leaked()?;
        self.all.push(table);
        Some(table)
    }
}

impl CopyTable {
    /// An empty table, which stays until the process ends.
    fn leaked() -> Option<Self> {
        let sets: Box<[Set]> = (0..SETS).map(|_| Set::default()).collect();
        let usage: Box<[SiteUsage]> = (0..SITES).map(|_| SiteUsage::default()).collect();
        Some(Self {
            sets: Box::leak(sets.try_into().ok()?),
            usage: Box::leak(usage.try_into().ok()?),
        })
    }

    #[inline]
    pub(super) fn usage(self, number: u32) -> &'static SiteUsage {
        &self.usage[number as usize % SITES]
    }

    /// Where the copy of a key is, if there is one.
    #[inline]
    pub(super) fn copy(self, number: u32, key: u64) -> &'static HotCopy {
        let key = mixed(number, key);
        let set = self.set(key);
        let second = set.0[1].is_of(key);
        &set.0[usize::from(second)]
    }

    /// Where the copy of a key is to be: that of the same key, or that of the other one that came first.
    pub(super) fn place(self, number: u32, key: u64) -> &'static HotCopy {
        let key = mixed(number, key);
        let [first, second] = &self.set(key).0;
        if second.is_of(key) {
            return second;
        }
        if !first.is_of(key) {
            second.take(first);
        }
        first
    }

    #[inline]
    fn set(self, mixed: u64) -> &'static Set {
        #[expect(clippy::cast_possible_truncation, reason = "eleven bits are left")]
        let at = (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SETS.ilog2())) as usize;
        &self.sets[at % SETS]
    }
}

impl SiteUsage {
    /// Whether this look-up passes the copies by, because those before were of no use.
    #[inline]
    pub(super) fn passes_while_paused(&self) -> bool {
        let paused = self.paused.load(Ordering::Relaxed);
        if paused != 0 {
            self.paused.store(paused - 1, Ordering::Relaxed);
        }
        paused != 0
    }

    /// Counts a hit on a copy; returns whether it is sampled.
    #[inline]
    pub(super) fn count_hit(&self) -> bool {
        count(&self.hits)
    }

    /// Counts a hit that had no copy; returns whether it is sampled.
    #[inline]
    pub(super) fn count_hit_without_copy(&self) -> bool {
        count(&self.hits_without_copy)
    }

    fn all_hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed) + self.hits_without_copy.load(Ordering::Relaxed)
    }

    /// Counts a copy; the last of a trial sees whether there were as many hits as copies.
    pub(super) fn count_copy(&self) {
        let copies = self.copies.load(Ordering::Relaxed) + 1;
        if copies < TRIAL {
            self.copies.store(copies, Ordering::Relaxed);
            return;
        }
        let hits = self.hits.load(Ordering::Relaxed);
        if hits - self.hits_before.load(Ordering::Relaxed) < u64::from(TRIAL) {
            self.paused.store(PAUSE, Ordering::Relaxed);
        }
        self.hits_before.store(hits, Ordering::Relaxed);
        self.copies.store(0, Ordering::Relaxed);
    }
}

/// Counts one more; returns whether it is sampled.
#[inline]
fn count(hits: &AtomicU64) -> bool {
    let before = hits.load(Ordering::Relaxed);
    // No other thread writes to it.
    hits.store(before + 1, Ordering::Relaxed);
    before % SAMPLE == SAMPLE - 1
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    fn keep(table: CopyTable, number: u32, key: u64) {
        table
            .place(number, key)
            .keep((number, key), key + 1, 0, (u64::MAX, 0));
    }

    fn has(table: CopyTable, number: u32, key: u64) -> bool {
        table.copy(number, key).answers(number, key, 0)
    }

    #[test]
    fn two_sites_with_one_key_have_a_copy_each() {
        let table = CopyTable::leaked().unwrap();
        for key in [0, 7, u64::MAX - 1] {
            keep(table, 1, key);
            keep(table, 2, key);
            assert!(has(table, 1, key) && has(table, 2, key) && !has(table, 3, key));
        }
    }

    #[test]
    fn a_copy_answers_while_the_clocks_stand_still() {
        let table = CopyTable::leaked().unwrap();
        keep(table, 1, 7);
        let copy = table.copy(1, 7);
        assert!(copy.answers(1, 7, 0) && !copy.answers(1, 7, 2) && !copy.answers(1, 8, 0));
        assert_eq!(copy.value(), 8);
    }

    #[test]
    fn a_copy_that_is_renewed_takes_no_second_place() {
        let table = CopyTable::leaked().unwrap();
        (0..3).for_each(|_| keep(table, 1, 7));
        let copies = table.sets.iter().flat_map(|set| &set.0);
        assert_eq!(copies.filter(|copy| copy.value() == 8).count(), 1);
    }

    #[test]
    fn copies_that_are_of_no_use_are_paused() {
        let usage = SiteUsage::default();
        (0..TRIAL).for_each(|_| usage.count_copy());
        let paused = (0..2 * PAUSE).filter(|_| usage.passes_while_paused());
        assert_eq!(paused.count(), PAUSE as usize);
        (0..TRIAL).for_each(|_| _ = usage.count_hit());
        (0..TRIAL).for_each(|_| usage.count_copy());
        assert!(!usage.passes_while_paused(), "as many hits as copies");
        (0..TRIAL).for_each(|_| usage.count_copy());
        assert!(usage.passes_while_paused(), "no hits since the last trial");
    }

    #[test]
    fn one_in_64_hits_is_sampled() {
        let usage = SiteUsage::default();
        assert_eq!((0..6_400).filter(|_| usage.count_hit()).count(), 100);
        let others = (0..6_400).filter(|_| usage.count_hit_without_copy());
        assert_eq!((others.count(), usage.all_hits()), (100, 12_800));
    }
}
