//! One copy, which many threads read, and few write.

use super::HotOffer;
use crate::sync::{AtomicU64, Ordering, fence};

/// The copy of one value.
///
/// It is a sequence lock: who writes makes the version odd, and even again when all is written. Who reads looks at the version before and
/// after, and has read one copy as a whole only if it was even and stayed the same. A version comes back after eight million changes: a
/// reader would have to be held up between two loads for just so many.
#[derive(Debug, Default)]
pub(super) struct HotCopy {
    key: AtomicU64,
    value: AtomicU64,
    /// The sum of the clocks while it is good.
    seen: AtomicU64,
    state: AtomicU64,
}

/// The version, whether it is being written, which part counts, and until when it is good.
#[derive(Clone, Copy, PartialEq, Eq)]
struct CopyState(u64);

/// The bits of a version: an odd one is of a copy that is being written.
const VERSION_BITS: u32 = 24;
const LAST_VERSION: u64 = (1 << VERSION_BITS) - 1;
const PART_BITS: u32 = 8;
const PART: u64 = (1 << PART_BITS) - 1;

impl CopyState {
    #[inline]
    fn is_odd(self) -> bool {
        self.0 & 1 == 1
    }

    #[inline]
    fn version(self) -> u64 {
        self.0 & LAST_VERSION
    }

    #[inline]
    fn part(self) -> u8 {
        (self.0 >> VERSION_BITS & PART) as u8
    }

    #[inline]
    fn until(self) -> u64 {
        self.0 >> (VERSION_BITS + PART_BITS)
    }

    /// Whether only the versions differ.
    fn is_like(self, other: Self) -> bool {
        (self.0 ^ other.0) >> VERSION_BITS == 0
    }

    /// While it is written: its end is past.
    fn odd(self) -> Self {
        Self(self.version() | 1)
    }

    /// After another change.
    fn changed(self, until: u32, part: u8) -> Self {
        let version = (self.version() & !1).wrapping_add(2) & LAST_VERSION;
        let until = u64::from(until) << (VERSION_BITS + PART_BITS);
        Self(until | u64::from(part) << VERSION_BITS | version)
    }
}

impl HotCopy {
    /// Whether this is the copy of a key, or was.
    #[inline]
    pub(super) fn is_of(&self, key: u64) -> bool {
        self.key.load(Ordering::Relaxed) == key
    }

    /// The value of the key, if this is its copy and good: its end is later than now, which may lag by a sixteenth of a second, and the
    /// clocks show what they did. `reading` is what they show, given the part that counts.
    #[inline]
    pub(super) fn answer(
        &self,
        key: u64,
        now: u64,
        reading: impl FnOnce(u8) -> u64,
    ) -> Option<u64> {
        let state = self.load(Ordering::Acquire);
        let value = self.value.load(Ordering::Relaxed);
        // The clocks are read after the state: they show at least what they showed to who wrote it.
        let is_good = self.is_of(key)
            && self.seen.load(Ordering::Relaxed) == reading(state.part())
            && now + 1 < state.until();
        fence(Ordering::Acquire);
        (is_good && self.load(Ordering::Relaxed) == state).then_some(value)
    }

    /// Keeps the value of a key, which is good while the clocks show `seen`, and as long as is offered; returns false where it is there, or
    /// where another thread writes.
    pub(super) fn keep(&self, key: u64, value: u64, seen: u64, offer: HotOffer) -> bool {
        let former = self.load(Ordering::Relaxed);
        let state = former.changed(offer.until, offer.part);
        let is_there = self.is_of(key)
            && self.value.load(Ordering::Relaxed) == value
            && self.seen.load(Ordering::Relaxed) == seen
            && former.is_like(state);
        if is_there || former.is_odd() || !self.exchange(former, former.odd()) {
            return false;
        }
        fence(Ordering::Release);
        self.key.store(key, Ordering::Relaxed);
        self.value.store(value, Ordering::Relaxed);
        self.seen.store(seen, Ordering::Relaxed);
        self.state.store(state.0, Ordering::Release);
        true
    }

    /// Ends the copy if it is of such a key. The caller has locked the entry of the key in its tier for writing, and whoever keeps a copy
    /// has locked its entry for reading: a copy that is being written, or changes meanwhile, is of another key.
    pub(super) fn end(&self, is_of_it: impl FnOnce(u64) -> bool) {
        let former = self.load(Ordering::Relaxed);
        if !former.is_odd() && is_of_it(self.key.load(Ordering::Relaxed)) {
            self.exchange(former, former.changed(0, 0));
        }
    }

    /// Whether nobody has ever written it.
    pub(super) fn is_new(&self) -> bool {
        self.load(Ordering::Relaxed) == CopyState(0)
    }

    /// Whether it is of no use and nobody writes it. While nobody knows the time, only what was ended or never written is.
    pub(super) fn is_free(&self, now: u64) -> bool {
        let state = self.load(Ordering::Relaxed);
        let is_known = u32::try_from(now).is_ok();
        let is_past = state.until() == 0 || (is_known && state.until() <= now + 1);
        is_past && !state.is_odd()
    }

    /// How often it has changed.
    pub(super) fn changes(&self) -> u64 {
        self.load(Ordering::Relaxed).version() >> 1
    }

    #[inline]
    fn load(&self, ordering: Ordering) -> CopyState {
        CopyState(self.state.load(ordering))
    }

    fn exchange(&self, former: CopyState, state: CopyState) -> bool {
        let (acquire, relaxed) = (Ordering::Acquire, Ordering::Relaxed);
        let exchanged = self
            .state
            .compare_exchange(former.0, state.0, acquire, relaxed);
        exchanged.is_ok()
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    fn offer(until: u32, part: u8) -> HotOffer {
        HotOffer {
            reading: 0,
            part,
            until,
        }
    }

    #[test]
    fn a_copy_that_is_being_written_neither_answers_nor_is_written_nor_ends() {
        let copy = HotCopy::default();
        assert!(copy.keep(1, 2, 3, offer(9, 4)));
        assert_eq!(copy.answer(1, 0, u64::from), None);
        assert_eq!(copy.answer(1, 0, |part| u64::from(part) - 1), Some(2));
        let written = copy.load(Ordering::Relaxed).odd();
        copy.state.store(written.0, Ordering::Relaxed);
        copy.end(|_| true);
        assert!(!copy.keep(1, 2, 3, offer(9, 4)) && copy.answer(1, 0, |_| 3).is_none());
    }

    /// Each change takes the cache line from those who read it.
    #[test]
    fn what_is_there_is_not_written_again() {
        let copy = HotCopy::default();
        assert!(copy.keep(1, 2, 3, offer(9, 4)) && !copy.keep(1, 2, 3, offer(9, 4)));
        assert!(copy.keep(1, 2, 3, offer(10, 4)) && copy.keep(1, 2, 4, offer(10, 4)));
        copy.end(|_| true);
        assert!(copy.keep(1, 2, 4, offer(10, 4)));
    }

    #[test]
    fn the_first_version_follows_the_last() {
        let copy = HotCopy::default();
        copy.state.store(LAST_VERSION - 1, Ordering::Relaxed);
        assert!(copy.keep(1, 2, 3, offer(9, 4)) && copy.changes() == 0);
        assert_eq!(copy.answer(1, 0, |_| 3), Some(2));
    }
}

#[cfg(all(test, cache_loom))]
mod loom {
    //! What is read is one copy as a whole. Without the second look at the version the model fails.

    use std::sync::Arc;

    use ::loom::thread;

    use super::*;

    fn offer(until: u32, part: u8) -> HotOffer {
        HotOffer {
            reading: 0,
            part,
            until,
        }
    }

    /// While one thread writes the copies of two keys, and ends the second, another looks for the first.
    fn model(answer: fn(&HotCopy) -> Option<u64>) {
        ::loom::model(move || {
            let copy = Arc::new(HotCopy::default());
            assert!(copy.keep(1, 10, 5, offer(9, 0)));
            let other = copy.clone();
            let other = thread::spawn(move || {
                if other.keep(2, 20, 5, offer(9, 0)) {
                    other.end(|key| key == 2);
                }
            });
            let answer = answer(&copy);
            assert!(matches!(answer, None | Some(10)), "a value of another key");
            other.join().unwrap();
            assert_eq!(copy.answer(2, 0, |_| 5), None);
        });
    }

    #[test]
    fn a_reader_gets_the_value_of_its_key_or_none() {
        model(|copy| copy.answer(1, 0, |_| 5));
    }

    /// Another thread writes the copy of another key there meanwhile.
    #[test]
    fn who_ends_the_copy_of_a_key_finds_none_after_that() {
        ::loom::model(|| {
            let copy = Arc::new(HotCopy::default());
            assert!(copy.keep(1, 10, 5, offer(9, 0)));
            let other = copy.clone();
            let other = thread::spawn(move || other.keep(2, 20, 5, offer(9, 0)));
            copy.end(|key| key == 1);
            assert_eq!(copy.answer(1, 0, |_| 5), None);
            if other.join().unwrap() {
                let answer = copy.answer(2, 0, |_| 5);
                assert!(matches!(answer, None | Some(20)));
            }
        });
    }

    #[test]
    #[should_panic(expected = "a value of another key")]
    fn the_version_must_be_looked_at_again() {
        model(|copy| {
            let is_even = !copy.load(Ordering::Acquire).is_odd();
            let value = copy.value.load(Ordering::Relaxed);
            (is_even && copy.is_of(1)).then_some(value)
        });
    }
}
