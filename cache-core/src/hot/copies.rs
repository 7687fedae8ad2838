//! The copies of a tier's entries, which all threads share.

use std::any::TypeId;

use once_cell::sync::OnceCell;

#[cfg(test)]
use super::table::CopiedWord;
use super::table::{HotTable, KeyHasher};
use crate::sync::{AtomicBool, AtomicU8, Ordering};

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
            table.end(place);
        }
    }

    /// Ends all copies.
    pub(crate) fn end_all(&self) {
        if let Some(table) = self.table() {
            table.end_all();
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
                former.close();
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

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::clock::SIXTEENTH;
    use crate::hot::HotOffer;
    use crate::hot::table::{KeptCopy, hash_of_word, place_of_copy};

    const NOW: u64 = 100 << SIXTEENTH;
    const OFFER: HotOffer = HotOffer {
        reading: 5,
        part: 3,
        until: 102,
    };

    fn copies() -> &'static HotCopies {
        HotCopies::leaked(TypeId::of::<()>(), KeyHasher::default())
    }

    fn place(copies: &HotCopies, key: u64) -> u32 {
        place_of_copy(hash_of_word(&copies.hasher, key))
    }

    /// What is to be copied of a key, whose value is the next number.
    fn word(copies: &HotCopies, key: u64) -> CopiedWord {
        CopiedWord {
            place: place(copies, key),
            key,
            value: key + 1,
            offer: OFFER,
        }
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
        copies.make_room(entries);
        let (table, word) = (copies.table(), word(copies, key));
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
        let lines = [0, 1].map(|other| copies.table().unwrap().line(place(copies, one) ^ other));
        assert!(lines[0].0[1].keep(one, 8, 5, OFFER) && lines[1].0[0].keep(one, 8, 5, OFFER));
        copies.end(place(copies, one));
        assert_eq!(find(copies, one), None);
        // What was first in the way is another's now.
        assert!(lines[0].0[0].keep(two, 8, 5, OFFER) && find(copies, one).is_none());
        assert!(lines[0].0[1].keep(three, 8, 5, OFFER) && find(copies, one).is_none());
    }

    #[test]
    fn a_copy_goes_back_to_its_own_line() {
        let copies = copies();
        let [first, second, third, ..] = of_one_line(copies);
        assert!([first, second, third].iter().all(|key| keep(copies, *key)));
        let home = copies.table().unwrap().line(place(copies, third));
        assert!(home.copy_of(third).is_none());
        copies.end(place(copies, third));
        copies.end(place(copies, first));
        assert!(keep(copies, third) && home.copy_of(third).is_some());
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
        let word = word(copies, 2);
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
        assert_eq!(copies.table().map(HotTable::sets), Some(larger));
        assert!(find(copies, 1).is_none() && find(copies, 2).is_some());
        assert_eq!(
            former.find(1, NOW, |_| 5),
            None,
            "who has it still gets nothing"
        );
        let is_kept = former.keep(word(copies, 3), NOW, former.ended(), true);
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
