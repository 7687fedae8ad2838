//! What is under way for the keys of a shard.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::flight::Flight;
use super::table::Position;
use crate::clock::Moment;
use crate::sync::{AtomicBool, Ordering};

/// What is under way for one key.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) flight: Option<Arc<Flight>>,
    /// Until when calls of the key load without waiting for each other: hit-for-miss.
    pub(super) passes_until: Option<Moment>,
    /// The refreshes under way: set once the key was removed or set, and what they bring is no longer wanted.
    pub(super) refresh: Option<Arc<AtomicBool>>,
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.flight.is_none() && self.passes_until.is_none() && self.refresh.is_none()
    }
}

/// What is under way in a shard, by position.
pub(super) struct PendingMap {
    by_position: HashMap<Position, Pending, foldhash::fast::FixedState>,
    /// The positions that pass, the oldest first; some may have ended since.
    passes: VecDeque<(Position, Moment)>,
    most_passes: usize,
}

impl PendingMap {
    /// Nothing, in a shard that expects to hold about `share` entries.
    pub(super) fn new(share: usize) -> Self {
        Self {
            by_position: HashMap::default(),
            passes: VecDeque::new(),
            most_passes: share.clamp(16, 1024),
        }
    }

    pub(super) fn has(&self, position: Position) -> bool {
        self.by_position.contains_key(&position)
    }

    pub(super) fn get(&self, position: Position) -> Option<&Pending> {
        self.by_position.get(&position)
    }

    pub(super) fn at(&mut self, position: Position) -> &mut Pending {
        self.by_position.entry(position).or_default()
    }

    /// The flight of a position.
    pub(super) fn flight(&self, position: Position) -> Option<&Arc<Flight>> {
        self.get(position)?.flight.as_ref()
    }

    /// Takes the flight of a position away, if it is `only` this one where one is named; tells whether it did.
    pub(super) fn detach(&mut self, position: Position, only: Option<&Arc<Flight>>) -> bool {
        let is_it = |found: &Arc<Flight>| only.is_none_or(|only| Arc::ptr_eq(found, only));
        if !self.flight(position).is_some_and(is_it) {
            return false;
        }
        self.at(position).flight = None;
        self.drop_if_empty(position);
        true
    }

    /// Has a position pass until then. Gives back a position that passes no more because there are too many, if nothing else is
    /// under way there.
    pub(super) fn pass(&mut self, position: Position, until: Moment) -> Option<Position> {
        if self.at(position).passes_until.replace(until).is_none() {
            self.passes.push_back((position, until));
        }
        while self.passes.len() > self.most_passes {
            let (oldest, until) = self.passes.pop_front()?;
            let pending = self.by_position.get_mut(&oldest);
            match pending.as_ref().and_then(|pending| pending.passes_until) {
                // Renewed since.
                Some(renewed) if renewed != until => self.passes.push_back((oldest, renewed)),
                Some(_) => {
                    pending?.passes_until = None;
                    return self.drop_if_empty(oldest).then_some(oldest);
                }
                None => {}
            }
        }
        None
    }

    /// Ends the refresh of a position.
    pub(super) fn end_refresh(&mut self, position: Position) {
        if let Some(pending) = self.by_position.get_mut(&position) {
            pending.refresh = None;
            self.drop_if_empty(position);
        }
    }

    /// Takes away all that is under way at a position: what refreshes bring is no longer wanted.
    pub(super) fn forget(&mut self, position: Position) {
        let pending = self.by_position.remove(&position);
        if let Some(stale) = pending.and_then(|pending| pending.refresh) {
            stale.store(true, Ordering::Relaxed);
        }
    }

    /// What the refreshes under way bring is no longer wanted: whoever removes a key later would not find them.
    pub(super) fn disown_refreshes(&self) {
        let refreshes = self
            .by_position
            .values()
            .filter_map(|pending| pending.refresh.as_ref());
        refreshes.for_each(|stale| stale.store(true, Ordering::Relaxed));
    }

    /// How many loads are under way.
    #[cfg(test)]
    pub(super) fn under_way(&self) -> usize {
        let pending = self.by_position.values();
        let pending = pending.filter(|it| it.flight.is_some() || it.refresh.is_some());
        pending.count()
    }

    fn drop_if_empty(&mut self, position: Position) -> bool {
        let is_empty = self
            .by_position
            .get(&position)
            .is_some_and(Pending::is_empty);
        is_empty && self.by_position.remove(&position).is_some()
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_positions_pass() {
        let mut pending = PendingMap::new(0);
        for position in 0..16 {
            assert_eq!(pending.pass(position, Moment::NEVER), None);
        }
        assert_eq!(pending.pass(16, Moment::NEVER), Some(0));
        assert!(!pending.has(0) && pending.has(1));
        pending.forget(3);
        assert_eq!(pending.pass(2, Moment::from_bits(7)), None, "renewed");
        pending.at(1).refresh = Some(Arc::default());
        assert_eq!(
            pending.pass(17, Moment::NEVER),
            None,
            "more is under way at the oldest"
        );
        assert!(
            pending
                .get(1)
                .is_some_and(|pending| pending.passes_until.is_none())
        );
        assert_eq!(pending.pass(18, Moment::NEVER), None, "one was forgotten");
        assert!(pending.has(2) && pending.has(4));
        assert_eq!(pending.pass(19, Moment::NEVER), Some(4));
        assert!(pending.has(2), "renewed later than 4");
    }
}
