//! One table of copies.

use std::any::TypeId;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::AtomicUsize;

use super::HotOffer;
use super::copy::HotCopy;
use crate::clock::SIXTEENTH;
use crate::sync::{AtomicU64, Ordering};

/// All tables of the process have so many bytes at most.
const MOST_BYTES: usize = 128 << 20;

/// What is left of them.
static ROOM: AtomicUsize = AtomicUsize::new(MOST_BYTES);

/// How a tier hashes keys.
pub(crate) type KeyHasher = foldhash::fast::RandomState;

/// The hash of a key that is a machine word.
#[inline]
pub(crate) fn hash_of_word(hasher: &KeyHasher, bits: u64) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write_u64(bits);
    hasher.finish()
}

/// Where the copy of a key with this hash lies. Under some seeds the hashes of small numbers differ in few bits, so all of them are
/// mixed.
#[inline]
pub(crate) fn place_of_copy(hash: u64) -> u32 {
    ((hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// One table of copies.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct HotTable {
    /// Moves when all copies end at once; odd when there is a larger table.
    ended: AtomicU64,
    sets: Box<[Set]>,
    hasher: KeyHasher,
    /// The instance of the function whose values these are.
    instance: TypeId,
}

/// Four copies on two cache lines that processors fetch together. A key has its copy on its own line or, where that is full, on the other.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Set([Line; 2]);

/// Two copies.
#[derive(Debug, Default)]
pub(super) struct Line(pub(super) [HotCopy; 2]);

impl Line {
    /// The copy to look at for a key. By index: which one it is cannot be predicted, and a wrong guess waits for the cache line.
    #[inline]
    fn choose(&self, key: u64) -> &HotCopy {
        let [first, _] = &self.0;
        &self.0[usize::from(!first.is_of(key))]
    }

    /// The first that is of a key, or was. It is the one that [`choose`](Self::choose) gives.
    pub(super) fn copy_of(&self, key: u64) -> Option<&HotCopy> {
        self.0.iter().find(|copy| copy.is_of(key))
    }

    fn free(&self, now: u64) -> Option<&HotCopy> {
        self.0.iter().find(|copy| copy.is_free(now))
    }

    /// Whether there was always room, so that no key of this line has its copy on the other. The first copy is written first.
    fn was_never_full(&self) -> bool {
        let [_, last] = &self.0;
        last.is_new()
    }

    /// By turns.
    fn next_to_leave(&self) -> &HotCopy {
        let [first, second] = &self.0;
        if first.changes() <= second.changes() {
            first
        } else {
            second
        }
    }
}

/// A copy that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeptCopy {
    /// Whether none was there before it.
    pub(super) is_first: bool,
}

/// What is to be copied, of an entry that is locked in its tier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CopiedWord {
    /// As [`place_of_copy`] gives it.
    pub(crate) place: u32,
    pub(crate) key: u64,
    pub(crate) value: u64,
    pub(crate) offer: HotOffer,
}

/// There is no room for another table.
#[derive(Debug)]
pub(super) struct NoRoom;

impl HotTable {
    pub(super) fn new(sets: usize, instance: TypeId, hasher: KeyHasher) -> Result<Self, NoRoom> {
        let rest = |room: usize| room.checked_sub(sets * size_of::<Set>());
        let taken = ROOM.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
        taken.map_err(|_| NoRoom)?;
        Ok(Self {
            ended: AtomicU64::new(0),
            sets: (0..sets).map(|_| Set::default()).collect(),
            hasher,
            instance,
        })
    }

    #[inline]
    pub(super) fn is_of(&self, instance: TypeId) -> bool {
        self.instance == instance
    }

    /// The line of the keys with this place.
    #[inline]
    pub(super) fn line(&self, place: u32) -> &Line {
        let set = (place >> 1) as usize & (self.sets.len() - 1);
        &self.sets[set].0[place as usize & 1]
    }

    #[inline]
    pub(super) fn place(&self, key: u64) -> u32 {
        place_of_copy(hash_of_word(&self.hasher, key))
    }

    /// The value of a key, if there is a copy that is good at this time, as bits of a moment. `reading` gives what the clocks of marks
    /// show, given a [part](HotOffer::part).
    #[inline]
    pub(super) fn find(&self, key: u64, now: u64, reading: impl Fn(u8) -> u64) -> Option<u64> {
        let place = self.place(key);
        let seen = |part| reading(part).wrapping_add(self.ended.load(Ordering::Acquire));
        let copy = self.line(place).choose(key);
        let answer = copy.answer(key, now >> SIXTEENTH, seen);
        answer.or_else(|| self.find_beside(key, place, now, seen))
    }

    /// [`find`](Self::find), on the other line. Apart, so that `find` needs fewer registers: few come here.
    #[cold]
    #[inline(never)]
    fn find_beside(&self, key: u64, place: u32, now: u64, seen: impl Fn(u8) -> u64) -> Option<u64> {
        if self.line(place).was_never_full() {
            return None;
        }
        let copy = self.line(place ^ 1).choose(key);
        copy.answer(key, now >> SIXTEENTH, seen)
    }

    /// Ends all copies.
    pub(super) fn end_all(&self) {
        self.ended.fetch_add(2, Ordering::Release);
    }

    /// Ends all copies, for ever: there is a larger table.
    pub(super) fn close(&self) {
        self.ended.fetch_or(1, Ordering::Release);
    }

    /// Ends the copy of the key at this place.
    pub(super) fn end(&self, place: u32) {
        // Two threads that copied it at once may have left two copies.
        let is_there = |key| self.place(key) == place;
        let lines = [self.line(place), self.line(place ^ 1)];
        let copies = lines.into_iter().flat_map(|line| &line.0);
        copies.for_each(|copy| copy.end(is_there));
    }

    #[cfg(test)]
    pub(super) fn sets(&self) -> usize {
        self.sets.len()
    }

    /// What the clock of all copies shows.
    pub(super) fn ended(&self) -> u64 {
        self.ended.load(Ordering::Acquire)
    }

    /// Keeps a copy of an entry, which is locked in its tier, if it can. One of another key that has not come to its end gives way only if
    /// it may be displaced. `ended` is what the [clock of all](Self::ended) showed before it was known that there is to be
    /// a copy.
    pub(super) fn keep(
        &self,
        word: CopiedWord,
        now: u64,
        ended: u64,
        may_displace: bool,
    ) -> Option<KeptCopy> {
        if ended & 1 == 1 || ended != self.ended() {
            return None;
        }
        let copy = self.place_for(word, now >> SIXTEENTH, may_displace)?;
        let is_first = copy.is_new();
        let seen = word.offer.reading.wrapping_add(ended);
        let is_kept = copy.keep(word.key, word.value, seen, word.offer);
        is_kept.then_some(KeptCopy { is_first })
    }

    /// Where a copy goes: where the key has one in use, else on its own line if that has room, else on the other.
    fn place_for(&self, word: CopiedWord, now: u64, may_displace: bool) -> Option<&HotCopy> {
        let (home, beside) = (self.line(word.place), self.line(word.place ^ 1));
        let own = home.copy_of(word.key);
        if own.is_some() || home.was_never_full() {
            return own.or_else(|| home.free(now));
        }
        let own = beside.copy_of(word.key);
        own.filter(|copy| !copy.is_free(now))
            .or_else(|| home.free(now))
            .or(own)
            .or_else(|| beside.free(now))
            .or_else(|| may_displace.then(|| home.next_to_leave()))
    }
}
