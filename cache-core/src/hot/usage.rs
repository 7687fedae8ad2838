//! What threads know of the sites whose values they look up: each thread has a table, which is lent to it and given to another thread
//! when it ends.

use std::cell::{Cell, OnceCell};
// A table is read and written by one thread at a time; it is of atomics so that it can be handed on.
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::table::HotTable;
use crate::sync::Mutex;

/// How many sites have copies, and one.
const SITES: usize = 256;
/// How many threads have tables at once, of 8 KiB.
const TABLES: usize = 256;

/// One in so many hits is sampled.
const SAMPLE: u64 = 64;
/// One in so many hits without a copy may displace the copy of another key.
const DISPLACING: u64 = 8;
/// After so many copies it is seen whether they were of use.
const TRIAL: u32 = 512;
/// If not, so many look-ups make none.
const PAUSE: u32 = 16 * 1024;

thread_local! {
    /// Read by each hit, which is cheaper than a thread local with a destructor.
    static OWN: Cell<Option<UsageTable>> = const { Cell::new(None) };
    /// For each site, where its copies are and their use is counted, once this thread has kept one.
    static AT_HAND: [Cell<Option<AtHand>>; SITES] = const { [const { Cell::new(None) }; SITES] };
    static WAS_ASKED: Cell<bool> = const { Cell::new(false) };
    static LENT: OnceCell<Lent> = const { OnceCell::new() };
}

/// What a look-up of one site's copies needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct AtHand {
    pub(super) table: &'static HotTable,
    pub(super) usage: &'static SiteUsage,
}

/// What this thread has at hand for a site.
#[inline]
pub(super) fn at_hand(number: u32) -> Option<AtHand> {
    AT_HAND.with(|sites| sites[number as usize % SITES].get())
}

/// Has this at hand for a site from now on.
pub(super) fn put_at_hand(number: u32, at_hand: Option<AtHand>) {
    AT_HAND.with(|sites| sites[number as usize % SITES].set(at_hand));
}

/// Gives the table back when its thread ends.
struct Lent(UsageTable);

#[cfg(not(cache_loom))]
static POOL: Mutex<TablePool> = Mutex::new(TablePool {
    all: Vec::new(),
    free: Vec::new(),
});

static NEXT: AtomicU32 = AtomicU32::new(1);

struct TablePool {
    all: Vec<UsageTable>,
    free: Vec<UsageTable>,
}

/// What one thread knows of each site.
#[derive(Clone, Copy, Debug)]
pub(super) struct UsageTable(&'static [SiteUsage; SITES]);

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
pub(super) fn own() -> Option<UsageTable> {
    OWN.get()
}

/// Gives this thread a table, if there is one.
#[cfg(not(cache_loom))]
#[cold]
pub(super) fn lend() -> Option<UsageTable> {
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
pub(super) fn lend() -> Option<UsageTable> {
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
        AT_HAND.with(|sites| sites.iter().for_each(|site| site.set(None)));
        POOL.lock().free.push(self.0);
    }
}

impl TablePool {
    fn take(&mut self) -> Option<UsageTable> {
        if let Some(free) = self.free.pop() {
            return Some(free);
        }
        if self.all.len() == TABLES {
            return None;
        }
        let table = UsageTable::leaked()?;
        self.all.push(table);
        Some(table)
    }
}

impl UsageTable {
    /// An empty table, which stays until the process ends.
    fn leaked() -> Option<Self> {
        let usage: Box<[SiteUsage]> = (0..SITES).map(|_| SiteUsage::default()).collect();
        Some(Self(Box::leak(usage.try_into().ok()?)))
    }

    #[inline]
    pub(super) fn usage(self, number: u32) -> &'static SiteUsage {
        &self.0[number as usize % SITES]
    }
}

impl SiteUsage {
    /// Whether this look-up passes the copies by, because those before were of no use.
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

    /// Whether a copy may take the place of another, which is of no use where many keys that are asked for alike share one.
    pub(super) fn may_displace(&self) -> bool {
        self.hits_without_copy
            .load(Ordering::Relaxed)
            .is_multiple_of(DISPLACING)
    }

    fn all_hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed) + self.hits_without_copy.load(Ordering::Relaxed)
    }

    /// Counts a copy that was made where one was before; the last of a trial sees whether there were as many hits as copies. Returns
    /// whether copies are to be passed by.
    pub(super) fn count_copy(&self) -> bool {
        let copies = self.copies.load(Ordering::Relaxed) + 1;
        if copies < TRIAL {
            self.copies.store(copies, Ordering::Relaxed);
            return false;
        }
        let hits = self.hits.load(Ordering::Relaxed);
        let pauses = hits - self.hits_before.load(Ordering::Relaxed) < u64::from(TRIAL);
        if pauses {
            self.paused.store(PAUSE, Ordering::Relaxed);
        }
        self.hits_before.store(hits, Ordering::Relaxed);
        self.copies.store(0, Ordering::Relaxed);
        pauses
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

    #[test]
    fn copies_that_are_of_no_use_are_paused() {
        let usage = SiteUsage::default();
        assert!((1..TRIAL).all(|_| !usage.count_copy()) && usage.count_copy());
        let paused = (0..2 * PAUSE).filter(|_| usage.passes_while_paused());
        assert_eq!(paused.count(), PAUSE as usize);
        (0..TRIAL).for_each(|_| _ = usage.count_hit());
        assert!((0..TRIAL).all(|_| !usage.count_copy()));
        assert!(!usage.passes_while_paused(), "as many hits as copies");
        assert_eq!((0..TRIAL).filter(|_| usage.count_copy()).count(), 1);
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
