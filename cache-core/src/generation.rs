//! What an entry remembers of the beginning of its load, and what the marks say of it now.

use crate::marks::{Marks, Slot};
use crate::sync::{AtomicBool, AtomicU64, Ordering};

/// What the marks say of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validity {
    /// Nothing that it depends on was marked since its load began.
    Valid,
    /// Something that it depends on was expired: it may serve as a stale value.
    SoftInvalidated,
    /// Something that it depends on was invalidated, or the entry was replaced or removed.
    Invalid,
}

/// What an entry remembers of the moment at which its load began.
#[derive(Debug)]
pub(crate) struct Generation {
    /// The epoch before the load began.
    epoch: u64,
    /// The place of the load in the order in which its tier's loads began.
    sequence: u64,
    /// The epoch at which this entry was last found live: while it stands still, a hit checks nothing else.
    checked: AtomicU64,
    dead: AtomicBool,
    slots: Box<[Slot]>,
}

/// No epoch: not yet checked.
const NEVER: u64 = u64::MAX;

impl Generation {
    /// The generation of a load that begins now, under these names. `epoch` was read **before** the load began; `sequence`
    /// numbers the loads of a tier as they begin.
    pub(crate) fn new(epoch: u64, sequence: u64, slots: Box<[Slot]>) -> Self {
        Self {
            epoch,
            sequence,
            checked: AtomicU64::new(NEVER),
            dead: AtomicBool::new(false),
            slots,
        }
    }

    /// Whether this load began before that one.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.sequence < other.sequence
    }

    /// The epoch before the load began.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The slots of its names.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The same load under these slots as well, and with the older of the two epochs: what else has gone into the value.
    pub(crate) fn with(&self, slots: &[Slot], epoch: Option<u64>) -> Self {
        let mut all = [&self.slots, slots].concat();
        all.sort_unstable();
        all.dedup();
        let epoch = epoch.map_or(self.epoch, |epoch| epoch.min(self.epoch));
        Self::new(epoch, self.sequence, all.into())
    }

    /// The same load under these slots instead.
    pub(crate) fn renamed(&self, slots: Box<[Slot]>) -> Self {
        Self::new(self.epoch, self.sequence, slots)
    }

    /// Whether nothing that this entry depends on was invalidated since its load began. `own` is the mark of the place
    /// that holds the entry.
    #[inline]
    pub(crate) fn is_live(&self, marks: &Marks, own: &AtomicU64) -> bool {
        self.validity(marks, own) != Validity::Invalid
    }

    /// What the marks say of this entry.
    #[inline]
    pub(crate) fn validity(&self, marks: &Marks, own: &AtomicU64) -> Validity {
        let epoch = marks.now();
        if self.checked.load(Ordering::Relaxed) == epoch {
            Validity::Valid
        } else {
            self.check(marks, own, epoch)
        }
    }

    /// The caller has read `epoch` before this reads the slots. Read after them, it would count a mark in between as checked.
    #[cold]
    fn check(&self, marks: &Marks, own: &AtomicU64, epoch: u64) -> Validity {
        let after = |mark: u64| mark > self.epoch;
        let mut slots = self.slots.iter();
        if self.dead.load(Ordering::Relaxed)
            || after(own.load(Ordering::Relaxed))
            || slots.any(|slot| after(marks.raised(*slot)))
        {
            return Validity::Invalid;
        }
        if self.slots.iter().any(|slot| after(marks.expired(*slot))) {
            return Validity::SoftInvalidated;
        }
        self.checked.store(epoch, Ordering::Relaxed);
        Validity::Valid
    }

    /// Declares the entry replaced or removed. The caller holds the lock of its shard, and advances the marks after.
    pub(crate) fn kill(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::marks::marks;
    use crate::name::{Name, NameScope};

    fn begun_now(marks: &Marks, slot: Slot) -> Generation {
        Generation::new(marks.now(), 0, Box::new([slot]))
    }

    #[test]
    fn what_is_declared_stale_stays_until_it_is_invalidated() {
        let (marks, own) = (marks(), AtomicU64::new(0));
        let slot = marks.slot(NameScope::fresh(), Name::of("tag", b"a"));
        let before = begun_now(marks, slot);
        assert_eq!(before.validity(marks, &own), Validity::Valid);
        marks.expire(slot);
        assert_eq!(before.validity(marks, &own), Validity::SoftInvalidated);
        assert!(before.is_live(marks, &own));
        let after = begun_now(marks, slot);
        assert_eq!(after.validity(marks, &own), Validity::Valid);
        marks.mark(slot);
        assert_eq!(before.validity(marks, &own), Validity::Invalid);
        assert_eq!(after.validity(marks, &own), Validity::Invalid);
    }
}
