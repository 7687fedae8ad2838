//! Where the keys of a shard lie: by their hash.
//!
//! Knows neither keys nor entries, only their positions, so that it is compiled once for all types of them.

use hashbrown::HashTable;

use crate::hot::place_of_copy;

/// The position of a key in a shard, which it keeps as long as it is known there.
pub(super) type Position = u32;

/// What a shard remembers of the hash of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShortHash(u32);

/// The positions of one shard.
#[derive(Debug)]
pub(super) struct PositionTable {
    by_hash: HashTable<Position>,
    /// The hash of each position, shortened.
    hashes: Vec<ShortHash>,
    free: Vec<Position>,
}

impl PositionTable {
    pub(super) const fn new() -> Self {
        Self {
            by_hash: HashTable::new(),
            hashes: Vec::new(),
            free: Vec::new(),
        }
    }

    /// The position of a key with this hash for which `is_it` holds.
    #[inline]
    pub(super) fn find(
        &self,
        hash: u64,
        mut is_it: impl FnMut(Position) -> bool,
    ) -> Option<Position> {
        self.by_hash
            .find(ShortHash::of(hash).spread(), |position| is_it(*position))
            .copied()
    }

    /// The first position whose key may have this hash.
    #[inline]
    pub(super) fn first(&self, hash: u64) -> Option<Position> {
        self.find(hash, |_| true)
    }

    /// [`find`](Self::find), where the first was not it.
    #[cold]
    pub(super) fn find_among(
        &self,
        hash: u64,
        is_it: &dyn Fn(Position) -> bool,
    ) -> Option<Position> {
        self.find(hash, is_it)
    }

    /// A position for a key that has none.
    pub(super) fn claim(&mut self, hash: u64) -> Position {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "so many keys do not fit into memory"
        )]
        let next = self.hashes.len() as Position;
        let position = self.free.pop().unwrap_or(next);
        if position == next {
            self.hashes.push(ShortHash::of(hash));
        } else {
            self.hashes[position as usize] = ShortHash::of(hash);
        }
        let hashes = &self.hashes;
        let hash_of = |position: &Position| hashes[*position as usize].spread();
        self.by_hash
            .insert_unique(ShortHash::of(hash).spread(), position, hash_of);
        position
    }

    /// Gives a position back.
    pub(super) fn release(&mut self, position: Position) {
        let hash = self.hash(position).spread();
        if let Ok(found) = self.by_hash.find_entry(hash, |other| *other == position) {
            found.remove();
            self.free.push(position);
        }
    }

    /// What is known of the hash of a position's key.
    pub(super) fn hash(&self, position: Position) -> ShortHash {
        self.hashes[position as usize]
    }
}

impl ShortHash {
    /// That of a hash. Copies lie by the same bits.
    #[inline]
    pub(super) fn of(hash: u64) -> Self {
        Self(place_of_copy(hash))
    }

    /// The bits of it.
    pub(super) fn to_bits(self) -> u32 {
        self.0
    }

    /// A hash for hashbrown, which takes the top seven bits and the low ones.
    #[inline]
    fn spread(self) -> u64 {
        u64::from(self.0) << 32 | u64::from(self.0)
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_by_hash_and_used_again() {
        let mut table = PositionTable::new();
        let (one, other) = (table.claim(7), table.claim(7));
        assert_ne!(one, other);
        assert_eq!(table.find(7, |position| position == other), Some(other));
        table.release(one);
        assert_eq!(table.find(7, |position| position == one), None);
        assert_eq!(table.find(7, |_| true), Some(other));
        assert_eq!(table.claim(9), one);
        assert_eq!(table.find(9, |_| true), Some(one));
        assert_eq!(table.hash(one), ShortHash::of(9));
    }

    #[test]
    fn many_places_stay_apart() {
        let mut table = PositionTable::new();
        let positions: Vec<_> = (0..10_000).map(|hash| table.claim(hash % 97)).collect();
        for (at, position) in positions.iter().enumerate().filter(|(at, _)| at % 3 == 0) {
            table.release(*position);
            assert_eq!(table.find(at as u64 % 97, |other| other == *position), None);
        }
        for (at, position) in positions.iter().enumerate().filter(|(at, _)| at % 3 != 0) {
            let found = table.find(at as u64 % 97, |other| other == *position);
            assert_eq!(found, Some(*position));
        }
    }
}
