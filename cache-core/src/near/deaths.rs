//! Why keys have nothing to serve: the hashes of keys whose entries have left lately, or whose loads brought nothing to keep.
//!
//! It is a table of a few places for each hash, in which a later key takes an earlier one's: a sample, and cheap to keep. Look-ups
//! that hit do not touch it.

use std::ops::Range;

use super::table::ShortHash;
use crate::stats::MissReason;
use crate::why::{FREE_BIT, MissCause};

/// Few enough that a large tier pays little beside its entries.
const MOST: usize = 4_096;

/// So many cost little, however few entries there are: those of a small tier come and go soon.
const LEAST: usize = 512;

/// The first places. Most functions miss few keys.
const FIRST: usize = 64;

/// The places that a key may have: a cache line.
const BUCKET: usize = 8;

/// What is remembered of the keys of one shard.
pub(super) struct Deaths {
    /// Empty until the first. They grow with the keys that are remembered.
    places: Box<[Death]>,
    taken: usize,
    room: usize,
}

/// A part of a key's hash, and why the key has nothing to serve; all zero where nothing is remembered.
#[derive(Clone, Copy, Default)]
struct Death {
    mark: u32,
    cause: u32,
}

/// In a cause, a call has missed the key since.
const ASKED: u32 = FREE_BIT;

impl Deaths {
    /// None yet, of a shard that expects to hold about `share` entries.
    pub(super) fn none(share: usize) -> Self {
        Self {
            places: Box::default(),
            taken: 0,
            room: (share.min(MOST) * 4).clamp(LEAST, MOST).next_power_of_two(),
        }
    }

    /// How many keys it has room for.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Notes why a key has nothing to serve from now on.
    pub(super) fn note(&mut self, hash: ShortHash, cause: MissCause) {
        let death = Death {
            mark: mark(hash),
            cause: cause.to_bits(),
        };
        if self.taken * 2 >= self.places.len() && self.places.len() < self.room {
            self.grow();
        }
        self.put(death);
    }

    fn grow(&mut self) {
        let room = (self.places.len() * 2).clamp(FIRST, self.room);
        let former = std::mem::replace(&mut self.places, vec![Death::default(); room].into());
        self.taken = 0;
        let former = former.into_iter().filter(|death| death.mark != 0);
        former.for_each(|death| self.put(death));
    }

    fn put(&mut self, death: Death) {
        let bucket = self.bucket(death.mark);
        let place_of = |mark| bucket.clone().find(|at| self.places[*at].mark == mark);
        let free = place_of(death.mark).or_else(|| place_of(0));
        let at = free.unwrap_or(bucket.start + (death.mark >> 8) as usize % BUCKET);
        self.taken += usize::from(self.places[at].mark == 0);
        self.places[at] = death;
    }

    /// Why the last call of a key missed, or the next one will.
    pub(super) fn cause(&self, hash: ShortHash) -> Option<MissCause> {
        let death = self.places[self.find(hash)?];
        Some(MissCause::from_bits(death.cause & !ASKED))
    }

    /// Notes that a key is stored again. Whether it was evicted, and no call has missed it since.
    pub(super) fn stored(&mut self, hash: ShortHash) -> bool {
        let Some(at) = self.find(hash) else {
            return false;
        };
        let cause = self.places[at].cause;
        self.places[at].cause = cause | ASKED;
        cause & ASKED == 0 && MissCause::from_bits(cause).reason() == MissReason::Evicted
    }

    fn find(&self, hash: ShortHash) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        let mark = mark(hash);
        self.bucket(mark).find(|at| self.places[*at].mark == mark)
    }

    /// The places of a mark. The number of all of them is a power of two.
    fn bucket(&self, mark: u32) -> Range<usize> {
        let mixed = mark.wrapping_mul(0x9e37_79b9) >> 16;
        let start = mixed as usize & (self.places.len() - 1) & !(BUCKET - 1);
        start..start + BUCKET
    }
}

/// What stands in a hash's place; never zero, which stands in empty ones.
fn mark(hash: ShortHash) -> u32 {
    hash.to_bits() | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVICTED: MissCause = MissCause::of(MissReason::Evicted);

    /// Under some seeds the hashes of small numbers differ in their higher bits alone.
    #[test]
    fn keys_whose_hashes_end_alike_are_remembered_apart() {
        let mut deaths = Deaths::none(64);
        let hashes = || (1..=32_u64).map(|n| ShortHash::of((n << 40) | 7));
        hashes().for_each(|hash| deaths.note(hash, EVICTED));
        let found = hashes().filter(|hash| deaths.stored(*hash)).count();
        assert!(found >= 16, "{found}");
    }

    #[test]
    fn two_keys_of_one_place_are_both_remembered() {
        let mut deaths = Deaths::none(16);
        let first = ShortHash::of(3 << 33);
        deaths.note(first, EVICTED);
        let alike = (4..).map(|n| ShortHash::of(n << 33));
        let second = alike
            .into_iter()
            .find(|hash| deaths.bucket(mark(*hash)) == deaths.bucket(mark(first)));
        let second = second.unwrap();
        deaths.note(second, EVICTED);
        deaths.note(first, MissCause::of(MissReason::Removed));
        assert_eq!(deaths.cause(first).unwrap().reason(), MissReason::Removed);
        assert_eq!(deaths.cause(second), Some(EVICTED));
    }

    #[test]
    fn a_key_that_is_stored_after_its_eviction_counts_once_and_keeps_its_cause() {
        let mut deaths = Deaths::none(100);
        let seven = ShortHash::of(7 << 33);
        assert!(!deaths.stored(seven) && deaths.cause(seven).is_none());
        deaths.note(seven, EVICTED);
        assert!(
            !deaths.stored(ShortHash::of(8 << 33)),
            "another one of the same position"
        );
        assert!(deaths.stored(seven) && !deaths.stored(seven));
        assert_eq!(deaths.cause(seven), Some(EVICTED));
        deaths.note(seven, MissCause::of(MissReason::Removed));
        assert!(!deaths.stored(seven), "a removal is no eviction");
    }

    #[test]
    fn what_was_remembered_stays_while_the_places_grow() {
        let mut deaths = Deaths::none(10_000);
        let hashes = || (1..=1_000_u64).map(|n| ShortHash::of(n << 40));
        hashes().for_each(|hash| deaths.note(hash, EVICTED));
        let found = hashes().filter(|hash| deaths.cause(*hash) == Some(EVICTED));
        assert!(found.count() > 850);
    }

    #[test]
    fn there_is_room_for_some_times_as_many_as_are_kept() {
        let mut deaths = Deaths::none(usize::MAX);
        deaths.note(ShortHash::of(u64::MAX), EVICTED);
        assert_eq!(deaths.places.len(), FIRST, "most remember few keys");
        (0..1_000_000_u64).for_each(|n| deaths.note(ShortHash::of(n << 30), EVICTED));
        assert_eq!(deaths.places.len(), MOST);
        assert_eq!(Deaths::none(100).room, LEAST);
        assert_eq!(Deaths::none(300).room, 2_048);
    }
}
