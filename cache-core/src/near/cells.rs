//! The keys and entries of a shard, by position.

use std::mem;
use std::sync::Arc;

use super::key::{AnyKey, NearKey, TierKey};
use super::table::Position;
use crate::entry::{
    AnyEntry, EntryForm, EntryRef, Holds, InlineEntry, InlineGroup, InlineMeta, InlineRef,
    InlineValue, ValueType,
};

/// The cells of one shard.
pub(super) struct Cells<K, E: EntryForm> {
    cells: Vec<Cell<K, E>>,
    groups: Vec<InlineGroup>,
}

/// What is at a position.
enum Cell<K, E: EntryForm> {
    /// Nothing.
    Free,
    /// A key without an entry.
    Key(K),
    /// A key, and an entry in the form that the tier gives it.
    Apart(K, Arc<E::Entry>),
    /// A key, and all of its entry.
    Inline(K, E::Inline),
}

/// An entry that a look-up has found, under the lock of its shard.
pub(crate) enum FoundEntry<'a, E: EntryForm> {
    /// It lies apart.
    Apart(&'a Arc<E::Entry>),
    /// It lies beside its key.
    Inline(InlineRef<'a>, &'a InlineValue<E>),
}

/// The cells of a shard, whatever form their entries have.
pub(crate) trait AnyCells: Send + Sync {
    /// The key at a position.
    fn key(&self, position: Position) -> Option<&dyn AnyKey>;

    /// Puts a key at a free position.
    ///
    /// # Panics
    ///
    /// If it is not of the type of the others.
    fn claim(&mut self, position: Position, key: &TierKey);

    /// Drops the key at a position, which has no entry.
    fn release(&mut self, position: Position);

    /// What is known of the entry at a position.
    fn entry(&self, position: Position) -> Option<EntryRef<'_>>;

    /// The type of value of the entry at a position.
    fn value_type(&self, position: Position) -> Option<ValueType>;

    /// The entry at a position, which lies apart from the table from now on.
    fn move_out(&mut self, position: Position) -> Option<Arc<dyn AnyEntry>>;

    /// Takes the entry away from a position, and leaves the key.
    fn take(&mut self, position: Position) -> Departed;

    /// Puts an entry where a key is alone; tells whether it has the form of the others.
    fn put(&mut self, position: Position, entry: Arc<dyn AnyEntry>) -> bool;

    /// One more than the last position that has ever had a key.
    fn positions(&self) -> usize;

    /// All of them, which leaves none.
    fn empty(&mut self) -> Box<dyn AnyCells>;
}

/// What is left of an entry, to be dropped once its shard is unlocked: that may run code that is not ours.
pub(crate) struct Departed(
    #[expect(dead_code, reason = "it is dropped")] Option<Arc<dyn AnyEntry>>,
);

impl<K, E: EntryForm> Cells<K, E> {
    pub(super) const fn new() -> Self {
        Self {
            cells: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// The entry at a position.
    #[inline]
    pub(super) fn find(&self, position: Position) -> Option<FoundEntry<'_, E>> {
        match self.cells.get(position as usize)? {
            Cell::Inline(_, inline) => {
                let (meta, value) = inline.parts();
                let groups = &self.groups;
                Some(FoundEntry::Inline(InlineRef { meta, groups }, value))
            }
            Cell::Apart(_, entry) => Some(FoundEntry::Apart(entry)),
            Cell::Free | Cell::Key(_) => None,
        }
    }

    /// The key at a position.
    #[inline]
    pub(super) fn key_at(&self, position: Position) -> Option<&K> {
        match self.cells.get(position as usize)? {
            Cell::Key(key) | Cell::Apart(key, _) | Cell::Inline(key, _) => Some(key),
            Cell::Free => None,
        }
    }

    /// An entry of its own, of what lay in the table.
    fn widened(&self, inline: E::Inline) -> Arc<E::Entry> {
        let (meta, value) = inline.into_parts();
        E::apart(value, meta.widened(&self.groups))
    }

    /// Takes the cell of a position, to put another there.
    fn replace(&mut self, position: Position, by: Cell<K, E>) -> Cell<K, E> {
        match self.cells.get_mut(position as usize) {
            Some(cell) => mem::replace(cell, by),
            None => Cell::Free,
        }
    }
}

impl<K: NearKey, E: EntryForm> AnyCells for Cells<K, E> {
    fn key(&self, position: Position) -> Option<&dyn AnyKey> {
        Some(self.key_at(position)?)
    }

    fn claim(&mut self, position: Position, key: &TierKey) {
        let key = key.as_type::<K>().cloned();
        let cell = Cell::Key(key.expect("the keys of a tier are of one type"));
        let position = position as usize;
        if position == self.cells.len() {
            self.cells.push(cell);
        } else {
            self.cells[position] = cell;
        }
    }

    fn release(&mut self, position: Position) {
        drop(self.replace(position, Cell::Free));
    }

    fn entry(&self, position: Position) -> Option<EntryRef<'_>> {
        Some(self.find(position)?.view())
    }

    fn value_type(&self, position: Position) -> Option<ValueType> {
        match self.find(position)? {
            FoundEntry::Apart(entry) => Some(E::erase(entry.clone()).value_type()),
            FoundEntry::Inline(..) => Some(ValueType::of::<InlineValue<E>>()),
        }
    }

    fn move_out(&mut self, position: Position) -> Option<Arc<dyn AnyEntry>> {
        let (key, entry) = match self.replace(position, Cell::Free) {
            Cell::Inline(key, inline) => (key, self.widened(inline)),
            Cell::Apart(key, entry) => (key, entry),
            other => {
                self.replace(position, other);
                return None;
            }
        };
        self.replace(position, Cell::Apart(key, entry.clone()));
        Some(E::erase(entry))
    }

    fn take(&mut self, position: Position) -> Departed {
        let (key, departed) = match self.replace(position, Cell::Free) {
            Cell::Inline(key, inline) if mem::needs_drop::<E::Inline>() => {
                (key, Departed(Some(E::erase(self.widened(inline)))))
            }
            Cell::Inline(key, ..) => (key, Departed(None)),
            Cell::Apart(key, entry) => (key, Departed(Some(E::erase(entry)))),
            other => {
                self.replace(position, other);
                return Departed(None);
            }
        };
        self.replace(position, Cell::Key(key));
        departed
    }

    fn put(&mut self, position: Position, entry: Arc<dyn AnyEntry>) -> bool {
        let Some(entry) = E::of(entry) else {
            return false;
        };
        let Cell::Key(key) = self.replace(position, Cell::Free) else {
            return false;
        };
        let inline = E::copied(&entry)
            .and_then(|value| Some((InlineMeta::of(entry.meta(), &mut self.groups)?, value)));
        let cell = match inline {
            Some((meta, value)) => {
                entry.meta().generation.detach();
                Cell::Inline(key, E::Inline::of(meta, value))
            }
            None => Cell::Apart(key, entry),
        };
        self.replace(position, cell);
        true
    }

    fn positions(&self) -> usize {
        self.cells.len()
    }

    fn empty(&mut self) -> Box<dyn AnyCells> {
        Box::new(mem::replace(self, Self::new()))
    }
}

impl<'a, E: EntryForm> FoundEntry<'a, E> {
    /// What is known of it.
    #[inline]
    pub(crate) fn view(&self) -> EntryRef<'a> {
        match self {
            Self::Apart(entry) => EntryRef::Whole(entry.meta()),
            Self::Inline(entry, _) => EntryRef::Inline(*entry),
        }
    }

    /// The entry, if it lies apart.
    #[inline]
    pub(crate) fn apart(&self) -> Option<&'a Arc<E::Entry>> {
        match self {
            Self::Apart(entry) => Some(entry),
            Self::Inline(..) => None,
        }
    }

    /// Its value, if that is a `T`.
    #[inline]
    pub(crate) fn value<T>(&self) -> Option<&'a T>
    where
        E: Holds<T>,
    {
        match self {
            Self::Apart(entry) => E::held(entry),
            Self::Inline(_, value) => Some(E::held_inline(value)),
        }
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;
    use crate::entry::{ApartForm, BY_HAND, Entry, Meta};
    use crate::generation::Generation;
    use crate::marks::marks;
    use crate::policy::Life;

    #[test]
    fn an_entry_of_two_words_takes_less_than_a_cache_line() {
        assert_eq!(size_of::<Cell<u64, Entry<u64>>>(), 56);
    }

    #[test]
    fn the_table_has_no_room_for_values_that_never_lie_there() {
        assert_eq!(size_of::<Cell<u64, ApartForm<[u64; 100]>>>(), 24);
    }

    fn entry(value: u64, life: Life) -> Arc<dyn AnyEntry> {
        let generation = Generation::new(marks().now(), 7, Box::default());
        Entry::copied_by(
            Some(|value| Some(*value)),
            value,
            Meta::new(generation, life, BY_HAND, 3),
        )
    }

    fn is_inline(cells: &Cells<u64, Entry<u64>>) -> bool {
        matches!(cells.find(0), Some(FoundEntry::Inline(..)))
    }

    fn key<E: EntryForm>(cells: &Cells<u64, E>) -> Option<u64> {
        cells.key(0)?.as_type().copied()
    }

    /// It goes on where it lies then: who holds it sees what becomes of it.
    #[test]
    fn an_entry_that_somebody_wants_lies_apart_from_then_on() {
        let mut cells = Cells::<u64, Entry<u64>>::new();
        cells.claim(0, &TierKey::new(9_u64));
        assert!(cells.move_out(0).is_none() && cells.entry(0).is_none());
        let life = Life::new(clock::now(), Some(Duration::from_secs(900)));
        assert!(cells.put(0, entry(5, life)) && is_inline(&cells));
        cells.entry(0).unwrap().touch();
        let before = format!("{:?}", cells.entry(0).map(EntryRef::life));
        let parted = cells.move_out(0).unwrap();
        assert!(!is_inline(&cells) && key(&cells) == Some(9));
        assert!(Arc::ptr_eq(&parted, &cells.move_out(0).unwrap()));
        assert_eq!(parted.value_as(), Some(&5_u64));
        assert_eq!(format!("{:?}", Some(parted.life())), before);
        assert!(parted.view().take_use() && !parted.view().take_use());
        assert_eq!((parted.weight, parted.origin), (3, BY_HAND));
    }

    /// Its value would be somewhere else than what those see who hold it.
    #[test]
    fn a_dead_entry_stays_apart() {
        let mut cells = Cells::<u64, Entry<u64>>::new();
        cells.claim(0, &TierKey::new(9_u64));
        let dead = entry(5, Life::endless());
        dead.generation.kill();
        assert!(cells.put(0, dead) && !is_inline(&cells));
    }

    /// The drop of a value may call the cache, which would wait for the lock of the shard.
    #[test]
    fn a_value_outlives_its_place_in_the_table() {
        let mut cells = Cells::<u64, Entry<Arc<()>>>::new();
        cells.claim(0, &TierKey::new(9_u64));
        let value = Arc::new(());
        let meta = Meta::new(
            Generation::new(marks().now(), 0, Box::default()),
            Life::endless(),
            BY_HAND,
            0,
        );
        let entry: Arc<dyn AnyEntry> =
            Entry::copied_by(Some(|value| Some(Arc::clone(value))), value.clone(), meta);
        assert!(cells.put(0, entry));
        assert_eq!(Arc::strong_count(&value), 2);
        let departed = cells.take(0);
        assert_eq!((Arc::strong_count(&value), key(&cells)), (2, Some(9)));
        drop(departed);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
