//! What an entry remembers of the beginning of its load, and what the marks say of it now.

use self::view::{DEAD, DETACHED};
pub(crate) use self::view::{GenerationMemo, GenerationRef};
use crate::marks::{ClockSet, Marks, Slot};
use crate::sync::Ordering;

mod view;

/// What the marks say of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validity {
    /// Nothing that it depends on was marked since its load began.
    Valid,
    /// Something that it depends on was softly invalidated: it may serve as a stale value.
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
    memo: GenerationMemo,
    clocks: ClockSet,
    slots: Box<[Slot]>,
}

impl Generation {
    /// The generation of a load that begins now, under these names. `epoch` was read **before** the load began; `sequence`
    /// numbers the loads of a tier as they begin.
    pub(crate) fn new(epoch: u64, sequence: u64, slots: Box<[Slot]>) -> Self {
        Self {
            epoch,
            sequence,
            memo: GenerationMemo::unchecked(),
            clocks: ClockSet::of(&slots),
            slots,
        }
    }

    /// Whether this load began before that one.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.view().is_before(other.view())
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

    /// The same, wherever an entry has it.
    #[inline]
    pub(crate) fn view(&self) -> GenerationRef<'_> {
        GenerationRef {
            epoch: self.epoch,
            sequence: self.sequence,
            memo: &self.memo,
            clocks: self.clocks,
            slots: &self.slots,
        }
    }

    /// Whether no clock of its names has moved since it was found valid.
    #[inline]
    pub(crate) fn is_unmarked(&self, marks: &Marks) -> bool {
        self.memo.is_of(|| marks.reading(self.clocks))
    }

    /// See [`GenerationRef::validity`].
    #[cfg(test)]
    pub(crate) fn validity(&self, marks: &Marks, own: &crate::sync::AtomicU64) -> Validity {
        self.view().validity(marks, own)
    }

    /// See [`GenerationRef::since`].
    #[cfg(all(test, cache_loom))]
    pub(crate) fn since(&self, marks: &Marks, own: &crate::sync::AtomicU64) -> u64 {
        self.view().since(marks, own)
    }

    /// See [`GenerationRef::judge`].
    #[cfg(all(test, cache_loom))]
    pub(crate) fn judge(&self, marks: &Marks, own: &crate::sync::AtomicU64) -> Validity {
        self.view().judge(marks, own)
    }

    /// Declares the entry replaced or removed.
    pub(crate) fn kill(&self) {
        self.memo.0.swap(DEAD, Ordering::Relaxed);
    }

    /// Notes that the tier has copied the value into its table. Nobody tells this entry when the value is removed, so it counts as no newer
    /// than its load.
    pub(crate) fn detach(&self) {
        let detached = |memo| (memo != DEAD).then_some(DETACHED);
        // If it is dead, it stays so.
        let _ = self
            .memo
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, detached);
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::marks::marks;
    use crate::name::{Name, NameScope};
    use crate::sync::AtomicU64;

    fn begun_now(marks: &Marks, slot: Slot) -> Generation {
        Generation::new(marks.now(), 0, Box::new([slot]))
    }

    fn ask(generation: &Generation) -> Validity {
        generation.validity(marks(), &AtomicU64::new(0))
    }

    #[test]
    fn what_is_softly_invalidated_stays_until_it_is_invalidated() {
        let marks = marks();
        let slot = marks.slot(NameScope::fresh(), Name::of("tag", b"a"));
        let before = begun_now(marks, slot);
        assert_eq!(ask(&before), Validity::Valid);
        marks.mark_soft(slot);
        assert_eq!(ask(&before), Validity::SoftInvalidated);
        let after = begun_now(marks, slot);
        assert_eq!(ask(&after), Validity::Valid);
        marks.mark(slot);
        assert_eq!(ask(&before), Validity::Invalid);
        assert_eq!(ask(&after), Validity::Invalid);
    }

    /// However many names an entry has, and whichever of them is marked.
    #[test]
    fn a_mark_reaches_each_name_of_an_entry() {
        let (marks, scope) = (marks(), NameScope::fresh());
        for kinds in [
            &["site"][..],
            &["tag"],
            &["site", "tag"],
            &["site", "tag", "key", "path", "namespace", "query"],
        ] {
            let slots: Box<[Slot]> = kinds
                .iter()
                .map(|kind| marks.slot(scope, Name::of(kind, b"a")))
                .collect();
            for marked in &slots {
                for (mark, left) in [
                    (
                        Marks::mark_soft as fn(&Marks, Slot),
                        Validity::SoftInvalidated,
                    ),
                    (Marks::mark, Validity::Invalid),
                ] {
                    let entry = Generation::new(marks.now(), 0, slots.clone());
                    assert_eq!(ask(&entry), Validity::Valid);
                    mark(marks, *marked);
                    assert_eq!(
                        (ask(&entry), ask(&entry)),
                        (left, left),
                        "{kinds:?} {marked:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_cleared_place_and_a_removal_end_an_entry() {
        let (marks, own) = (marks(), AtomicU64::new(0));
        let cleared = Generation::new(marks.now(), 0, Box::default());
        assert_eq!(cleared.validity(marks, &own), Validity::Valid);
        marks.mark_place(&own);
        assert_eq!(cleared.validity(marks, &own), Validity::Invalid);
        let removed = Generation::new(marks.now(), 0, Box::default());
        assert_eq!(removed.validity(marks, &own), Validity::Valid);
        removed.kill();
        assert_eq!(removed.validity(marks, &own), Validity::Invalid);
    }

    /// Nobody tells it of the removal of its value, so what is made of it counts as made when it was.
    #[test]
    fn an_entry_without_its_value_counts_as_no_later_than_its_load() {
        let (marks, own) = (marks(), AtomicU64::new(0));
        let slot = marks.slot(NameScope::fresh(), Name::of("tag", b"a"));
        let entry = begun_now(marks, slot);
        let begun = entry.epoch();
        marks.mark(marks.slot(NameScope::fresh(), Name::of("tag", b"b")));
        assert!(entry.view().since(marks, &own) > begun);
        entry.detach();
        assert_eq!(ask(&entry), Validity::Valid);
        assert_eq!(entry.view().since(marks, &own), begun);
        assert!(entry.view().seen().is_none());
        marks.mark(slot);
        assert_eq!(ask(&entry), Validity::Invalid);
        let dead = begun_now(marks, slot);
        dead.kill();
        dead.detach();
        assert_eq!(ask(&dead), Validity::Invalid);
    }

    /// The memo of an entry outlives the marks of what it has no part in.
    #[test]
    fn a_mark_of_one_part_leaves_the_memos_of_others_alone() {
        let (marks, scope) = (marks(), NameScope::fresh());
        let named = |kind, text: u32| marks.slot(scope, Name::of(kind, &text.to_le_bytes()));
        let clocks = |kind, text| ClockSet::of(&[named(kind, text)]);
        let site = clocks("site", 0);
        assert!((0..1_000).all(|text| clocks("copy", text) == site));
        let with_the_same_clock =
            (0..64_000).filter(|text| clocks("tag", *text) == clocks("tag", 0));
        assert!((500..2_000).contains(&with_the_same_clock.count()));
        assert!((0..1_000).all(|text| clocks("tag", text) != site));
    }
}

#[cfg(all(test, cache_loom))]
mod loom {
    //! What a memo may be trusted with. Each rule of it, left out, makes the model fail.

    use std::sync::Arc;

    use ::loom::sync::Mutex;
    use ::loom::thread;

    use super::*;
    use crate::sync::AtomicU64;

    type Ask = fn(&Generation, &Marks, &AtomicU64) -> Validity;

    struct World {
        marks: Marks,
        own: AtomicU64,
        generation: Generation,
        /// Whether the invalidation, or the removal, has returned.
        returned: Mutex<bool>,
    }

    impl World {
        /// One entry, of two names that have a clock each.
        fn new() -> Arc<Self> {
            let marks = Marks::for_models();
            let names = [0, 1].map(Slot::of_model);
            Arc::new(Self {
                generation: Generation::new(marks.now(), 0, Box::new(names)),
                marks,
                own: AtomicU64::new(0),
                returned: Mutex::new(false),
            })
        }

        fn ask(&self, ask: Ask) {
            let returned = *self.returned.lock().unwrap();
            let validity = ask(&self.generation, &self.marks, &self.own);
            assert!(
                !returned || validity == Validity::Invalid,
                "a dead entry is used"
            );
        }

        fn ends(&self, end: fn(&Self)) {
            end(self);
            *self.returned.lock().unwrap() = true;
        }
    }

    /// While others ask for an entry, and a name is marked that shares a clock with one of its names, the entry ends.
    fn model(end: fn(&World), ask: Ask) {
        let mut builder = ::loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(move || {
            let world = World::new();
            let (other, asking) = (world.clone(), world.clone());
            let other = thread::spawn(move || {
                other.marks.mark(Slot::of_model(2));
                other.ask(ask);
            });
            let asking = thread::spawn(move || asking.ask(ask));
            world.ends(end);
            world.ask(ask);
            other.join().unwrap();
            asking.join().unwrap();
            world.ask(ask);
        });
    }

    fn killed(world: &World) {
        world.generation.kill();
    }

    fn invalidated(world: &World) {
        world.marks.mark(Slot::of_model(1));
    }

    #[test]
    fn a_dead_entry_stays_dead() {
        model(killed, Generation::validity);
    }

    #[test]
    #[should_panic(expected = "a dead entry is used")]
    fn the_memo_must_not_bring_a_dead_entry_back() {
        model(killed, |generation, marks, own| {
            let memo = generation.memo.0.load(Ordering::Acquire);
            let reading = marks.reading(generation.clocks);
            if memo == reading {
                return Validity::Valid;
            }
            let validity = generation.judge(marks, own);
            if validity == Validity::Valid {
                generation.memo.0.store(reading, Ordering::Release);
            }
            validity
        });
    }

    #[test]
    fn a_sum_of_clocks_shows_each_move() {
        model(invalidated, Generation::validity);
    }

    #[test]
    #[should_panic(expected = "a dead entry is used")]
    fn the_memo_must_be_read_before_the_clocks_that_it_is_compared_with() {
        model(invalidated, |generation, marks, own| {
            let reading = marks.reading(generation.clocks);
            let memo = generation.memo.0.load(Ordering::Relaxed);
            if memo == reading {
                Validity::Valid
            } else {
                generation.view().check(marks, own, memo, reading)
            }
        });
    }

    #[test]
    #[should_panic(expected = "a dead entry is used")]
    fn the_clocks_must_be_read_before_the_slots() {
        model(invalidated, |generation, marks, own| {
            let memo = generation.memo.0.load(Ordering::Acquire);
            if memo == marks.reading(generation.clocks) {
                return Validity::Valid;
            }
            let validity = generation.judge(marks, own);
            if validity == Validity::Valid {
                let reading = marks.reading(generation.clocks);
                let _ = generation.memo.0.compare_exchange(
                    memo,
                    reading,
                    Ordering::Release,
                    Ordering::Relaxed,
                );
            }
            validity
        });
    }
}
