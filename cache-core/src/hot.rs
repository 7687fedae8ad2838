//! Hot copies: where a key and its value are machine words, the entries that are asked for often have copies in a table that all
//! threads read. A hit on a copy takes no lock, reads no system clock, and writes nothing that another thread reads.
//!
//! A copy is written while its entry is locked in the tier. Whoever takes the entry out of the tier, be it replaced, removed or evicted,
//! ends the copy under the lock of the shard, before anybody is told. Apart from that a copy answers while three things hold, and a hit
//! checks all of them:
//!
//! - The clocks of its entry's marks show what they showed when the entry was last found valid, which is what a hit on the entry itself
//!   checks first.
//! - The clock of the copies of its tier has not moved. It moves when the tier is cleared.
//! - Its life has not ended by the [published clock](crate::clock::published), which is behind by a sixteenth of a
//!   second at most.
//!
//! Clocks only grow and a thread never sees one go back, so an equal sum means that none has moved. Copies are not used while a load or a
//! monitor wants to know what is found, in a scope, or while the site is studied.
//!
//! Hits on copies are not counted in the entry. So only an entry has one whose uses are counted to the full, and eviction ends it when it
//! looks at the entry: the next uses are counted again.
//!
//! One in 64 hits sees to it that the published time does not lag.

use std::any::TypeId;
// Not of the models: whether a copy is right does not depend on it.
use std::sync::atomic::AtomicU32;

use once_cell::sync::OnceCell;

pub(crate) use self::copies::HotCopies;
use self::table::HotTable;
pub(crate) use self::table::{CopiedWord, KeyHasher, hash_of_word, place_of_copy};
use self::usage::{AtHand, SiteUsage};
use crate::clock;
use crate::sync::Ordering;

mod copies;
mod copy;
mod table;
mod usage;

/// The part of a site's counters that lies in the tables of threads, and what belongs to its copies.
#[derive(Debug, Default)]
pub(crate) struct HotSite {
    /// Its index in the tables of threads; zero while they do not know it.
    number: AtomicU32,
    /// How many hits had no copy, until there were enough of them to get a number.
    warmth: AtomicU32,
    /// The copies of its first instance; those of a generic function that come later have none.
    copies: OnceCell<&'static HotCopies>,
}

/// What is to be known of an entry to copy it. It is asked for while the entry is locked in its tier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HotOffer {
    /// What the clocks of its marks show while it is valid.
    pub(crate) reading: u64,
    /// Which clock beside that of wholes counts in there; zero for none, else its index and one.
    pub(crate) part: u8,
    /// When look-ups look closer, in sixteenths of a second, rounded down.
    pub(crate) until: u32,
}

/// The right to keep copies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HotTicket {
    number: u32,
    usage: &'static SiteUsage,
    copies: &'static HotCopies,
    /// The table in use, and what its clock of all copies showed.
    table: Option<(&'static HotTable, u64)>,
}

/// A site has copies after so many hits.
const WARM: u32 = 64;
/// The warmth of a site that gets no number any more.
const NEVER_HOT: u32 = u32::MAX;

impl HotSite {
    pub(crate) const fn new() -> Self {
        Self {
            number: AtomicU32::new(0),
            warmth: AtomicU32::new(0),
            copies: OnceCell::new(),
        }
    }

    /// The copy of the value of a key, if there is one that is good. `reading` gives what the clocks of marks show, given a
    /// [part](HotOffer::part).
    #[inline]
    pub(crate) fn find(
        &self,
        instance: TypeId,
        key: u64,
        reading: impl Fn(u8) -> u64,
    ) -> Option<u64> {
        let AtHand { table, usage } = usage::at_hand(self.number.load(Ordering::Relaxed))?;
        if !table.is_of(instance) {
            return None;
        }
        let value = table.find(key, clock::published(), reading)?;
        if usage.count_hit() {
            sampled();
        }
        Some(value)
    }

    /// The right to copy what a look-up finds, until all copies end; `None` if it is not worth while. `make` gives the copies of the tier,
    /// if its entries are copied.
    pub(crate) fn ticket(
        &self,
        instance: TypeId,
        make: &dyn Fn() -> Option<&'static HotCopies>,
    ) -> Option<HotTicket> {
        let Some(copies) = self.copies.get() else {
            if self.warmth.load(Ordering::Relaxed) != NEVER_HOT {
                self.warm_up(make);
            }
            return None;
        };
        let number = self.number.load(Ordering::Relaxed);
        let usage = usage::own().or_else(usage::lend)?.usage(number);
        if usage.passes_while_paused() {
            return None;
        }
        copies.is_of(instance).then(|| HotTicket {
            number,
            usage,
            copies,
            table: copies.table().map(|table| (table, table.ended())),
        })
    }

    #[cold]
    fn warm_up(&self, make: &dyn Fn() -> Option<&'static HotCopies>) {
        if self.warmth.fetch_add(1, Ordering::Relaxed) != WARM - 1 {
            return;
        }
        let copies = make().filter(|_| self.get_number());
        let Some(copies) = copies else {
            self.warmth.store(NEVER_HOT, Ordering::Relaxed);
            return;
        };
        let _ = self.copies.set(copies);
    }

    /// Gives the site a number if it has none; returns whether it has one.
    fn get_number(&self) -> bool {
        if self.number.load(Ordering::Relaxed) != 0 {
            return true;
        }
        let Some(number) = usage::next_number() else {
            return false;
        };
        // Where another thread was first, this number has no site.
        let zero = &self.number;
        let _ = zero.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed);
        true
    }

    /// Counts a hit that had no copy in the table of this thread, where no other thread writes: tells whether it is one of few to look
    /// closer at. `None` if the thread has no table, or the site no number.
    #[inline]
    pub(crate) fn count_without_copy(&self) -> Option<bool> {
        let table = usage::own()?;
        let number = self.number.load(Ordering::Relaxed);
        (number != 0).then(|| table.usage(number).count_hit_without_copy())
    }

    /// Has the hits of this thread counted in its table from now on, if there is one.
    pub(crate) fn count_here(&self) {
        if self.get_number() && usage::own().is_none() {
            usage::lend();
        }
    }

    /// Ends the use of all copies.
    pub(crate) fn forget(&self) {
        if let Some(copies) = self.copies.get() {
            copies.end_all();
        }
    }

    /// How many hits the tables of threads have counted, of copies and of others.
    pub(crate) fn hits(&self) -> u64 {
        usage::hits(self.number.load(Ordering::Relaxed))
    }
}

/// One of few hits sees to it that the published time does not lag.
#[cold]
fn sampled() {
    clock::ask();
}

impl HotTicket {
    /// Sees to it that there is room for the copies of so many entries. Not to be called under a lock.
    pub(crate) fn make_room(self, entries: usize) {
        self.copies.make_room(entries);
    }

    /// Keeps a copy, if it can; returns whether it does.
    pub(crate) fn keep(self, word: CopiedWord) -> bool {
        let Some((table, ended)) = self.table else {
            return false;
        };
        let usage = self.usage;
        let kept = table.keep(word, clock::published(), ended, usage.may_displace());
        let pauses = kept.is_some_and(|kept| !kept.is_first && usage.count_copy());
        let at_hand = (!pauses).then_some(AtHand { table, usage });
        usage::put_at_hand(self.number, at_hand);
        kept.is_some()
    }
}
