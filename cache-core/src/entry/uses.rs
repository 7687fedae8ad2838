//! How often an entry was used, as far as eviction must know.

use crate::sync::{AtomicBool, AtomicU8, Ordering};

/// Whether an entry was used at all, and how often since eviction last looked at it.
#[derive(Debug, Default)]
pub(super) struct UseCount {
    uses: AtomicU8,
    /// Whether there is a copy of the entry.
    copied: AtomicBool,
}

/// It was used.
const USED: u8 = 1;
/// One use that eviction has not seen yet.
const ONE: u8 = 2;
/// The most uses that are counted: three.
const MOST: u8 = USED + 3 * ONE;

impl UseCount {
    /// Counts a use. A hot entry is written to three times, not at every hit. Of uses at one moment some may be lost.
    #[inline]
    pub(super) fn count(&self) {
        let uses = self.uses.load(Ordering::Relaxed);
        if uses < MOST {
            self.uses.store((uses | USED) + ONE, Ordering::Relaxed);
        }
    }

    /// Whether there is a use that eviction has not seen yet; from now on it has seen that one.
    pub(super) fn take(&self) -> bool {
        let uses = self.uses.load(Ordering::Relaxed);
        if uses < ONE {
            return false;
        }
        self.uses.store(uses - ONE, Ordering::Relaxed);
        true
    }

    /// Whether [`take`](Self::take) would find one.
    pub(super) fn is_unseen(&self) -> bool {
        self.uses.load(Ordering::Relaxed) >= ONE
    }

    /// Whether another use would not be counted.
    pub(super) fn are_most(&self) -> bool {
        self.uses.load(Ordering::Relaxed) >= MOST
    }

    /// Notes that there is a copy.
    pub(super) fn copy(&self) {
        self.copied.store(true, Ordering::Relaxed);
    }

    /// Whether there may be a copy.
    pub(super) fn is_copied(&self) -> bool {
        self.copied.load(Ordering::Relaxed)
    }

    /// [`is_copied`](Self::is_copied), for somebody who ends the copy.
    pub(super) fn take_copy(&self) -> bool {
        self.copied.swap(false, Ordering::Relaxed)
    }

    /// Whether there ever was one.
    pub(super) fn are_any(&self) -> bool {
        self.uses.load(Ordering::Relaxed) & USED != 0
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn three_uses_are_counted_and_that_there_was_one_is_never_forgotten() {
        let uses = UseCount::default();
        assert!(!uses.are_any() && !uses.is_unseen() && !uses.take());
        (0..9).for_each(|_| uses.count());
        assert!(uses.is_unseen());
        assert!((0..3).all(|_| uses.take()) && !uses.take());
        assert!(uses.are_any());
        uses.count();
        assert!(uses.take() && !uses.take());
    }

    #[test]
    fn a_copy_is_taken_once() {
        let uses = UseCount::default();
        assert!(!uses.is_copied() && !uses.take_copy());
        uses.copy();
        assert!(uses.is_copied() && uses.take_copy() && !uses.take_copy());
    }
}
