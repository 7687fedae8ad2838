//! The latest invalidations of this process: what they named, and where they came from.
//!
//! An invalidation is written down when it is marked. A miss that finds an invalidated entry looks up which slot of the entry was
//! marked, and here whose slot that is.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::panic::Location;

use super::{InvalidatedBy, InvalidatedKind, NOTES};
use crate::clock::{self, Moment};
use crate::marks::Slot;
use crate::sync::Mutex;

/// So many are kept. Numbers go far beyond: an older number finds nothing.
const KEPT: usize = 1_024;

/// So many slots are kept: those of an invalidation are few.
const SLOTS: usize = KEPT * 4;

/// The longest name that is kept.
const LONGEST: usize = 200;

#[cfg(not(cache_loom))]
static LOG: Mutex<InvalidationLog> = Mutex::new(InvalidationLog::new());

/// Where an invalidation was written in the source.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CallSite {
    pub(crate) function: Option<&'static str>,
    pub(crate) place: Option<(&'static str, u32)>,
}

impl CallSite {
    /// The caller of the function that has `#[track_caller]`.
    #[track_caller]
    pub(crate) fn here() -> Self {
        let place = Location::caller();
        Self {
            function: None,
            place: Some((place.file(), place.line())),
        }
    }
}

struct LoggedInvalidation {
    number: u32,
    kind: InvalidatedKind,
    name: Box<str>,
    from: CallSite,
    at: Moment,
    /// A hash of what it stands for.
    identity: u64,
}

/// The latest, in the order of their numbers. What is invalidated again from the same place keeps its number.
struct InvalidationLog {
    latest: VecDeque<LoggedInvalidation>,
    /// The latest of each slot.
    by_slot: Option<HashMap<Slot, u32, foldhash::fast::FixedState>>,
    /// The slots, in the order in which they came.
    slots: VecDeque<Slot>,
    /// The numbers, by the hashes of what they stand for.
    by_identity: Option<HashMap<u64, u32, foldhash::fast::FixedState>>,
    next: u32,
}

impl InvalidationLog {
    const fn new() -> Self {
        Self {
            latest: VecDeque::new(),
            by_slot: None,
            slots: VecDeque::new(),
            by_identity: None,
            next: 1,
        }
    }

    fn note(
        &mut self,
        (kind, name, from): (InvalidatedKind, &[u8], CallSite),
        slots: &[Slot],
    ) -> u32 {
        let state = foldhash::fast::FixedState::default();
        let identity = state.hash_one((kind, name, from.function, from.place));
        let known = self.by_identity.as_ref().and_then(|by| by.get(&identity));
        let again = known.copied().and_then(|number| self.at(number));
        let number = if let Some(at) = again {
            self.latest[at].at = clock::now();
            self.latest[at].number
        } else {
            let clipped = &name[..name.len().min(LONGEST)];
            self.add(LoggedInvalidation {
                number: 0,
                kind,
                name: String::from_utf8_lossy(clipped).into(),
                from,
                at: clock::now(),
                identity,
            })
        };
        for slot in slots {
            self.note_slot(*slot, number);
        }
        number
    }

    fn note_slot(&mut self, slot: Slot, number: u32) {
        let by_slot = self.by_slot.get_or_insert_default();
        if by_slot.insert(slot, number).is_some() {
            return;
        }
        self.slots.push_back(slot);
        if self.slots.len() > SLOTS
            && let Some(oldest) = self.slots.pop_front()
        {
            by_slot.remove(&oldest);
        }
    }

    fn add(&mut self, invalidation: LoggedInvalidation) -> u32 {
        if self.next == NOTES {
            *self = Self::new();
        }
        let number = self.next;
        self.next += 1;
        let by_identity = self.by_identity.get_or_insert_default();
        if self.latest.len() == KEPT
            && let Some(oldest) = self.latest.pop_front()
        {
            by_identity.remove(&oldest.identity);
        }
        by_identity.insert(invalidation.identity, number);
        self.latest.push_back(LoggedInvalidation {
            number,
            ..invalidation
        });
        number
    }

    fn at(&self, number: u32) -> Option<usize> {
        let found = self
            .latest
            .binary_search_by_key(&number, |found| found.number);
        found.ok()
    }

    fn find(&self, number: u32) -> Option<&LoggedInvalidation> {
        self.latest.get(self.at(number)?)
    }
}

/// Writes an invalidation down that has marked these slots; returns its number.
#[cfg(not(cache_loom))]
pub(crate) fn note(kind: InvalidatedKind, name: &[u8], from: CallSite, slots: &[Slot]) -> u32 {
    LOG.lock().note((kind, name, from), slots)
}

#[cfg(cache_loom)]
pub(crate) fn note(_: InvalidatedKind, _: &[u8], _: CallSite, _: &[Slot]) -> u32 {
    0
}

/// The number of the latest invalidation that has marked one of these slots; zero if none is known.
#[cfg(not(cache_loom))]
pub(crate) fn latest_of(slots: impl Iterator<Item = Slot>) -> u32 {
    let log = LOG.lock();
    let Some(by_slot) = &log.by_slot else {
        return 0;
    };
    let known = slots.filter_map(|slot| log.find(*by_slot.get(&slot)?));
    let latest = known.max_by_key(|invalidation| invalidation.at);
    latest.map_or(0, |invalidation| invalidation.number)
}

#[cfg(cache_loom)]
pub(crate) fn latest_of(_: impl Iterator<Item = Slot>) -> u32 {
    0
}

/// The invalidation with this number, while it is kept.
#[cfg(not(cache_loom))]
pub(super) fn find(number: u32) -> Option<InvalidatedBy> {
    let log = LOG.lock();
    let found = log.find(number)?;
    Some(InvalidatedBy {
        kind: found.kind,
        name: found.name.to_string(),
        function: found.from.function,
        file: found.from.place.map(|(file, _)| file),
        line: found.from.place.map_or(0, |(_, line)| line),
        ago: clock::now().since(found.at),
    })
}

#[cfg(cache_loom)]
pub(super) fn find(_: u32) -> Option<InvalidatedBy> {
    None
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::marks::marks;
    use crate::name::{Name, NameScope};

    #[test]
    fn the_latest_invalidation_of_a_slot_is_found_with_its_place() {
        let scope = NameScope::fresh();
        let slot = |text: &str| marks().slot(scope, Name::of("tag", text.as_bytes()));
        assert_eq!(latest_of([slot("a")].into_iter()), 0);
        let first = super::note(InvalidatedKind::Tag, b"a", CallSite::here(), &[slot("a")]);
        let other = super::note(
            InvalidatedKind::Tag,
            b"b",
            CallSite::default(),
            &[slot("b")],
        );
        let latest = super::note(
            InvalidatedKind::Tag,
            b"a",
            CallSite::default(),
            &[slot("a")],
        );
        assert_eq!(
            (
                latest_of([slot("a")].into_iter()),
                latest_of([slot("b")].into_iter())
            ),
            (latest, other)
        );
        let found = find(first).unwrap();
        assert_eq!((found.name.as_str(), found.file), ("a", Some(file!())));
        assert_eq!(find(other).unwrap().file, None);
    }

    #[test]
    fn a_ring_keeps_the_latest_and_no_more() {
        let mut log = InvalidationLog::new();
        for number in 0..10 * KEPT {
            let number = note(&mut log, &number.to_string());
            assert_eq!(log.find(number).unwrap().number, number);
        }
        assert_eq!(sizes(&log), (KEPT, KEPT, SLOTS));
    }

    #[test]
    fn the_slots_of_one_invalidation_are_bounded_as_well() {
        let mut log = InvalidationLog::new();
        for _ in 0..10 * SLOTS {
            note(&mut log, "the same");
        }
        assert_eq!(sizes(&log), (1, 1, SLOTS));
    }

    #[test]
    fn long_names_that_begin_alike_are_told_apart() {
        let mut log = InvalidationLog::new();
        let name = |end: &str| format!("{}{end}", "x".repeat(LONGEST));
        assert_ne!(note(&mut log, &name("a")), note(&mut log, &name("b")));
    }

    /// Notes an invalidation that has marked a slot of its own.
    fn note(log: &mut InvalidationLog, name: &str) -> u32 {
        let slot = marks().slot(NameScope::fresh(), Name::of("key", b""));
        let label = (InvalidatedKind::Key, name.as_bytes(), CallSite::default());
        log.note(label, &[slot])
    }

    fn sizes(log: &InvalidationLog) -> (usize, usize, usize) {
        let by_slot = log.by_slot.as_ref().expect("slots");
        assert_eq!(by_slot.len(), log.slots.len());
        let by_identity = log.by_identity.as_ref().expect("numbers");
        (log.latest.len(), by_identity.len(), by_slot.len())
    }
}
