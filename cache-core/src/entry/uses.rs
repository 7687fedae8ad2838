//! How often an entry was used, as far as eviction must know.

use crate::sync::{AtomicU8, Ordering};

/// Whether an entry was used at all, and how often since eviction last looked at it.
#[derive(Debug, Default)]
pub(super) struct UseCount(AtomicU8);

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
        let uses = self.0.load(Ordering::Relaxed);
        if uses < MOST {
            self.0.store((uses | USED) + ONE, Ordering::Relaxed);
        }
    }

    /// Whether there is a use that eviction has not seen yet; from now on it has seen that one.
    pub(super) fn take(&self) -> bool {
        let uses = self.0.load(Ordering::Relaxed);
        let is_used = uses >= ONE;
        if is_used {
            self.0.store(uses - ONE, Ordering::Relaxed);
        }
        is_used
    }

    /// Whether there ever was one.
    pub(super) fn are_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) & USED != 0
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn three_uses_are_counted_and_that_there_was_one_is_never_forgotten() {
        let uses = UseCount::default();
        assert!(!uses.are_any() && !uses.take());
        (0..9).for_each(|_| uses.count());
        assert!((0..3).all(|_| uses.take()) && !uses.take());
        assert!(uses.are_any());
        uses.count();
        assert!(uses.take() && !uses.take());
    }
}
