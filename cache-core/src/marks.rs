//! Marks: how the invalidation of a name reaches every entry that carries it, in one write.
//!
//! `epoch` is the logical clock of the process. A slot holds the epoch at which one of its names was last invalidated. A
//! load remembers the epoch at which it began (its `Generation`); what it produced is live while none of its slots is younger.
//!
//! A hit does not read the slots again while the **clocks** of its names stand still. Wholes (a site, a cache, a tier) have one
//! clock, which moves rarely. Parts (tags, keys, paths) share the others, so that a mark of one tag leaves nearly all entries
//! alone that carry other tags, and all that carry none. A replaced or removed entry moves no clock.
//!
//! Each of these rules is needed. The models at the end of this file and of `generation.rs` fail without any one of them:
//!
//! - the slot is raised **before** the epoch moves: a load that sees the new epoch sees the slot;
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

/// How many slots the process has; a power of two. They cost address space, and memory only where touched.
#[cfg(not(cache_loom))]
const SLOTS: usize = 1 << 18;

/// How many clocks the names of parts share; a power of two, and at most the bits of [`ClockSet`].
#[cfg(not(cache_loom))]
const PARTS: usize = 64;
#[cfg(cache_loom)]
const PARTS: usize = 2;

/// A place in the table of marks, with a bit that says whether its name stands for a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(u32);

impl Slot {
    /// Of an entry that a store has shown to be expired: it counts as softly invalidated since ever.
    pub(crate) const EXPIRED: Self = Self(u32::MAX >> 1);

    const WHOLE: u32 = 1 << 31;

    fn index(self) -> usize {
        (self.0 & !Self::WHOLE) as usize
    }

    fn is_whole(self) -> bool {
        self.0 & Self::WHOLE != 0
    }

    /// Which of the clocks of parts moves when it is marked.
    fn part(self) -> usize {
        self.index() % PARTS
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

/// The logical clock and the table of marks.
#[derive(Debug)]
pub(crate) struct Marks {
    epoch: MarkClock,
    wholes: MarkClock,
    parts: [MarkClock; PARTS],
    /// When a name of each slot was last invalidated.
    invalidated: &'static [AtomicU64],
    /// When a name of each slot was last softly invalidated.
    soft_invalidated: &'static [AtomicU64],
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
    /// Four slots, of their own for each run of a model.
    pub(crate) fn for_models() -> Self {
        let clock = || MarkClock(AtomicU64::new(0));
        let slots = || Vec::from([0; 4].map(AtomicU64::new)).leak();
        Self {
            epoch: clock(),
            wholes: clock(),
            parts: std::array::from_fn(|_| clock()),
            invalidated: slots(),
            soft_invalidated: slots(),
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

    #[inline]
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
        self.raise(&self.invalidated[slot.index()]);
        self.clock(slot).tick();
    }

    /// Softly invalidates every entry that carries a name of this slot and whose load began before this call returns: it is no longer a
    /// hit, and may still serve as a stale value.
    pub(crate) fn mark_soft(&self, slot: Slot) {
        self.raise(&self.soft_invalidated[slot.index()]);
        self.clock(slot).tick();
    }

    /// Invalidates everything in the place that `own` is the mark of, a mark outside of the table.
    pub(crate) fn mark_place(&self, own: &AtomicU64) {
        self.raise(own);
        self.wholes.tick();
    }

    fn raise(&self, mark: &AtomicU64) {
        let mut epoch = self.epoch.0.load(Ordering::Relaxed);
        loop {
            mark.fetch_max(epoch + 1, Ordering::Relaxed);
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
        #[expect(
            clippy::cast_possible_truncation,
            reason = "masked by the table's length"
        )]
        let index = (hash >> 32) as u32 & (self.invalidated.len() - 1) as u32;
        Slot(index | if name.is_whole() { Slot::WHOLE } else { 0 })
    }

    /// The epoch at which a name of this slot was last invalidated.
    #[inline]
    pub(crate) fn invalidated(&self, slot: Slot) -> u64 {
        let mark = self.invalidated.get(slot.index());
        mark.map_or(0, |mark| mark.load(Ordering::Relaxed))
    }

    /// The epoch at which a name of this slot was last softly invalidated.
    pub(crate) fn soft_invalidated(&self, slot: Slot) -> u64 {
        let mark = self.soft_invalidated.get(slot.index());
        mark.map_or(u64::MAX, |mark| mark.load(Ordering::Relaxed))
    }
}

#[cfg(all(test, cache_loom))]
mod loom {
    //! A writer changes the data and invalidates its name; a loader keeps what it reads, or what it makes of an entry; whoever
    //! asks after the acknowledgement must not get the old value. Each rule of the table, left out, makes the model fail.

    use std::sync::Arc;

    use ::loom::sync::Mutex;
    use ::loom::thread;

    use super::*;
    use crate::generation::{Generation, Validity};

    const NAME: Slot = Slot::of_model(0);
    /// Of another name, with another clock.
    const OTHER: Slot = Slot::of_model(1);

    type Kept = Mutex<Option<(u64, Arc<Generation>)>>;
    type Mark = fn(&Marks, Slot);
    type Since = fn(&Generation, &Marks, &AtomicU64) -> u64;

    /// The data, one entry, what is made of it, and what was acknowledged.
    struct World {
        data: AtomicU64,
        marks: Marks,
        own: AtomicU64,
        inner: Kept,
        outer: Kept,
        acknowledged: Mutex<u64>,
    }

    impl World {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                data: AtomicU64::new(0),
                marks: Marks::for_models(),
                own: AtomicU64::new(0),
                inner: Mutex::new(None),
                outer: Mutex::new(None),
                acknowledged: Mutex::new(0),
            })
        }

        fn load(&self) {
            let epoch = self.marks.now();
            let value = self.data.load(Ordering::Relaxed);
            let generation = Arc::new(Generation::new(epoch, 0, Box::new([NAME])));
            *self.inner.lock().unwrap() = Some((value, generation));
        }

        /// Makes a value of the entry, if it is a hit; `since` says since when it is known to be as it is.
        fn load_outer(&self, since: Since) {
            let own = Generation::new(self.marks.now(), 0, Box::default());
            let Some((value, generation)) = self.inner.lock().unwrap().clone() else {
                return;
            };
            if generation.validity(&self.marks, &self.own) != Validity::Valid {
                return;
            }
            let since = since(&generation, &self.marks, &self.own);
            let outer = Arc::new(own.with(generation.slots(), Some(since)));
            *self.outer.lock().unwrap() = Some((value, outer));
        }

        fn hit(&self, kept: &Kept) -> Option<u64> {
            let (value, generation) = kept.lock().unwrap().clone()?;
            let is_hit = generation.validity(&self.marks, &self.own) == Validity::Valid;
            is_hit.then_some(value)
        }

        fn write(&self, mark: Mark) {
            self.data.store(1, Ordering::Relaxed);
            mark(&self.marks, NAME);
            *self.acknowledged.lock().unwrap() = 1;
        }
    }

    fn check(model: impl Fn() + Send + Sync + 'static) {
        let mut builder = ::loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }

    /// `others`: another name is invalidated meanwhile, which moves the epoch.
    fn model(mark: Mark, others: bool) {
        check(move || {
            let world = World::new();
            let (w, l) = (world.clone(), world.clone());
            let writer = thread::spawn(move || w.write(mark));
            let loader = thread::spawn(move || {
                l.load();
                l.hit(&l.inner);
            });
            if others {
                world.marks.mark(OTHER);
            }
            let floor = *world.acknowledged.lock().unwrap();
            if let Some(value) = world.hit(&world.inner) {
                assert!(value >= floor, "an old value after the acknowledgement");
            }
            writer.join().unwrap();
            loader.join().unwrap();
            if let Some(value) = world.hit(&world.inner) {
                assert_eq!(value, 1, "an old value for ever");
            }
        });
    }

    /// A load makes its value of an entry that was there before.
    fn model_of_outer(mark: Mark, since: Since) {
        check(move || {
            let world = World::new();
            world.load();
            world.hit(&world.inner);
            let (w, l) = (world.clone(), world.clone());
            let writer = thread::spawn(move || w.write(mark));
            let loader = thread::spawn(move || l.load_outer(since));
            writer.join().unwrap();
            loader.join().unwrap();
            if let Some(value) = world.hit(&world.outer) {
                assert_eq!(value, 1, "an old value for ever");
            }
        });
    }

    #[test]
    fn no_old_value_after_an_acknowledged_invalidation() {
        model(Marks::mark, false);
    }

    #[test]
    fn no_old_value_while_others_move_the_epoch() {
        model(Marks::mark, true);
    }

    #[test]
    fn what_is_made_of_an_entry_goes_with_it() {
        model_of_outer(Marks::mark, Generation::since);
    }

    #[test]
    fn what_is_made_of_an_entry_is_softly_invalidated_with_it() {
        model_of_outer(Marks::mark_soft, Generation::since);
    }

    #[test]
    #[should_panic(expected = "an old value")]
    fn an_entry_that_is_softly_invalidated_must_not_count_as_it_is_now() {
        model_of_outer(Marks::mark_soft, |generation, marks, own| {
            let now = marks.now();
            match generation.judge(marks, own) {
                Validity::Invalid => generation.epoch(),
                _ => now,
            }
        });
    }

    #[test]
    #[should_panic(expected = "an old value")]
    fn what_is_made_of_an_entry_must_ask_its_slots_and_not_its_memo() {
        model_of_outer(Marks::mark, |generation, marks, own| {
            let now = marks.now();
            match generation.validity(marks, own) {
                Validity::Valid => now,
                _ => generation.epoch(),
            }
        });
    }

    #[test]
    #[should_panic(expected = "an old value")]
    fn the_slot_must_be_raised_before_the_epoch_moves() {
        model_of_outer(
            |marks, slot| {
                let epoch = marks.epoch.0.fetch_add(1, Ordering::Release) + 1;
                marks.invalidated[slot.index()].fetch_max(epoch, Ordering::Relaxed);
                marks.clock(slot).tick();
            },
            Generation::since,
        );
    }

    #[test]
    #[should_panic(expected = "an old value")]
    fn the_slot_must_be_raised_to_the_epoch_of_its_own_move() {
        model(
            |marks, slot| {
                let epoch = marks.epoch.0.load(Ordering::Relaxed) + 1;
                marks.invalidated[slot.index()].fetch_max(epoch, Ordering::Relaxed);
                marks.epoch.0.fetch_add(1, Ordering::Release);
                marks.clock(slot).tick();
            },
            true,
        );
    }

    #[test]
    #[should_panic(expected = "an old value")]
    fn the_epoch_must_be_moved_with_release() {
        model(
            |marks, slot| {
                let epoch = marks.epoch.0.load(Ordering::Relaxed);
                marks.invalidated[slot.index()].fetch_max(epoch + 1, Ordering::Relaxed);
                let _ = marks.epoch.0.compare_exchange(
                    epoch,
                    epoch + 1,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
                marks.clock(slot).tick();
            },
            false,
        );
    }

    #[test]
    #[should_panic(expected = "an old value")]
    fn the_clock_must_move() {
        model(
            |marks, slot| marks.raise(&marks.invalidated[slot.index()]),
            false,
        );
    }

    #[test]
    #[should_panic(expected = "an old value")]
    fn the_clock_must_move_after_the_slot_was_raised() {
        model(
            |marks, slot| {
                marks.clock(slot).tick();
                marks.raise(&marks.invalidated[slot.index()]);
            },
            false,
        );
    }

    #[test]
    #[should_panic(expected = "an old value")]
    fn the_clock_must_be_moved_with_release() {
        model(
            |marks, slot| {
                marks.raise(&marks.invalidated[slot.index()]);
                marks.clock(slot).0.fetch_add(2, Ordering::Relaxed);
            },
            false,
        );
    }
}
