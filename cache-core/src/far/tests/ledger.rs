//! What was set by hand and what was invalidated, when each began and ended: what a look may give.

use std::sync::Arc;

use super::world::World;
use crate::sync::Mutex;

/// Moments are counted: each that is noted is later than the one before.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    now: u64,
    sets: Vec<Span>,
    invalidations: Vec<Span>,
}

/// Something that was begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    begun: u64,
    /// Faults of the store until then.
    faults: usize,
    /// When it was acknowledged.
    ended: Option<u64>,
}

impl Span {
    fn is_before(&self, moment: u64) -> bool {
        self.ended.is_some_and(|ended| ended < moment)
    }
}

impl Notes {
    fn tick(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    fn begin(&mut self, faults: usize) -> Span {
        let begun = self.tick();
        Span {
            begun,
            faults,
            ended: None,
        }
    }
}

impl Ledger {
    /// A set begins, of the value that this number is.
    pub(super) fn set(&self, world: &World) -> u64 {
        let mut notes = self.0.lock();
        let span = notes.begin(world.faults());
        notes.sets.push(span);
        notes.sets.len() as u64 - 1
    }

    pub(super) fn is_set(&self, value: u64) {
        let mut notes = self.0.lock();
        let now = notes.tick();
        notes.sets[usize::try_from(value).unwrap()].ended = Some(now);
    }

    /// An invalidation begins; gives its number.
    pub(super) fn invalidate(&self, world: &World) -> usize {
        let mut notes = self.0.lock();
        let span = notes.begin(world.faults());
        notes.invalidations.push(span);
        notes.invalidations.len() - 1
    }

    pub(super) fn is_invalidated(&self, number: usize) {
        let mut notes = self.0.lock();
        let now = notes.tick();
        notes.invalidations[number].ended = Some(now);
    }

    /// A look begins.
    pub(super) fn look(&self) -> u64 {
        self.0.lock().tick()
    }

    /// A look that began then has given this.
    ///
    /// What was acknowledged before it began, and neither set again nor invalidated since it was begun itself, is there,
    /// unless the store has had a fault. What was invalidated or replaced after it was acknowledged is not.
    pub(super) fn gives(&self, world: &World, begun: u64, value: Option<u64>) {
        let notes = self.0.lock();
        let Some(value) = value else {
            let lost = notes.sets.iter().find(|set| {
                let since = |other: &Span| !other.is_before(set.begun) && other.begun != set.begun;
                set.is_before(begun)
                    && set.faults == world.faults()
                    && !notes.sets.iter().any(since)
                    && !notes.invalidations.iter().any(since)
            });
            if lost.is_some() {
                world.blame("what was set is not there");
            }
            return;
        };
        let set = notes.sets[usize::try_from(value).unwrap()];
        let after = |other: &Span| set.is_before(other.begun) && other.is_before(begun);
        if notes.invalidations.iter().any(after) {
            world.blame("what was invalidated is there");
        }
        if notes.sets.iter().any(after) {
            world.blame("what was replaced is there");
        }
    }
}
