//! The clock of the copies that threads have of a tier's entries.

use super::Core;
use crate::entry::EntryRef;
use crate::hot::HotClock;

/// A smaller tier has no copies: eviction would know too little of their use, and end them all too often.
const FEWEST: usize = 4096;

impl Core {
    /// Whether its entries are copied.
    pub(crate) fn has_copies(&self) -> bool {
        self.bounds.entries >= FEWEST
    }

    /// The clock for copies of its entries.
    pub(crate) fn copies(&self) -> &'static HotClock {
        self.copies.get_or_init(HotClock::leaked)
    }

    /// An entry leaves, under the lock of its shard: copies of it are not used any more.
    pub(super) fn end_copies(&self, entry: EntryRef<'_>) {
        if entry.is_copied() {
            self.end_all_copies();
        }
    }

    pub(super) fn end_all_copies(&self) {
        if let Some(clock) = self.copies.get() {
            clock.tick();
        }
    }
}

#[cfg(all(test, cache_loom))]
mod loom {
    //! A copy is not used after its entry has left the tier or was invalidated, and whoever did that was told. Each rule, left out, makes
    //! the model fail.

    use std::sync::Arc;

    use ::loom::sync::Mutex;
    use ::loom::thread;

    use crate::clock;
    use crate::entry::{AnyEntry, BY_HAND, Entry, Meta, ValueCopier};
    use crate::generation::Generation;
    use crate::hot::{HotClock, HotOffer};
    use crate::marks::{Marks, Slot};
    use crate::name::NameScope;
    use crate::near::{Bounds, Near};
    use crate::policy::Life;

    const KEY: u64 = 7;

    struct World {
        near: &'static Near<u64, Entry<u64>>,
        clock: &'static HotClock,
        marks: &'static Marks,
        /// Whether what ends the entry has returned.
        returned: Mutex<bool>,
        /// Whether the entry lies in the table.
        is_inline: bool,
    }

    /// A copy of the first entry: the sum of the clocks, and the part that counts.
    type Copy = (u64, u8);

    const FIRST: u64 = 1;

    impl World {
        /// A tier with one entry, which has a name.
        fn new(is_inline: bool) -> Arc<Self> {
            let marks: &'static Marks = Box::leak(Box::new(Marks::for_models()));
            let bounds = Bounds {
                entries: 1,
                bytes: usize::MAX,
                joins: true,
            };
            let near = Box::leak(Box::new(Near::new(bounds, marks, NameScope::PRIVATE)));
            let world = Self {
                near,
                clock: near.core().copies(),
                marks,
                returned: Mutex::new(false),
                is_inline,
            };
            world.set(KEY, FIRST);
            Arc::new(world)
        }

        fn set(&self, key: u64, value: u64) {
            let names = Box::new([Slot::of_model(0)]);
            let generation = Generation::new(self.marks.now(), 0, names);
            let meta = Meta::new(generation, Life::new(clock::now(), None), BY_HAND, 0);
            let copier: Option<ValueCopier<u64>> = self.is_inline.then_some(|value| Some(*value));
            let entry: Arc<dyn AnyEntry> = Entry::copied_by(copier, value, meta);
            self.near
                .set(self.near.hash(&key), &self.near.key(&key), &entry);
        }

        fn offer(&self) -> Option<HotOffer> {
            self.near.get(self.near.hash(&KEY), &KEY, |found| {
                (found.value() == Some(&FIRST)).then(|| found.view().offer())
            })?
        }

        /// Uses a copy, if it may be used.
        fn use_copy(&self, copy: Option<Copy>) {
            let returned = *self.returned.lock().unwrap();
            let Some((seen, part)) = copy else { return };
            let now = self.marks.reading_of_part(part) + self.clock.read();
            assert!(!returned || now != seen, "a copy of a dead entry is used");
        }
    }

    fn as_it_is(world: &World) -> Option<Copy> {
        let clock = world.clock.read();
        let offer = world.offer()?;
        Some((offer.reading + clock, offer.part))
    }

    /// While a thread copies the entry and uses the copy, it ends.
    fn model(is_inline: bool, end: fn(&World), copy: fn(&World) -> Option<Copy>) {
        let mut builder = ::loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(move || {
            let world = World::new(is_inline);
            let other = world.clone();
            let other = thread::spawn(move || {
                let copy = copy(&other);
                other.use_copy(copy);
                copy
            });
            end(&world);
            *world.returned.lock().unwrap() = true;
            let copy = other.join().unwrap();
            world.use_copy(copy);
        });
    }

    fn removed(world: &World) {
        world
            .near
            .remove(world.near.hash(&KEY), &world.near.key(&KEY), 0);
    }

    fn replaced(world: &World) {
        world.set(KEY, FIRST + 1);
    }

    fn marked(world: &World) {
        world.marks.mark(Slot::of_model(0));
    }

    fn softly_marked(world: &World) {
        world.marks.mark_soft(Slot::of_model(0));
    }

    fn freed(world: &World) {
        world.near.release_all(None);
    }

    /// Its value is loaded anew then, and a removal of that does not know of the first.
    fn evicted(world: &World) {
        world.set(KEY + 1, FIRST);
    }

    #[test]
    fn a_copy_is_not_used_after_its_entry_has_ended() {
        for end in [removed, replaced, marked, softly_marked, freed, evicted] {
            for is_inline in [false, true] {
                model(is_inline, end, as_it_is);
            }
        }
    }

    #[test]
    #[should_panic(expected = "a copy of a dead entry")]
    fn the_clock_must_be_read_before_the_entry_is_looked_up() {
        model(true, removed, |world| {
            let offer = world.offer()?;
            Some((offer.reading + world.clock.read(), offer.part))
        });
    }

    #[test]
    #[should_panic(expected = "a copy of a dead entry")]
    fn an_entry_must_be_offered_while_it_is_locked() {
        model(false, removed, |world| {
            let clock = world.clock.read();
            let hash = world.near.hash(&KEY);
            let entry = world.near.get(hash, &KEY, |found| found.apart().cloned())?;
            let offer = entry.view().offer()?;
            Some((offer.reading + clock, offer.part))
        });
    }
}
