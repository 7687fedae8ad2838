//! The latest invalidations of this process: what they named, and where they came from.
//!
//! An invalidation is written down when it is marked. A miss that finds an invalidated entry looks up which slot of the entry was
//! marked, and here whose slot that is.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::panic::Location;
use std::time::Duration;

use super::{InvalidatedBy, InvalidatedKind, NOTES};
use crate::clock::{self, Moment};
use crate::marks::Slot;
use crate::sync::Mutex;

/// So many are kept. Numbers go far beyond: an older number finds nothing.
const KEPT: usize = 1_024;

/// So many slots are kept: those of an invalidation are few.
const SLOTS: usize = KEPT * 4;

/// What is invalidated again within this time counts as invalidated once.
const AGAIN: Duration = Duration::from_secs(10);

/// So many times of what is invalidated again and again are kept.
const TIMES: usize = 8;

/// A note is the number of an invalidation, and in so many bits which of its times is meant.
const TIME_BITS: u32 = 7;
const TIME: u32 = (1 << TIME_BITS) - 1;

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
    /// When it was done first.
    first: Moment,
    /// When it was done of late, the latest last.
    times: VecDeque<Moment>,
    /// How often it was done before.
    before: u32,
    /// A hash of what it stands for.
    identity: u64,
}

impl LoggedInvalidation {
    /// Notes that it is done, and returns the note of this time.
    fn again(&mut self, now: Moment) -> u32 {
        let is_new = |latest: &Moment| now.since(*latest) >= AGAIN;
        if self.times.back().is_none_or(is_new) {
            self.times.push_back(now);
            self.before = self.before.wrapping_add(1);
        }
        if self.times.len() > TIMES {
            self.times.pop_front();
        }
        self.number << TIME_BITS | self.before & TIME
    }

    /// The time that a note means. What it has ended is no older, so of a time that is forgotten the first time is told.
    fn at(&self, note: u32) -> Moment {
        let ago = self.before.wrapping_sub(note) & TIME;
        let time = self.times.iter().rev().nth(ago as usize);
        time.copied().unwrap_or(self.first)
    }
}

/// The latest, in the order of their numbers. What is invalidated again from the same place keeps its number.
struct InvalidationLog {
    latest: VecDeque<LoggedInvalidation>,
    /// The note of the latest of each slot.
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
        // Slots belong to a cache, where others have the same names.
        let identity = state.hash_one((kind, name, from.function, from.place, slots.first()));
        let known = self.by_identity.as_ref().and_then(|by| by.get(&identity));
        let known = known.and_then(|number| self.at(*number));
        let at = known.unwrap_or_else(|| {
            let clipped = &name[..name.len().min(LONGEST)];
            self.add(LoggedInvalidation {
                number: 0,
                kind,
                name: String::from_utf8_lossy(clipped).into(),
                from,
                first: clock::now(),
                times: VecDeque::new(),
                before: 0,
                identity,
            })
        });
        let number = self.latest[at].again(clock::now());
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

    /// Adds one, and returns its place.
    fn add(&mut self, invalidation: LoggedInvalidation) -> usize {
        if self.next == NOTES >> TIME_BITS {
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
        self.latest.len() - 1
    }

    fn at(&self, number: u32) -> Option<usize> {
        let found = self
            .latest
            .binary_search_by_key(&number, |found| found.number);
        found.ok()
    }

    fn find(&self, note: u32) -> Option<&LoggedInvalidation> {
        self.latest.get(self.at(note >> TIME_BITS)?)
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

/// The number of the invalidation that has marked one of these slots first; zero if none is known. Of each slot the latest is known.
#[cfg(not(cache_loom))]
pub(crate) fn first_of(slots: impl Iterator<Item = Slot>) -> u32 {
    let log = LOG.lock();
    let Some(by_slot) = &log.by_slot else {
        return 0;
    };
    let known = slots.filter_map(|slot| {
        let note = *by_slot.get(&slot)?;
        Some((log.find(note)?.at(note), note))
    });
    known.min().map_or(0, |(_, note)| note)
}

#[cfg(cache_loom)]
pub(crate) fn first_of(_: impl Iterator<Item = Slot>) -> u32 {
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
        ago: clock::now().since(found.at(number)),
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
    use crate::testing::Clock;

    #[test]
    fn the_invalidation_of_a_slot_is_found_with_its_place() {
        let scope = NameScope::fresh();
        let slot = |text: &str| marks().slot(scope, Name::of("tag", text.as_bytes()));
        assert_eq!(first_of([slot("a")].into_iter()), 0);
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
                first_of([slot("a")].into_iter()),
                first_of([slot("b")].into_iter())
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
            assert!(log.find(number).is_some());
        }
        assert_eq!(sizes(&log), (KEPT, KEPT, SLOTS));
    }

    #[test]
    fn the_slots_of_one_invalidation_are_bounded_as_well() {
        let mut log = InvalidationLog::new();
        let scope = NameScope::fresh();
        let slot = |name: usize| marks().slot(scope, Name::of("key", &name.to_le_bytes()));
        let label = (InvalidatedKind::Key, &b"many"[..], CallSite::default());
        for n in 0..10 * SLOTS {
            log.note(label, &[slot(0), slot(n)]);
        }
        assert_eq!(sizes(&log), (1, 1, SLOTS));
    }

    #[test]
    fn what_is_invalidated_again_and_again_has_one_place_and_its_latest_times() {
        let clock = Clock::freeze();
        let mut log = InvalidationLog::new();
        let slot = marks().slot(NameScope::fresh(), Name::of("tag", b"a"));
        let label = (InvalidatedKind::Tag, &b"a"[..], CallSite::default());
        let begun = clock::now();
        let mut noted = Vec::new();
        for _ in 0..2 * TIMES {
            let note = log.note(label, &[slot]);
            noted.push((clock::now(), note));
            clock.advance(AGAIN / 2);
            assert_eq!(log.note(label, &[slot]), note);
            clock.advance(AGAIN);
        }
        assert_eq!(sizes(&log), (1, 1, 1));
        for (at, (time, note)) in noted.into_iter().enumerate() {
            let told = if at < TIMES { begun } else { time };
            assert_eq!(log.find(note).unwrap().at(note), told, "{at}");
        }
    }

    #[test]
    fn caches_that_have_the_same_names_are_told_apart() {
        let mut log = InvalidationLog::new();
        assert_ne!(note(&mut log, "a"), note(&mut log, "a"));
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
