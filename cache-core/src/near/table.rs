//! Where the keys of a shard lie: by their hash, and in the order in which they may be evicted.
//!
//! Knows neither keys nor entries, only their positions, so that it is compiled once for all types of them.

use hashbrown::HashTable;

/// The position of a key in a shard, which it keeps as long as it is known there.
pub(super) type Position = u32;

/// No position: the end of a chain.
const NONE: Position = Position::MAX;

/// The positions of one shard.
#[derive(Debug)]
pub(super) struct PositionTable {
    by_hash: HashTable<Position>,
    nodes: Vec<Node>,
    free: Vec<Position>,
    /// The next to be evicted, and the last.
    coldest: Position,
    hottest: Position,
}

/// What is known of a position: its neighbours are those in the order of eviction.
#[derive(Clone, Copy, Debug)]
struct Node {
    hash: u64,
    colder: Position,
    hotter: Position,
}

impl PositionTable {
    pub(super) const fn new() -> Self {
        Self {
            by_hash: HashTable::new(),
            nodes: Vec::new(),
            free: Vec::new(),
            coldest: NONE,
            hottest: NONE,
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
            .find(hash, |position| is_it(*position))
            .copied()
    }

    /// A position for a key that has none.
    pub(super) fn claim(&mut self, hash: u64) -> Position {
        let node = Node {
            hash,
            colder: NONE,
            hotter: NONE,
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "so many keys do not fit into memory"
        )]
        let next = self.nodes.len() as Position;
        let position = self.free.pop().unwrap_or(next);
        if position == next {
            self.nodes.push(node);
        } else {
            self.nodes[position as usize] = node;
        }
        let nodes = &self.nodes;
        self.by_hash
            .insert_unique(hash, position, |position| nodes[*position as usize].hash);
        position
    }

    /// Gives a position back, which is in no order.
    pub(super) fn release(&mut self, position: Position) {
        let hash = self.hash(position);
        if let Ok(found) = self.by_hash.find_entry(hash, |other| *other == position) {
            found.remove();
            self.free.push(position);
        }
    }

    pub(super) fn hash(&self, position: Position) -> u64 {
        self.nodes[position as usize].hash
    }

    /// The position that is to be evicted next.
    pub(super) fn coldest(&self) -> Option<Position> {
        (self.coldest != NONE).then_some(self.coldest)
    }

    /// The positions in their order, the one that is evicted last first.
    pub(super) fn hottest_first(&self) -> impl Iterator<Item = Position> {
        let known = |position: Position| (position != NONE).then_some(position);
        let colder = move |position: &Position| known(self.nodes[*position as usize].colder);
        std::iter::successors(known(self.hottest), colder)
    }

    /// Puts a position that is in no order at the end of it.
    pub(super) fn push(&mut self, position: Position) {
        let former = std::mem::replace(&mut self.hottest, position);
        let node = &mut self.nodes[position as usize];
        (node.colder, node.hotter) = (former, NONE);
        match self.nodes.get_mut(former as usize) {
            Some(former) => former.hotter = position,
            None => self.coldest = position,
        }
    }

    /// Takes a position out of the order.
    pub(super) fn unlink(&mut self, position: Position) {
        let Node { colder, hotter, .. } = self.nodes[position as usize];
        match self.nodes.get_mut(colder as usize) {
            Some(colder) => colder.hotter = hotter,
            None => self.coldest = hotter,
        }
        match self.nodes.get_mut(hotter as usize) {
            Some(hotter) => hotter.colder = colder,
            None => self.hottest = colder,
        }
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    fn in_order(table: &PositionTable) -> Vec<Position> {
        let hotter = |position: &Position| {
            let hotter = table.nodes[*position as usize].hotter;
            (hotter != NONE).then_some(hotter)
        };
        std::iter::successors(table.coldest(), hotter).collect()
    }

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
        assert_eq!(table.hash(one), 9);
    }

    #[test]
    fn the_order_is_that_in_which_places_came() {
        let mut table = PositionTable::new();
        let positions: Vec<_> = (0..5).map(|hash| table.claim(hash)).collect();
        for position in &positions {
            table.push(*position);
        }
        assert_eq!(in_order(&table), positions);
        for (taken, left) in [
            (2, vec![0, 1, 3, 4]),
            (0, vec![1, 3, 4]),
            (4, vec![1, 3]),
            (1, vec![3]),
            (3, vec![]),
        ] {
            table.unlink(positions[taken]);
            let left: Vec<_> = left.iter().map(|at: &usize| positions[*at]).collect();
            assert_eq!(in_order(&table), left);
        }
        table.push(positions[1]);
        assert_eq!(in_order(&table), [positions[1]]);
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
