//! Marks: how the invalidation of a name reaches every entry that carries it, in one write.
//!
//! `epoch` is the logical clock of the process. A slot holds the epoch at which one of its names was last invalidated. A
//! load remembers the epoch at which it began (its `Generation`); what it produced is live while none of its slots is younger.
//!
//! Names share the places of one table, so that it stays small however many there are. A slot is two places, and as old as the older of
//! them: a mark reaches a name that it does not mean only where other marks have covered both of its places.
//!
//! A hit does not read the slots again while the **clocks** of its names stand still. Wholes (a site, a cache, a tier) have one
//! clock, which moves rarely. Parts (tags, keys, paths) share the others, so that a mark of one tag leaves nearly all entries
//! alone that carry other tags, and all that carry none. A replaced or removed entry moves no clock.
//!
//! Each of these rules is needed. The models in `tests/loom.rs` and in `generation.rs` fail without any one of them:
//!
//! - both places of the slot are raised **before** the epoch moves: a load that sees the new epoch sees the slot;
//! - the slot is raised to the very epoch that its own move makes, so the move is a compare-and-swap: if another mark
//!   moved the epoch in between, the slot is raised again. Otherwise a load that began between the two moves, and that
//!   need not see what the second invalidator wrote, would carry the number of the slot and pass as fresh;
//! - the epoch is moved with `Release` and read with `Acquire`: a load that begins after the move sees what was written before
//!   it;
//! - the clock moves **after** the slot was raised for the last time, with `Release`, and before the mark returns.

use std::hash::BuildHasher;

use once_cell::sync::OnceCell;

use crate::name::{Name, NameScope};
use crate::sync::{AtomicU64, Ordering};

pub(crate) use self::of_process::marks;

mod of_process;

#[cfg(test)]
mod tests;

/// How many places the process has; a power of two. They cost address space, and memory only where touched.
#[cfg(not(cache_loom))]
const PLACES: usize = 1 << 18;
#[cfg(cache_loom)]
const PLACES: usize = 8;

/// How many clocks the names of parts share; a power of two, and at most the bits of [`ClockSet`].
#[cfg(not(cache_loom))]
const PARTS: usize = 64;
#[cfg(cache_loom)]
const PARTS: usize = 2;

/// Two places in the table of marks, with a bit that says whether their name stands for a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Slot(u32);

impl Slot {
    /// Of an entry that a store has shown to be expired: it counts as softly invalidated since ever.
    pub(crate) const EXPIRED: Self = Self(u32::MAX >> 1);

    const WHOLE: u32 = 1 << 31;

    /// The slot of a name with this hash.
    fn of(hash: u32, is_whole: bool) -> Self {
        let bits = (hash & !Self::WHOLE).min(Self::EXPIRED.0 - 1);
        Self(bits | if is_whole { Self::WHOLE } else { 0 })
    }

    fn hash(self) -> usize {
        (self.0 & !Self::WHOLE) as usize
    }

    /// Two different places: the bits of the hash that choose no first place choose how far the second is from it.
    fn places(self) -> [usize; 2] {
        let first = self.hash() % PLACES;
        [first, first ^ ((PLACES / 2) | (self.hash() / PLACES))]
    }

    fn is_whole(self) -> bool {
        self.0 & Self::WHOLE != 0
    }

    /// Which of the clocks of parts moves when it is marked.
    fn part(self) -> usize {
        self.hash() % PARTS
    }
}

/// The clocks of some slots: that of wholes, and a bit for each clock of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockSet(u64);

impl ClockSet {
    /// With more clocks of parts than this, the epoch is read instead, which moves at every mark.
    const FEW: u32 = 4;
    const EVERY: Self = Self(u64::MAX);

    pub(crate) fn of(slots: &[Slot]) -> Self {
        let parts = slots.iter().filter(|slot| !slot.is_whole());
        let bits = parts.fold(0, |bits, slot| bits | 1 << slot.part());
        if u64::count_ones(bits) > Self::FEW {
            Self::EVERY
        } else {
            Self(bits)
        }
    }
}

impl ClockSet {
    /// If at most one clock of parts is among them: zero for none, else its index and one.
    #[expect(clippy::cast_possible_truncation, reason = "an index of 64")]
    pub(crate) fn only_part(self) -> Option<u8> {
        match self.0.count_ones() {
            0 => Some(0),
            1 => Some(self.0.trailing_zeros() as u8 + 1),
            _ => None,
        }
    }
}

type MarkTable = [AtomicU64; PLACES];

/// The logical clock and the table of marks.
#[derive(Debug)]
pub(crate) struct Marks {
    epoch: MarkClock,
    wholes: MarkClock,
    parts: [MarkClock; PARTS],
    /// When a name of each place was last invalidated.
    invalidated: &'static MarkTable,
    /// When a name of each place was last softly invalidated.
    soft_invalidated: &'static MarkTable,
    seed: OnceCell<foldhash::fast::RandomState>,
}

/// A counter that hits read and few things write: it must not share its cache line with anything that moves.
#[derive(Debug)]
#[repr(align(128))]
struct MarkClock(AtomicU64);

impl MarkClock {
    #[inline]
    fn read(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// By two: the lowest bit is for a [generation](crate::generation)'s verdict.
    fn tick(&self) {
        self.0.fetch_add(2, Ordering::Release);
    }
}

#[cfg(all(test, cache_loom))]
impl Slot {
    /// Of two slots with an odd number, or of two with an even one, each moves the other's clock.
    pub(crate) const fn of_model(index: u32) -> Self {
        Self(index)
    }
}

#[cfg(all(test, cache_loom))]
impl Marks {
    /// A table of its own for each run of a model.
    pub(crate) fn for_models() -> Self {
        let clock = || MarkClock(AtomicU64::new(0));
        let table = || -> &_ { Box::leak(Box::new(std::array::from_fn(|_| AtomicU64::new(0)))) };
        Self {
            epoch: clock(),
            wholes: clock(),
            parts: std::array::from_fn(|_| clock()),
            invalidated: table(),
            soft_invalidated: table(),
            seed: OnceCell::new(),
        }
    }
}

impl Marks {
    /// The epoch now. What is loaded after this call was loaded after every invalidation that it counts.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.epoch.read()
    }

    /// What these clocks show together, an even number: they only grow, so the same sum means that none has moved.
    #[inline]
    pub(crate) fn reading(&self, clocks: ClockSet) -> u64 {
        let wholes = self.wholes.read();
        if clocks == ClockSet(0) {
            wholes
        } else {
            self.reading_of_parts(clocks, wholes)
        }
    }

    /// [`reading`](Self::reading) of the clock of wholes and this [only part](ClockSet::only_part).
    #[inline]
    pub(crate) fn reading_of_part(&self, part: u8) -> u64 {
        let wholes = self.wholes.read();
        match part {
            0 => wholes,
            part => wholes + self.parts[(part as usize - 1) % PARTS].read(),
        }
    }

    #[inline(never)]
    fn reading_of_parts(&self, clocks: ClockSet, mut sum: u64) -> u64 {
        if clocks == ClockSet::EVERY {
            return self.now() << 1;
        }
        let mut rest = clocks.0;
        while rest != 0 {
            sum += self.parts[rest.trailing_zeros() as usize % PARTS].read();
            rest &= rest - 1;
        }
        sum
    }

    /// Invalidates every entry that carries a name of this slot and whose load began before this call returns.
    pub(crate) fn mark(&self, slot: Slot) {
        self.raise(slot.places().map(|place| &self.invalidated[place]));
        self.clock(slot).tick();
    }

    /// Softly invalidates every entry that carries a name of this slot and whose load began before this call returns: it is no longer a
    /// hit, and may still serve as a stale value.
    pub(crate) fn mark_soft(&self, slot: Slot) {
        self.raise(slot.places().map(|place| &self.soft_invalidated[place]));
        self.clock(slot).tick();
    }

    /// Invalidates everything in the place that `own` is the mark of, a mark outside of the table.
    pub(crate) fn mark_place(&self, own: &AtomicU64) {
        self.raise([own]);
        self.wholes.tick();
    }

    fn raise<const N: usize>(&self, places: [&AtomicU64; N]) {
        let mut epoch = self.epoch.0.load(Ordering::Relaxed);
        loop {
            for place in places {
                place.fetch_max(epoch + 1, Ordering::Relaxed);
            }
            match self.epoch.0.compare_exchange_weak(
                epoch,
                epoch + 1,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(moved) => epoch = moved,
            }
        }
    }

    fn clock(&self, slot: Slot) -> &MarkClock {
        if slot.is_whole() {
            &self.wholes
        } else {
            &self.parts[slot.part()]
        }
    }

    /// The slot of a name in a scope; different in every process, so that no one can aim at the slot of another name.
    pub(crate) fn slot(&self, scope: NameScope, name: Name) -> Slot {
        let seed = self.seed.get_or_init(foldhash::fast::RandomState::default);
        let hash = seed.hash_one((scope, name));
        Slot::of((hash >> 32) as u32, name.is_whole())
    }

    /// Whether a name of this slot was invalidated after this epoch.
    #[inline]
    pub(crate) fn is_invalidated(&self, slot: Slot, epoch: u64) -> bool {
        is_after(self.invalidated, slot, epoch)
    }

    /// Whether a name of this slot was softly invalidated after this epoch.
    pub(crate) fn is_soft_invalidated(&self, slot: Slot, epoch: u64) -> bool {
        slot == Slot::EXPIRED || is_after(self.soft_invalidated, slot, epoch)
    }
}

#[inline]
fn is_after(table: &MarkTable, slot: Slot, epoch: u64) -> bool {
    let mut places = slot.places().into_iter();
    places.all(|place| table[place].load(Ordering::Relaxed) > epoch)
}
