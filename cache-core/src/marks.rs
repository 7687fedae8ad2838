//! Marks: how the invalidation of a name reaches every entry that carries it, in one write.
//!
//! `epoch` is the logical clock of the process. A slot holds the epoch at which one of its names was last invalidated. A
//! load remembers the epoch at which it began (its `Generation`); what it produced is live while none of its slots is younger.
//!
//! Three rules carry the proof. The models at the end of this file fail without any one of them:
//!
//! - the slot is raised **before** the epoch moves: who sees the new epoch sees the slot;
//! - the slot is raised to the very epoch that its own move makes, so the move is a compare-and-swap: if anyone else
//!   moved the epoch in between, the slot is raised again. Otherwise a load that began between the two moves, and that
//!   need not see what the second invalidator wrote, would carry the number of the slot and pass as fresh;
//! - the epoch is moved with `Release` and read with `Acquire`: a load that begins after the move sees what was written before it.

use std::hash::BuildHasher;

use once_cell::sync::OnceCell;

use crate::name::{Name, NameScope};
use crate::sync::{AtomicU64, Ordering};

/// How many slots the process has; a power of two. They cost address space, and memory only where touched.
#[cfg(not(cache_loom))]
const SLOTS: usize = 1 << 18;

/// A place in the table of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(u32);

/// The logical clock and the table of marks.
#[derive(Debug)]
pub(crate) struct Marks {
    epoch: Epoch,
    slots: &'static [AtomicU64],
    /// When a name of each slot was last expired, rather than invalidated.
    stale: &'static [AtomicU64],
    seed: OnceCell<foldhash::fast::RandomState>,
}

/// Every hit reads the epoch and few things write it: it must not share its cache line with anything that moves.
#[derive(Debug)]
#[repr(align(128))]
struct Epoch(AtomicU64);

/// The marks of this process.
#[cfg(not(cache_loom))]
pub(crate) fn marks() -> &'static Marks {
    static TABLE: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];
    static STALE: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];
    static MARKS: Marks = Marks {
        epoch: Epoch(AtomicU64::new(0)),
        slots: &TABLE,
        stale: &STALE,
        seed: OnceCell::new(),
    };
    &MARKS
}

#[cfg(all(test, cache_loom))]
impl Marks {
    /// Two slots, of their own for each run of a model.
    pub(crate) fn for_models() -> Self {
        let slots = || Vec::from([AtomicU64::new(0), AtomicU64::new(0)]).leak();
        Self {
            epoch: Epoch(AtomicU64::new(0)),
            slots: slots(),
            stale: slots(),
            seed: OnceCell::new(),
        }
    }
}

impl Marks {
    /// The epoch now. What is loaded after this call was loaded after every invalidation that it counts.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.epoch.0.load(Ordering::Acquire)
    }

    /// Invalidates every entry that carries a name of this slot and whose load began before this call returns.
    pub(crate) fn mark(&self, slot: Slot) {
        self.raise(&self.slots[slot.0 as usize]);
    }

    /// Expires every entry that carries a name of this slot and whose load began before this call returns: it is no longer a
    /// hit, and may still serve as a stale value.
    pub(crate) fn expire(&self, slot: Slot) {
        self.raise(&self.stale[slot.0 as usize]);
    }

    /// Invalidates everything that watches `own`, a mark outside of the table.
    pub(crate) fn raise(&self, own: &AtomicU64) {
        let mut epoch = self.epoch.0.load(Ordering::Relaxed);
        loop {
            own.fetch_max(epoch + 1, Ordering::Relaxed);
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

    /// Makes every copy be checked again at its next use: called after an entry was declared dead.
    pub(crate) fn advance(&self) {
        self.epoch.0.fetch_add(1, Ordering::Release);
    }

    /// The slot of a name in a scope; different in every process, so that no one can aim at the slot of another name.
    pub(crate) fn slot(&self, scope: NameScope, name: Name) -> Slot {
        let seed = self.seed.get_or_init(foldhash::fast::RandomState::default);
        let hash = seed.hash_one((scope, name));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "masked by the table's length"
        )]
        Slot((hash >> 32) as u32 & (self.slots.len() - 1) as u32)
    }

    /// The epoch at which a name of this slot was last invalidated.
    #[inline]
    pub(crate) fn raised(&self, slot: Slot) -> u64 {
        self.slots[slot.0 as usize].load(Ordering::Relaxed)
    }

    /// The epoch at which a name of this slot was last expired.
    pub(crate) fn expired(&self, slot: Slot) -> u64 {
        self.stale[slot.0 as usize].load(Ordering::Relaxed)
    }
}

#[cfg(all(test, cache_loom))]
mod loom {
    //! A writer changes the data and invalidates its name; a loader keeps what it reads; whoever asks after the
    //! acknowledgement must not get the old value. Each rule of the table, left out, makes the model fail.

    use std::sync::Arc;

    use ::loom::sync::Mutex;
    use ::loom::thread;

    use super::*;
    use crate::generation::Generation;

    /// The data, one entry, and what was acknowledged.
    struct World {
        data: AtomicU64,
        marks: Marks,
        own: AtomicU64,
        entry: Mutex<Option<(u64, Arc<Generation>)>>,
        acknowledged: Mutex<u64>,
    }

    impl World {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                data: AtomicU64::new(0),
                marks: Marks::for_models(),
                own: AtomicU64::new(0),
                entry: Mutex::new(None),
                acknowledged: Mutex::new(0),
            })
        }

        fn load(&self) {
            let epoch = self.marks.now();
            let value = self.data.load(Ordering::Relaxed);
            let generation = Arc::new(Generation::new(epoch, 0, Box::new([Slot(0)])));
            *self.entry.lock().unwrap() = Some((value, generation));
        }

        fn hit(&self) -> Option<u64> {
            let (value, generation) = self.entry.lock().unwrap().clone()?;
            generation.is_live(&self.marks, &self.own).then_some(value)
        }

        fn write(&self, mark: fn(&Marks, Slot)) {
            self.data.store(1, Ordering::Relaxed);
            mark(&self.marks, Slot(0));
            *self.acknowledged.lock().unwrap() = 1;
        }
    }

    /// `others`: another name is invalidated meanwhile, which moves the epoch.
    fn model(mark: fn(&Marks, Slot), others: bool) {
        let mut builder = ::loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(move || {
            let world = World::new();
            let (w, l) = (world.clone(), world.clone());
            let writer = thread::spawn(move || w.write(mark));
            let loader = thread::spawn(move || {
                l.load();
                l.hit();
            });
            if others {
                world.marks.mark(Slot(1));
            }
            let floor = *world.acknowledged.lock().unwrap();
            if let Some(value) = world.hit() {
                assert!(value >= floor, "an old value after the acknowledgement");
            }
            writer.join().unwrap();
            loader.join().unwrap();
            if let Some(value) = world.hit() {
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
    #[should_panic(expected = "an old value")]
    fn the_slot_must_be_raised_before_the_epoch_moves() {
        model(
            |marks, slot| {
                let epoch = marks.epoch.0.fetch_add(1, Ordering::Release) + 1;
                marks.slots[slot.0 as usize].fetch_max(epoch, Ordering::Relaxed);
            },
            false,
        );
    }

    #[test]
    #[should_panic(expected = "an old value")]
    fn the_slot_must_be_raised_to_the_epoch_of_its_own_move() {
        model(
            |marks, slot| {
                let epoch = marks.epoch.0.load(Ordering::Relaxed) + 1;
                marks.slots[slot.0 as usize].fetch_max(epoch, Ordering::Relaxed);
                marks.epoch.0.fetch_add(1, Ordering::Release);
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
                marks.slots[slot.0 as usize].fetch_max(epoch + 1, Ordering::Relaxed);
                let _ = marks.epoch.0.compare_exchange(
                    epoch,
                    epoch + 1,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
            },
            false,
        );
    }
}
