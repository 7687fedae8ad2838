//! What an entry remembers of the beginning of its load, wherever it does, and what the marks say of it now.

use super::{Generation, Validity};
use crate::marks::{ClockSet, Marks, Slot};
use crate::sync::{AtomicU64, Ordering};

/// What an entry remembers, wherever it does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GenerationRef<'a> {
    pub(crate) epoch: u64,
    pub(crate) sequence: u64,
    pub(crate) memo: &'a GenerationMemo,
    pub(crate) clocks: ClockSet,
    pub(crate) slots: &'a [Slot],
}

/// What the clocks showed when an entry was last checked, and what came of it: while they show the same, a hit checks nothing else.
#[derive(Debug)]
pub(crate) struct GenerationMemo(pub(super) AtomicU64);

/// In a memo, the entry was found soft-invalidated.
const SOFT: u64 = 1;
/// The memo of an entry that was invalidated, replaced or removed. It stays.
pub(super) const DEAD: u64 = u64::MAX;
/// The memo of an entry that was not yet checked.
const UNCHECKED: u64 = u64::MAX - 1;
/// The memo of an entry whose value its tier has copied into its table, so that nobody tells it of the removal. It stays.
pub(super) const DETACHED: u64 = u64::MAX - 2;

impl GenerationRef<'_> {
    /// The same generation, for another place.
    pub(crate) fn to_owned(self) -> Generation {
        Generation {
            epoch: self.epoch,
            sequence: self.sequence,
            memo: self.memo.copied(),
            clocks: self.clocks,
            slots: self.slots.into(),
        }
    }

    /// Whether this load began before that one.
    pub(crate) fn is_before(self, other: Self) -> bool {
        self.sequence < other.sequence
    }

    /// What the marks say of this entry, as far as marks that have returned go. `own` is the mark of the place that holds it.
    #[inline]
    pub(crate) fn validity(self, marks: &Marks, own: &AtomicU64) -> Validity {
        let memo = self.memo.read();
        let reading = marks.reading(self.clocks);
        if memo == reading {
            Validity::Valid
        } else {
            self.check(marks, own, memo, reading)
        }
    }

    /// The caller has read the clocks before this reads the slots. Read after them, they would count a mark in between as
    /// checked.
    #[cold]
    pub(super) fn check(self, marks: &Marks, own: &AtomicU64, memo: u64, reading: u64) -> Validity {
        if memo == reading | SOFT {
            return Validity::SoftInvalidated;
        }
        let validity = self.judge(marks, own);
        let checked = match validity {
            _ if memo == DETACHED => return validity,
            Validity::Valid => reading,
            Validity::SoftInvalidated => reading | SOFT,
            Validity::Invalid => DEAD,
        };
        // If the entry was killed since its memo was read, it stays dead.
        let swapped =
            self.memo
                .0
                .compare_exchange(memo, checked, Ordering::Release, Ordering::Relaxed);
        match swapped {
            Err(DEAD) => Validity::Invalid,
            _ => validity,
        }
    }

    /// What the marks say of this entry, by its slots alone. Where the epoch was read before, this counts every mark that
    /// the epoch counts, also one that has not yet moved its clock.
    pub(crate) fn judge(self, marks: &Marks, own: &AtomicU64) -> Validity {
        let mut slots = self.slots.iter();
        if self.memo.0.load(Ordering::Relaxed) == DEAD
            || own.load(Ordering::Relaxed) > self.epoch
            || slots.any(|slot| marks.is_invalidated(*slot, self.epoch))
        {
            return Validity::Invalid;
        }
        if self
            .slots
            .iter()
            .any(|slot| marks.is_soft_invalidated(*slot, self.epoch))
        {
            return Validity::SoftInvalidated;
        }
        Validity::Valid
    }

    /// The slots that were marked since the load began, softly or not.
    pub(crate) fn marked(self, marks: &Marks) -> impl Iterator<Item = Slot> {
        let slots = self.slots.iter().copied();
        slots.filter(move |slot| {
            marks.is_invalidated(*slot, self.epoch) || marks.is_soft_invalidated(*slot, self.epoch)
        })
    }

    /// The latest epoch known at which all that this entry depends on was as it is in the entry: for a valid one, now.
    pub(crate) fn since(self, marks: &Marks, own: &AtomicU64) -> u64 {
        // Read before the slots are: what is marked in between is younger.
        let now = marks.now();
        match self.judge(marks, own) {
            Validity::Valid if !self.memo.is_detached() => now,
            _ => self.epoch,
        }
    }

    /// What the clocks show while the entry is valid, and which [only part](ClockSet::only_part) counts in there; `None` if it was not
    /// found valid, or several parts count.
    pub(crate) fn seen(self) -> Option<(u64, u8)> {
        let part = self.clocks.only_part()?;
        let memo = self.memo.read();
        (memo < DETACHED && memo & SOFT == 0).then_some((memo, part))
    }
}

impl GenerationMemo {
    /// That of an entry that was not yet checked.
    pub(super) fn unchecked() -> Self {
        Self(AtomicU64::new(UNCHECKED))
    }

    /// To be read before the clocks, and with `Acquire`: a sum of clocks means something only if each is at least as late as it was for
    /// the check that left the memo.
    #[inline]
    fn read(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Whether it says that the entry was valid when the clocks showed what `reading` reads now. This is all that most hits ask.
    #[inline]
    pub(crate) fn is_of(&self, reading: impl FnOnce() -> u64) -> bool {
        let memo = self.read();
        memo == reading()
    }

    /// A memo that says the same.
    pub(crate) fn copied(&self) -> Self {
        Self(AtomicU64::new(self.read()))
    }

    /// Whether the entry was replaced or removed, or its tier has its value already.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.0.load(Ordering::Relaxed), DEAD | DETACHED)
    }

    fn is_detached(&self) -> bool {
        self.0.load(Ordering::Relaxed) == DETACHED
    }
}
