//! The copies of a tier's entries, which all threads share.

use std::any::TypeId;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::AtomicUsize;

use once_cell::sync::OnceCell;

use super::HotOffer;
use super::copy::HotCopy;
use crate::clock::SIXTEENTH;
use crate::sync::{AtomicBool, AtomicU8, AtomicU64, Ordering};

/// The tables of a tier: how many sets each has, and up to how many entries it is used. Of keys that are asked for alike, one in fifty
/// finds all its places taken where a table is used to the full.
#[cfg(not(cache_loom))]
const TABLES: [(usize, usize); 8] = [
    (1 << 6, 100),
    (1 << 8, 400),
    (1 << 10, 1_600),
    (1 << 12, 6_500),
    (1 << 14, 26_000),
    (1 << 16, 105_000),
    (1 << 18, 420_000),
    (1 << 19, usize::MAX),
];
#[cfg(cache_loom)]
const TABLES: [(usize, usize); 2] = [(1, 1), (1, usize::MAX)];

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

/// The copies of the entries of one tier. A copy lies where the hash of its key says, so that whoever takes the entry out ends its copy
/// there, under the lock of its shard.
#[derive(Debug)]
pub(crate) struct HotCopies {
    instance: TypeId,
    hasher: KeyHasher,
    /// Which of the tables is in use.
    level: AtomicU8,
    /// How many of the tables there may be.
    most: AtomicU8,
    is_growing: AtomicBool,
    tables: [OnceCell<HotTable>; TABLES.len()],
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

/// Four copies on two cache lines that processors fetch together. A key has its copy on its own line; where that is taken, on the other.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Set([Line; 2]);

/// Two copies.
#[derive(Debug, Default)]
struct Line([HotCopy; 2]);

impl Line {
    /// The copy to look at for a key. By index: which one it is cannot be predicted, and a wrong guess waits for the cache line.
    #[inline]
    fn choose(&self, key: u64) -> &HotCopy {
        let [first, _] = &self.0;
        &self.0[usize::from(!first.is_of(key))]
    }

    /// The first that is of a key, or was: whoever looks for the key looks at no other.
    fn own(&self, key: u64) -> Option<&HotCopy> {
        self.0.iter().find(|copy| copy.is_of(key))
    }

    fn free(&self, now: u64) -> Option<&HotCopy> {
        self.0.iter().find(|copy| copy.is_free(now))
    }

    /// Whether there was always room: no key of this line has its copy on another. Copies are written in their order.
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

impl HotCopies {
    /// No copies yet, for the tier of this instance, which hashes keys so. They are never freed.
    #[expect(clippy::cast_possible_truncation, reason = "there are few tables")]
    pub(crate) fn leaked(instance: TypeId, hasher: KeyHasher) -> &'static Self {
        Box::leak(Box::new(Self {
            instance,
            hasher,
            level: AtomicU8::new(0),
            most: AtomicU8::new(TABLES.len() as u8),
            is_growing: AtomicBool::new(false),
            tables: [const { OnceCell::new() }; TABLES.len()],
        }))
    }

    pub(super) fn is_of(&self, instance: TypeId) -> bool {
        self.instance == instance
    }

    pub(super) fn table(&self) -> Option<&HotTable> {
        let level = self.level.load(Ordering::Acquire);
        self.tables.get(usize::from(level))?.get()
    }

    /// Ends the copy of the key at this place, whose entry leaves its tier and is locked there.
    pub(crate) fn end(&self, place: u32) {
        if let Some(table) = self.table() {
            // Two threads that copied it at once may have left two copies.
            let is_there = |key| table.place(key) == place;
            let lines = [table.line(place), table.line(place ^ 1)];
            let copies = lines.into_iter().flat_map(|line| &line.0);
            copies.for_each(|copy| copy.end(is_there));
        }
    }

    /// Ends all copies.
    pub(crate) fn end_all(&self) {
        if let Some(table) = self.table() {
            table.ended.fetch_add(2, Ordering::Release);
        }
    }

    /// Makes a table for so many entries, if there is room and no other thread makes one. It may take some milliseconds: not to be called
    /// under a lock.
    pub(super) fn make_room(&self, entries: usize) {
        let most = usize::from(self.most.load(Ordering::Relaxed));
        let Some(largest) = most.checked_sub(1) else {
            return;
        };
        let fits = TABLES.iter().position(|(_, limit)| entries <= *limit);
        let wanted = fits.map_or(largest, |fits| fits.min(largest));
        let level = usize::from(self.level.load(Ordering::Relaxed));
        let is_made = wanted <= level && self.tables[level].get().is_some();
        if !is_made && !self.is_growing.swap(true, Ordering::Acquire) {
            self.grow(wanted);
            self.is_growing.store(false, Ordering::Release);
        }
    }

    /// Goes over to the wanted table, or to the largest below it for which there is room.
    #[cold]
    #[expect(clippy::cast_possible_truncation, reason = "there are few tables")]
    fn grow(&self, wanted: usize) {
        let level = usize::from(self.level.load(Ordering::Relaxed));
        let former = self.tables[level].get();
        let has_room = |at: &usize| {
            let make = || HotTable::new(TABLES[*at].0, self.instance, self.hasher.clone());
            self.tables[*at].get_or_try_init(make).is_ok()
        };
        let reached = (level..=wanted).rev().find(has_room);
        if reached != Some(wanted) {
            let most = reached.map_or(0, |reached| reached + 1);
            self.most.store(most as u8, Ordering::Relaxed);
        }
        if let Some(reached) = reached.filter(|reached| *reached > level) {
            // First: whoever ends a copy in the new table has ended all in the former.
            if let Some(former) = former {
                former.ended.fetch_or(1, Ordering::Release);
            }
            self.level.store(reached as u8, Ordering::Release);
        }
    }
}

#[cfg(test)]
impl HotCopies {
    /// Makes all tables, of one set each. The checker does not know what orders the making of a table and its use.
    pub(crate) fn make_small(&self) {
        for table in &self.tables {
            let made = HotTable::new(1, self.instance, self.hasher.clone());
            let _ = table.set(made.expect("there is room"));
        }
    }

    #[cfg(cache_loom)]
    pub(crate) fn grow_in_model(&self) {
        self.grow(1);
    }

    pub(crate) fn keep_small(&self, word: CopiedWord) {
        if let Some(table) = self.table() {
            table.keep(word, 0, table.ended(), true);
        }
    }

    /// The answer of any table: a thread may have a former one at hand.
    pub(crate) fn find_small(&self, key: u64, reading: impl Fn(u8) -> u64) -> Option<u64> {
        let tables = self.tables.iter().filter_map(OnceCell::get);
        let answers = tables.map(|table| table.find(key, 0, &reading));
        answers.flatten().next()
    }
}

/// There is no room for another table.
#[derive(Debug)]
struct NoRoom;

impl HotTable {
    fn new(sets: usize, instance: TypeId, hasher: KeyHasher) -> Result<Self, NoRoom> {
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
    fn line(&self, place: u32) -> &Line {
        let set = (place >> 1) as usize & (self.sets.len() - 1);
        &self.sets[set].0[place as usize & 1]
    }

    #[inline]
    fn place(&self, key: u64) -> u32 {
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

    /// Looks at the other line. Apart: few come here, and the others would save registers for them.
    #[cold]
    #[inline(never)]
    fn find_beside(&self, key: u64, place: u32, now: u64, seen: impl Fn(u8) -> u64) -> Option<u64> {
        if self.line(place).was_never_full() {
            return None;
        }
        let copy = self.line(place ^ 1).choose(key);
        copy.answer(key, now >> SIXTEENTH, seen)
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

    /// Where a copy goes: where the key has one, else on its own line if that has room, else on the other.
    fn place_for(&self, word: CopiedWord, now: u64, may_displace: bool) -> Option<&HotCopy> {
        let (own, other) = (self.line(word.place), self.line(word.place ^ 1));
        let copy = own.own(word.key);
        if copy.is_some() || own.was_never_full() {
            return copy.or_else(|| own.free(now));
        }
        let there = other.own(word.key);
        there
            .filter(|copy| !copy.is_free(now))
            .or_else(|| own.free(now))
            .or(there)
            .or_else(|| other.free(now))
            .or_else(|| may_displace.then(|| own.next_to_leave()))
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    const NOW: u64 = 100 << SIXTEENTH;

    fn copies() -> &'static HotCopies {
        HotCopies::leaked(TypeId::of::<()>(), KeyHasher::default())
    }

    fn place(copies: &HotCopies, key: u64) -> u32 {
        place_of_copy(hash_of_word(&copies.hasher, key))
    }

    fn keep_one(copies: &HotCopies, key: u64, entries: usize, may_displace: bool) -> bool {
        keep_at(copies, key, entries, (NOW, may_displace))
    }

    fn keep_at(
        copies: &HotCopies,
        key: u64,
        entries: usize,
        (now, may_displace): (u64, bool),
    ) -> bool {
        let offer = HotOffer {
            reading: 5,
            part: 3,
            until: 102,
        };
        let word = CopiedWord {
            place: place(copies, key),
            key,
            value: key + 1,
            offer,
        };
        copies.make_room(entries);
        let table = copies.table();
        table.is_some_and(|table| table.keep(word, now, table.ended(), may_displace).is_some())
    }

    fn keep(copies: &HotCopies, key: u64) -> bool {
        keep_one(copies, key, 10, true)
    }

    fn find(copies: &HotCopies, key: u64) -> Option<u64> {
        copies.table()?.find(key, NOW, |part| u64::from(part) + 2)
    }

    /// Keys of one line, in the smallest table.
    fn of_one_line(copies: &HotCopies) -> [u64; 6] {
        let of_first = |key: &u64| {
            let difference = place(copies, *key) ^ place(copies, 0);
            (difference as usize).is_multiple_of(2 * TABLES[0].0)
        };
        let mut keys = (0..).filter(of_first);
        [(); 6].map(|()| keys.next().expect("there are enough numbers"))
    }

    #[test]
    fn a_copy_answers_for_its_key_while_clocks_stand_still_and_before_its_end() {
        let copies = copies();
        assert!(keep(copies, 1));
        assert_eq!((find(copies, 1), find(copies, 2)), (Some(2), None));
        let table = copies.table().unwrap();
        assert_eq!(table.find(1, NOW, |_| 7), None);
        let at = |sixteenth: u64| table.find(1, sixteenth << SIXTEENTH, |_| 5);
        assert_eq!((at(100), at(101), at(102)), (Some(2), None, None));
        assert_eq!(
            table.find(1, u64::MAX, |_| 5),
            None,
            "nobody knows the time"
        );
    }

    /// A place that nobody has written to seems to be of that key.
    #[test]
    fn the_key_of_no_bits_has_a_copy_alone() {
        let copies = copies();
        assert_eq!(find(copies, 0), None);
        assert!(keep(copies, 0) && find(copies, 0) == Some(1));
        copies.end(place(copies, 0));
        assert!(find(copies, 0).is_none() && keep(copies, 0) && find(copies, 0) == Some(1));
    }

    #[test]
    fn an_end_ends_the_copy_and_the_end_of_all_each() {
        let copies = copies();
        assert!(keep(copies, 1) && keep(copies, 2));
        copies.end(place(copies, 1));
        assert_eq!((find(copies, 1), find(copies, 2)), (None, Some(3)));
        copies.end_all();
        assert_eq!(find(copies, 2), None);
        assert!(keep(copies, 2) && find(copies, 2) == Some(3));
    }

    #[test]
    fn four_keys_have_room_and_a_fifth_that_may_displace_them_takes_turns() {
        let copies = copies();
        let [first @ .., fifth, sixth] = of_one_line(copies);
        let there = || first.iter().filter(|key| find(copies, **key).is_some());
        assert!(first.iter().all(|key| keep(copies, *key)));
        assert!(
            first.iter().all(|key| !keep(copies, *key)),
            "they are there"
        );
        assert!(!keep_one(copies, fifth, 10, false) && there().count() == 4);
        assert!(keep(copies, fifth) && find(copies, fifth).is_some() && there().count() == 3);
        assert!(keep(copies, sixth) && find(copies, fifth).is_some() && there().count() == 2);
    }

    /// Before anybody has asked for the time, all keys of a line have copies as well.
    #[test]
    fn copies_do_not_push_each_other_out_while_nobody_knows_the_time() {
        let copies = copies();
        let [first @ .., fifth, _] = of_one_line(copies);
        let at = (u64::MAX, false);
        assert!(first.iter().all(|key| keep_at(copies, *key, 10, at)));
        assert!(!keep_at(copies, fifth, 10, at));
        assert!(first.iter().all(|key| find(copies, *key).is_some()));
    }

    /// As two threads leave them that copy it at once while another copy ends.
    #[test]
    fn an_end_ends_both_copies_of_a_key() {
        let copies = copies();
        let [one, two, three, ..] = of_one_line(copies);
        assert!(keep(copies, one));
        let offer = HotOffer {
            reading: 5,
            part: 3,
            until: 102,
        };
        let lines = [0, 1].map(|other| copies.table().unwrap().line(place(copies, one) ^ other));
        assert!(lines[0].0[1].keep(one, 8, 5, offer) && lines[1].0[0].keep(one, 8, 5, offer));
        copies.end(place(copies, one));
        assert_eq!(find(copies, one), None);
        // What was first in the way is another's now.
        assert!(lines[0].0[0].keep(two, 8, 5, offer) && find(copies, one).is_none());
        assert!(lines[0].0[1].keep(three, 8, 5, offer) && find(copies, one).is_none());
    }

    #[test]
    fn a_copy_goes_back_to_its_own_line() {
        let copies = copies();
        let [first, second, third, ..] = of_one_line(copies);
        assert!([first, second, third].iter().all(|key| keep(copies, *key)));
        let own = copies.table().unwrap().line(place(copies, third));
        assert!(own.own(third).is_none());
        copies.end(place(copies, third));
        copies.end(place(copies, first));
        assert!(keep(copies, third) && own.own(third).is_some());
        assert!(find(copies, third).is_some());
    }

    /// Whoever wants a copy has looked whether there is to be one before all ended.
    #[test]
    fn what_was_wanted_before_all_ended_is_not_kept() {
        let copies = copies();
        assert!(keep(copies, 1));
        let table = copies.table().unwrap();
        let before = table.ended();
        copies.end_all();
        let word = CopiedWord {
            place: place(copies, 2),
            key: 2,
            value: 3,
            offer: HotOffer {
                reading: 5,
                part: 3,
                until: 102,
            },
        };
        assert_eq!(table.keep(word, NOW, before, true), None);
        assert_eq!(find(copies, 2), None);
        let kept = |is_first| Some(KeptCopy { is_first });
        assert_eq!(table.keep(word, NOW, table.ended(), true), kept(true));
        copies.end(word.place);
        assert_eq!(table.keep(word, NOW, table.ended(), true), kept(false));
    }

    #[test]
    fn an_end_makes_room_and_ends_no_other_copy() {
        let copies = copies();
        let [first @ .., fifth, _] = of_one_line(copies);
        assert!(first.iter().all(|key| keep(copies, *key)));
        for key in first {
            copies.end(place(copies, key));
            let is_there = |other: &&u64| find(copies, **other).is_some();
            assert_eq!(first.iter().filter(is_there).count(), 3, "{key}");
            assert!(find(copies, key).is_none() && keep_one(copies, fifth, 10, false));
            copies.end(place(copies, fifth));
            assert!(keep_one(copies, key, 10, false));
        }
    }

    #[test]
    fn a_tier_that_grows_gets_a_larger_table_in_place_of_the_former() {
        let copies = copies();
        let [(_, fits), (larger, _), ..] = TABLES;
        assert!(keep_one(copies, 1, fits, true));
        let former = copies.table().unwrap();
        assert!(keep_one(copies, 2, fits + 1, true));
        assert_eq!(copies.table().map(|table| table.sets.len()), Some(larger));
        assert!(find(copies, 1).is_none() && find(copies, 2).is_some());
        assert_eq!(
            former.find(1, NOW, |_| 5),
            None,
            "who has it still gets nothing"
        );
        let offer = HotOffer {
            reading: 5,
            part: 3,
            until: 102,
        };
        let word = CopiedWord {
            place: 0,
            key: 3,
            value: 4,
            offer,
        };
        let is_kept = former.keep(word, NOW, former.ended(), true);
        assert_eq!(is_kept, None, "nor is anything kept there");
        assert!(
            keep(copies, 3) && find(copies, 2).is_some(),
            "it does not shrink"
        );
    }

    #[test]
    fn a_tier_whose_table_finds_no_room_stays_with_what_it_has() {
        let (copies, none) = (copies(), copies());
        assert!(keep(copies, 1));
        copies.most.store(1, Ordering::Relaxed);
        assert!(keep_one(copies, 2, 10_000, true) && find(copies, 1).is_some());
        none.most.store(0, Ordering::Relaxed);
        assert!(!keep(none, 3));
    }
}
