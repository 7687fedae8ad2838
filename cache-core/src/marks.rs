//! Marks: how the invalidation of a name reaches every entry that carries it, in one write.
//!
//! `epoch` is the logical clock of the process. A slot holds the epoch at which one of its names was last invalidated. A
//! load remembers the epoch at which it began (`born`); what it produced is live while none of its slots is younger.
//!
//! Three rules carry the proof, and each one left out is a counterexample in the models at the end of this file:
//!
//! - the slot is raised **before** the epoch moves: who sees the new epoch sees the slot;
//! - the slot is raised to the very epoch that its own move makes, so the move is a compare-and-swap: if anyone else
//!   moved the epoch in between, the slot is raised again. Otherwise a load that began between the two moves, and that
//!   need not see what the second invalidator wrote, would carry the number of the slot and pass as fresh;
//! - the epoch is moved with `Release` and read with `Acquire`: who is born after the move sees what was written before.

use std::hash::{BuildHasher, Hasher};

use once_cell::sync::OnceCell;

use crate::sync::{AtomicBool, AtomicU64, Ordering};

/// How many slots the process has; a power of two. They cost address space, and memory only where touched.
#[cfg(not(cache_loom))]
const SLOTS: usize = 1 << 18;

/// The 128-bit hash of a name (a tag, a path, a key, a site): the same in every process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name(u128);

impl Name {
    /// The name that `parts` spell: `Name::of("path", b"/posts")`. Kinds keep names of different meaning apart.
    pub(crate) fn of(kind: &str, text: &[u8]) -> Self {
        use siphasher::sip128::{Hasher128, SipHasher13};
        // The keys are fixed: a name must hash alike in every process that shares a store or a backplane.
        let mut hasher = SipHasher13::new_with_keys(0x6361_6368_652d_636f, 0x7265_206e_616d_6573);
        hasher.write_u64(kind.len() as u64);
        hasher.write(kind.as_bytes());
        hasher.write(text);
        Self(hasher.finish128().as_u128())
    }

    /// The bytes that travel.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// The bytes that travel, as hexadecimal digits.
    pub(crate) fn to_digits(self) -> [u8; 32] {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let bytes = self.to_bytes();
        std::array::from_fn(|at| {
            let byte = bytes[at / 2];
            let half = if at % 2 == 0 { byte >> 4 } else { byte & 15 };
            DIGITS[usize::from(half)]
        })
    }

    /// The name that [`to_bytes`](Self::to_bytes) wrote.
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }
}

/// Where a name means something: a cache, and what belongs to it. One name in two scopes is two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope(u64);

impl Scope {
    /// That of functions that keep their values for themselves.
    pub(crate) const PRIVATE: Self = Self(0);

    /// A scope like no other of this process.
    pub(crate) fn fresh() -> Self {
        use std::hash::RandomState;
        Self(RandomState::new().hash_one(0))
    }
}

/// A place in the table of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(u32);

/// The logical clock and the table of marks.
#[derive(Debug)]
pub(crate) struct Marks {
    epoch: Epoch,
    slots: &'static [AtomicU64],
    /// When a name of each slot was last declared stale, rather than invalidated.
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

    /// Invalidates every entry that carries a name of this slot and was born before this call returns.
    pub(crate) fn mark(&self, slot: Slot) {
        self.raise(&self.slots[slot.0 as usize]);
    }

    /// Declares stale every entry that carries a name of this slot and was born before this call returns: it is no hit any
    /// more, and stays for those who would rather have it than nothing.
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

    /// The slot of a name in a scope; another one in every process, so that nobody can aim at a neighbour's.
    pub(crate) fn slot(&self, scope: Scope, name: Name) -> Slot {
        let seed = self.seed.get_or_init(foldhash::fast::RandomState::default);
        let hash = seed.hash_one((scope.0, name.0));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "masked by the table's length"
        )]
        Slot((hash >> 32) as u32 & (self.slots.len() - 1) as u32)
    }

    #[inline]
    fn raised(&self, slot: Slot) -> u64 {
        self.slots[slot.0 as usize].load(Ordering::Relaxed)
    }

    fn expired(&self, slot: Slot) -> u64 {
        self.stale[slot.0 as usize].load(Ordering::Relaxed)
    }
}

/// Runs at its end, and that comes also to one who is dropped while a store keeps him waiting: what he asked for is owed to
/// the store then, and must not be missing here.
pub(crate) struct AtLast<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for AtLast<F> {
    fn drop(&mut self) {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut self.0));
        // A second panic in one thread ends the process.
        if let Err(panic) = outcome
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

/// What marks have left of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing that it depends on was marked since its load began.
    Good,
    /// Something was declared stale.
    Stale,
    /// Something was invalidated, or the entry replaced or removed.
    Dead,
}

/// What an entry remembers of the moment at which its load began.
#[derive(Debug)]
pub(crate) struct Birth {
    born: u64,
    /// The place of the load in the order in which its tier's loads began.
    turn: u64,
    /// The epoch at which this entry was last found live: while it stands still, a hit checks nothing else.
    checked: AtomicU64,
    dead: AtomicBool,
    slots: Box<[Slot]>,
}

/// No epoch: not yet checked.
const NEVER: u64 = u64::MAX;

impl Birth {
    /// A birth at the epoch `born`, which was read **before** the load began, under these names; `turn` counts the loads of
    /// the tier as they begin.
    pub(crate) fn new(born: u64, turn: u64, slots: Box<[Slot]>) -> Self {
        Self {
            born,
            turn,
            checked: AtomicU64::new(NEVER),
            dead: AtomicBool::new(false),
            slots,
        }
    }

    /// Whether this load began before that one.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.turn < other.turn
    }

    /// The epoch before the load began.
    pub(crate) fn born(&self) -> u64 {
        self.born
    }

    /// The slots of its names.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The same load, with what else has gone into it: under these slots as well, and as old as the oldest.
    pub(crate) fn with(&self, slots: &[Slot], born: Option<u64>) -> Self {
        let mut all = [&self.slots, slots].concat();
        all.sort_unstable();
        all.dedup();
        let born = born.map_or(self.born, |born| born.min(self.born));
        Self::new(born, self.turn, all.into())
    }

    /// The same moment under these names.
    pub(crate) fn renamed(&self, slots: Box<[Slot]>) -> Self {
        Self::new(self.born, self.turn, slots)
    }

    /// Whether nothing that this entry depends on was invalidated since its load began. `own` is the mark of the place
    /// that holds the entry.
    #[inline]
    pub(crate) fn is_live(&self, marks: &Marks, own: &AtomicU64) -> bool {
        self.standing(marks, own) != Standing::Dead
    }

    /// What marks have left of this entry.
    #[inline]
    pub(crate) fn standing(&self, marks: &Marks, own: &AtomicU64) -> Standing {
        let epoch = marks.now();
        if self.checked.load(Ordering::Relaxed) == epoch {
            Standing::Good
        } else {
            self.check(marks, own, epoch)
        }
    }

    /// `epoch` was read before the slots are: were it read after them, a mark in between would be remembered as checked.
    #[cold]
    fn check(&self, marks: &Marks, own: &AtomicU64, epoch: u64) -> Standing {
        let after = |mark: u64| mark > self.born;
        let mut slots = self.slots.iter();
        if self.dead.load(Ordering::Relaxed)
            || after(own.load(Ordering::Relaxed))
            || slots.any(|slot| after(marks.raised(*slot)))
        {
            return Standing::Dead;
        }
        if self.slots.iter().any(|slot| after(marks.expired(*slot))) {
            return Standing::Stale;
        }
        self.checked.store(epoch, Ordering::Relaxed);
        Standing::Good
    }

    /// Declares the entry replaced or removed. The caller holds the lock of its shard, and advances the marks after.
    pub(crate) fn kill(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    fn birth(marks: &Marks, slot: Slot) -> Birth {
        Birth::new(marks.now(), 0, Box::new([slot]))
    }

    #[test]
    fn what_is_declared_stale_stays_until_it_is_invalidated() {
        let (marks, own) = (marks(), AtomicU64::new(0));
        let slot = marks.slot(Scope::fresh(), Name::of("tag", b"a"));
        let before = birth(marks, slot);
        assert_eq!(before.standing(marks, &own), Standing::Good);
        marks.expire(slot);
        assert_eq!(before.standing(marks, &own), Standing::Stale);
        assert!(before.is_live(marks, &own));
        let after = birth(marks, slot);
        assert_eq!(after.standing(marks, &own), Standing::Good);
        marks.mark(slot);
        assert_eq!(before.standing(marks, &own), Standing::Dead);
        assert_eq!(after.standing(marks, &own), Standing::Dead);
    }
}

#[cfg(all(test, cache_loom))]
mod loom {
    //! A writer changes the data and invalidates its name; a loader keeps what it reads; whoever asks after the
    //! acknowledgement must not get the old value. Each rule of this file, left out, makes the model fail.

    use std::sync::Arc;

    use ::loom::sync::Mutex;
    use ::loom::thread;

    use super::*;

    /// The data, one entry, and what was acknowledged.
    struct World {
        data: AtomicU64,
        marks: Marks,
        own: AtomicU64,
        entry: Mutex<Option<(u64, Arc<Birth>)>>,
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
            let born = self.marks.now();
            let value = self.data.load(Ordering::Relaxed);
            let birth = Arc::new(Birth::new(born, 0, Box::new([Slot(0)])));
            *self.entry.lock().unwrap() = Some((value, birth));
        }

        fn hit(&self) -> Option<u64> {
            let (value, birth) = self.entry.lock().unwrap().clone()?;
            birth.is_live(&self.marks, &self.own).then_some(value)
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
