//! Hot copies: where a key and its value are machine words, each thread keeps copies of those that it asks for often. A hit on a copy
//! takes no lock, reads no system clock, and writes nothing that another thread reads.
//!
//! A copy answers while three things hold, and a hit checks all of them:
//!
//! - The clocks of its entry's marks show what they showed when the entry was last found valid, which is what a hit on the entry itself
//!   checks first.
//! - The clock of its tier has not moved. It moves whenever an entry with copies leaves the tier, be it replaced, removed or evicted, under
//!   the lock of the shard and before whoever caused it is told.
//! - Its life has not ended by the [published clock](crate::clock::published), which runs a few milliseconds behind.
//!
//! Clocks only grow and a thread never sees one go back, so an equal sum means that none has moved. Copies are not used while a load or a
//! monitor wants to know what is found, in a scope, or while the site is studied.
//!
//! One in 64 hits asks the tier as well, so that eviction learns which entries are in use.

use std::any::TypeId;
// Nothing but the clock decides whether a copy is right, so the models leave the rest out.
use std::sync::atomic::AtomicU32;

use once_cell::sync::OnceCell;

use self::table::CopyTable;
use crate::clock;
use crate::sync::{AtomicU64, Ordering};

mod copy;
mod table;

/// The part of a site's counters that lies in the tables of threads, and what belongs to its copies.
#[derive(Debug, Default)]
pub(crate) struct HotSite {
    /// Its index in the tables of threads; zero while they do not know it.
    number: AtomicU32,
    /// How many hits had no copy, until there were enough of them to get a number.
    warmth: AtomicU32,
    link: OnceCell<HotLink>,
}

/// Which instance of a site has copies: only the first of a generic function.
#[derive(Debug)]
struct HotLink {
    instance: TypeId,
    clock: &'static HotClock,
}

/// The clock of a tier, which moves whenever an entry with copies leaves it.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct HotClock(AtomicU64);

/// What a look-up among the copies found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HotLook {
    /// The value.
    Hit(u64),
    /// The same, and the entry in the tier is to be touched.
    Sampled(u64),
    /// No copy; a look-up of the entry may leave one.
    Miss,
    /// Copies are of no use now.
    Pass,
}

/// What is to be known of an entry to copy it. It is asked for while the entry is locked in its tier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HotOffer {
    /// What the clocks of its marks show while it is valid.
    pub(crate) reading: u64,
    /// Which clock beside that of wholes counts in there; zero for none, else its index and one.
    pub(crate) part: u8,
    /// When look-ups look closer, as bits.
    pub(crate) due: u64,
}

/// The right to keep copies, taken before the look-up of the entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HotTicket {
    table: CopyTable,
    number: u32,
    tier_clock: u64,
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
            link: OnceCell::new(),
        }
    }

    /// Looks for the copy that this thread has of the value of a key. `reading` gives what the clocks of marks show, given a
    /// [part](HotOffer::part).
    #[inline]
    pub(crate) fn find(
        &self,
        instance: TypeId,
        key: u64,
        reading: impl FnOnce(u8) -> u64,
    ) -> HotLook {
        let Some(table) = table::own() else {
            return HotLook::Miss;
        };
        let number = self.number.load(Ordering::Relaxed);
        let usage = table.usage(number);
        if usage.passes_while_paused() {
            return HotLook::Pass;
        }
        let Some(link) = self.link.get() else {
            return HotLook::Miss;
        };
        let copy = table.copy(number, key);
        let seen = reading(copy.part()).wrapping_add(link.clock.read());
        if link.instance != instance
            || !copy.answers(number, key, seen)
            || clock::published() > copy.last()
        {
            return HotLook::Miss;
        }
        if usage.count_hit() {
            HotLook::Sampled(copy.value())
        } else {
            HotLook::Hit(copy.value())
        }
    }

    /// The right to copy what a look-up finds that begins now; `None` if it is not worth while. `clock` gives the clock of the tier, if its
    /// entries are copied.
    pub(crate) fn ticket(
        &self,
        instance: TypeId,
        clock: impl FnOnce() -> Option<&'static HotClock>,
    ) -> Option<HotTicket> {
        let Some(link) = self.link.get() else {
            if self.warmth.load(Ordering::Relaxed) != NEVER_HOT {
                self.warm_up(instance, clock);
            }
            return None;
        };
        let number = self.number.load(Ordering::Relaxed);
        let table = table::own().or_else(table::lend)?;
        (link.instance == instance).then(|| HotTicket {
            table,
            number,
            tier_clock: link.clock.read(),
        })
    }

    #[cold]
    fn warm_up(&self, instance: TypeId, clock: impl FnOnce() -> Option<&'static HotClock>) {
        if self.warmth.fetch_add(1, Ordering::Relaxed) != WARM - 1 {
            return;
        }
        let clock = clock().filter(|_| self.get_number());
        let Some(clock) = clock else {
            self.warmth.store(NEVER_HOT, Ordering::Relaxed);
            return;
        };
        let _ = self.link.set(HotLink { instance, clock });
    }

    /// Gives the site a number if it has none; returns whether it has one.
    fn get_number(&self) -> bool {
        if self.number.load(Ordering::Relaxed) != 0 {
            return true;
        }
        let Some(number) = table::next_number() else {
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
        let table = table::own()?;
        let number = self.number.load(Ordering::Relaxed);
        (number != 0).then(|| table.usage(number).count_hit_without_copy())
    }

    /// Has the hits of this thread counted in its table from now on, if there is one.
    pub(crate) fn count_here(&self) {
        if self.get_number() && table::own().is_none() {
            table::lend();
        }
    }

    /// Ends the use of all copies.
    pub(crate) fn forget(&self) {
        if let Some(link) = self.link.get() {
            link.clock.tick();
        }
    }

    /// How many hits the tables of threads have counted, of copies and of others.
    pub(crate) fn hits(&self) -> u64 {
        table::hits(self.number.load(Ordering::Relaxed))
    }
}

impl HotTicket {
    /// Keeps a copy of an entry that was offered after the ticket was taken.
    pub(crate) fn keep(self, key: u64, value: u64, offer: HotOffer) {
        let seen = offer.reading.wrapping_add(self.tier_clock);
        let copy = self.table.place(self.number, key);
        copy.keep((self.number, key), value, seen, (offer.due, offer.part));
        self.table.usage(self.number).count_copy();
        clock::ask();
    }
}

impl HotClock {
    /// A clock that stays until the process ends.
    pub(crate) fn leaked() -> &'static Self {
        Box::leak(Box::new(Self(AtomicU64::new(0))))
    }

    #[inline]
    pub(crate) fn read(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// An entry with copies has left its tier. Called before anybody is told of it.
    pub(crate) fn tick(&self) {
        self.0.fetch_add(2, Ordering::Release);
    }
}
