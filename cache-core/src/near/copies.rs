//! The copies of a tier's entries, which threads read without its locks.

use std::any::TypeId;

use super::Core;
use super::shard::Shard;
use super::table::ShortHash;
use crate::entry::EntryRef;
use crate::hot::HotCopies;

/// A smaller tier has no copies: eviction would look at its entries, and end their copies, all too often.
const FEWEST: usize = 64;

impl Core {
    /// Whether its entries are copied.
    pub(crate) fn has_copies(&self) -> bool {
        self.bounds.entries >= FEWEST
    }

    /// The copies of its entries, of this instance.
    pub(crate) fn copies(&self, instance: TypeId) -> &'static HotCopies {
        let make = || HotCopies::leaked(instance, self.hasher.clone());
        self.copies.get_or_init(make)
    }

    /// An entry leaves, under the lock of its shard: its copy is not used any more.
    pub(super) fn end_copy(&self, entry: EntryRef<'_>, hash: ShortHash) {
        if entry.is_copied()
            && let Some(copies) = self.copies.get()
        {
            copies.end(hash.to_bits());
        }
    }

    /// Ends the copies of entries that eviction has looked at, under the lock of their shard: their next use is counted.
    pub(super) fn end_copies_looked_at(&self, shard: &mut Shard) {
        for hash in shard.looked_at.drain(..) {
            if let Some(copies) = self.copies.get() {
                copies.end(hash.to_bits());
            }
        }
    }

    pub(super) fn end_all_copies(&self) {
        if let Some(copies) = self.copies.get() {
            copies.end_all();
        }
    }
}

#[cfg(all(test, not(cache_loom)))]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock;
    use crate::entry::{AnyEntry, BY_HAND, Entry, Meta};
    use crate::hot::{CopiedWord, place_of_copy};
    use crate::marks::marks;
    use crate::name::NameScope;
    use crate::near::{Asker, Bounds, Near};
    use crate::policy::Life;

    const KEY: u64 = 7;

    /// A tier of 64 entries, and a copy of one.
    pub(crate) struct CopiedEntry {
        pub(crate) near: Near<u64, Entry<u64>>,
        pub(crate) key: u64,
        copies: &'static HotCopies,
    }

    impl CopiedEntry {
        pub(crate) fn new() -> Self {
            let bounds = Bounds {
                entries: 64,
                bytes: usize::MAX,
                joins: true,
            };
            let near = Near::new(bounds, marks(), NameScope::fresh());
            let copies = near.core().copies(TypeId::of::<()>());
            copies.make_small();
            let this = Self {
                near,
                key: KEY,
                copies,
            };
            this.set(KEY);
            assert!((0..3).all(|_| this.is_there()));
            this.near.get(this.near.hash(&KEY), &KEY, |found| {
                let word = CopiedWord {
                    place: place_of_copy(this.near.hash(&KEY)),
                    key: KEY,
                    value: *found.value()?,
                    offer: found.view().offer()?,
                };
                this.copies.keep_small(word);
                Some(())
            });
            assert!(this.is_copied());
            this
        }

        fn set(&self, key: u64) {
            let life = Life::new(clock::now(), None);
            let meta = Meta::new(self.near.generation(&[]), life, BY_HAND, 1);
            let entry: Arc<dyn AnyEntry> = Entry::copied_by(Some(|it| Some(*it)), key, meta);
            self.near
                .set(self.near.hash(&key), &self.near.key(&key), &entry);
        }

        fn is_there(&self) -> bool {
            let found = self.near.get(self.near.hash(&KEY), &KEY, |_| Some(()));
            found.is_some()
        }

        pub(crate) fn is_copied(&self) -> bool {
            let reading = |part| marks().reading_of_part(part);
            self.copies.find_small(KEY, reading).is_some()
        }

        /// The entry, which lies apart from now on.
        pub(crate) fn entry(&self) -> Option<Arc<dyn AnyEntry>> {
            let (hash, key) = (self.near.hash(&KEY), self.near.key(&KEY));
            self.near.usable(hash, &key, Asker::by_hand::<u64>())
        }
    }

    #[test]
    fn eviction_that_looks_at_an_entry_ends_its_copy_and_not_the_entry() {
        let world = CopiedEntry::new();
        let others = KEY + 1..KEY + 1_000;
        let looked_at = others.into_iter().find(|key| {
            world.set(*key);
            !world.is_copied()
        });
        assert!(looked_at.is_some() && world.is_there());
    }

    #[test]
    fn a_killed_entry_has_no_copy() {
        let world = CopiedEntry::new();
        let entry = world.entry().expect("it is there");
        assert!(world.is_copied());
        world.near.kill(world.near.hash(&KEY), &entry);
        assert!(!world.is_copied());
    }
}

#[cfg(all(test, cache_loom))]
mod loom {
    //! A copy is not used after its entry has left the tier or was invalidated, and whoever did that was told. Each rule, left out, makes
    //! the model fail.

    use std::any::TypeId;
    use std::sync::Arc;

    use ::loom::sync::Mutex;
    use ::loom::thread;

    use crate::clock;
    use crate::entry::{AnyEntry, BY_HAND, Entry, Meta, ValueCopier};
    use crate::generation::Generation;
    use crate::hot::{CopiedWord, HotCopies, HotOffer, place_of_copy};
    use crate::marks::{Marks, Slot};
    use crate::name::NameScope;
    use crate::near::{Asker, Bounds, Near};
    use crate::policy::Life;

    const KEY: u64 = 7;

    struct World {
        near: &'static Near<u64, Entry<u64>>,
        copies: &'static HotCopies,
        marks: &'static Marks,
        /// Whether what ends the entry has returned.
        returned: Mutex<bool>,
        /// Whether the entry lies in the table.
        is_inline: bool,
    }

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
                copies: near.core().copies(TypeId::of::<()>()),
                marks,
                returned: Mutex::new(false),
                is_inline,
            };
            world.copies.make_small();
            world.set(KEY, FIRST);
            let hash = world.near.hash(&KEY);
            (0..3).for_each(|_| assert!(world.near.get(hash, &KEY, |_| Some(())).is_some()));
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

        /// Looks the first entry up, and keeps a copy of it in this way.
        fn look(&self, keep: impl FnOnce(HotOffer)) {
            self.near.get(self.near.hash(&KEY), &KEY, |found| {
                if found.value() == Some(&FIRST)
                    && let Some(offer) = found.view().offer()
                {
                    keep(offer);
                }
                Some(())
            });
        }

        fn keep(&self, offer: HotOffer) {
            let word = CopiedWord {
                place: place_of_copy(self.near.hash(&KEY)),
                key: KEY,
                value: FIRST,
                offer,
            };
            self.copies.keep_small(word);
        }

        /// Uses the copy, if it may be used.
        fn use_copy(&self) {
            let returned = *self.returned.lock().unwrap();
            let reading = |part| self.marks.reading_of_part(part);
            let found = self.copies.find_small(KEY, reading);
            assert!(
                !returned || found.is_none(),
                "a copy of a dead entry is used"
            );
        }
    }

    fn as_it_is(world: &World) {
        world.look(|offer| world.keep(offer));
    }

    fn before_a_larger_table(world: &World) {
        as_it_is(world);
        world.copies.grow_in_model();
    }

    /// While a thread copies the entry and uses the copy, it ends.
    fn model(is_inline: bool, end: fn(&World), copy: fn(&World)) {
        let mut builder = ::loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(move || {
            let world = World::new(is_inline);
            let other = world.clone();
            let other = thread::spawn(move || {
                copy(&other);
                other.use_copy();
            });
            end(&world);
            *world.returned.lock().unwrap() = true;
            world.use_copy();
            other.join().unwrap();
            world.use_copy();
        });
    }

    fn killed(world: &World) {
        let hash = world.near.hash(&KEY);
        let asker = Asker::by_hand::<u64>();
        let entry = world.near.usable(hash, &world.near.key(&KEY), asker);
        world.near.kill(hash, &entry.unwrap());
    }

    fn removed(world: &World) {
        world
            .near
            .remove(world.near.hash(&KEY), &world.near.key(&KEY), 0);
    }

    fn removed_after_a_larger_table(world: &World) {
        world.copies.grow_in_model();
        removed(world);
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
        let ends = [
            killed,
            removed,
            replaced,
            marked,
            softly_marked,
            freed,
            evicted,
        ];
        for end in ends {
            for is_inline in [false, true] {
                model(is_inline, end, as_it_is);
                model(is_inline, end, before_a_larger_table);
            }
        }
        model(true, removed_after_a_larger_table, as_it_is);
    }

    #[test]
    #[should_panic(expected = "a copy of a dead entry")]
    fn an_entry_must_be_copied_while_it_is_locked() {
        model(true, removed, |world| {
            let mut offered = None;
            world.look(|offer| offered = Some(offer));
            if let Some(offer) = offered {
                world.keep(offer);
            }
        });
    }
}
