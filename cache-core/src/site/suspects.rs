//! Differences that must stand for a while before they are faults.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::clock::{self, Moment};
use crate::entry::AnyEntry;
use crate::invalidation::{ChangesSoFar, Changing};
use crate::sync::Mutex;

/// So many of one site are remembered.
const MOST: usize = 64;

/// So many graces after it is due, one is given up that nobody has asked for again.
const GIVEN_UP: u32 = 60;

/// So often runs that verify are made in production at most, over some time.
const EACH: Duration = Duration::from_millis(100);

/// So many may follow on each other.
const BURST: u32 = 100;

/// A hit whose body has returned something else.
pub(crate) struct Suspect {
    entry: Weak<dyn AnyEntry>,
    /// How old the value was then.
    age: Duration,
    /// The changes that may explain the difference.
    changes: ChangesSoFar,
    /// When the difference has stood for long enough.
    due: Moment,
    /// When it is given up.
    until: Moment,
}

impl Suspect {
    /// One whose difference must stand for a grace.
    pub(crate) fn new(entry: &Arc<dyn AnyEntry>, age: Duration, grace: Duration) -> Self {
        let due = clock::now().after(grace);
        Self {
            entry: Arc::downgrade(entry),
            age,
            changes: Changing::so_far(),
            due,
            until: due.after(grace.saturating_mul(GIVEN_UP)),
        }
    }

    fn is_of(&self, entry: &Arc<dyn AnyEntry>) -> bool {
        // By their addresses: a strong pointer might be the last one, whose end runs code that is not ours.
        std::ptr::addr_eq(self.entry.as_ptr(), Arc::as_ptr(entry))
    }

    fn is_left(&self, now: Moment) -> bool {
        now >= self.until || self.entry.strong_count() == 0
    }

    /// Whether the difference has stood for long enough, and no change that may explain it is under way.
    fn is_due(&self, now: Moment) -> bool {
        now >= self.due && !self.changes.are_under_way()
    }
}

/// What is remembered of a hit that differs again.
pub(crate) enum Remembered {
    /// Nothing.
    Nothing,
    /// A difference that has not stood for long enough.
    NotDue,
    /// One that has stood, and how old the value was when it was seen first. Whoever gets it decides, and nobody else does.
    Due(Duration),
}

/// Those of one site, by the hashes of their keys.
pub(crate) struct Suspects {
    /// When the runs so far would have been through at the rate that is allowed, as bits.
    spent: AtomicU64,
    /// When the first of them is due, as bits.
    first: AtomicU64,
    by_key: Mutex<HashMap<u64, Suspect>>,
    /// Those who verify a page now. Nobody waits for them.
    #[cfg(feature = "axum")]
    checks: Arc<()>,
}

/// A place among those who verify a page.
#[cfg(feature = "axum")]
pub(crate) struct CheckPlace(#[expect(dead_code, reason = "it is counted")] Arc<()>);

impl Default for Suspects {
    fn default() -> Self {
        Self {
            spent: AtomicU64::new(0),
            first: AtomicU64::new(Moment::NEVER.to_bits()),
            by_key: Mutex::default(),
            #[cfg(feature = "axum")]
            checks: Arc::default(),
        }
    }
}

impl Suspects {
    /// Whether one more run that verifies may be made: a token bucket, by the generic cell rate algorithm (ITU-T I.371).
    pub(crate) fn may_run(&self) -> bool {
        let now = clock::now();
        let latest = now.after(EACH * BURST);
        let take = |spent: u64| {
            let next = Moment::from_bits(spent).max(now).after(EACH);
            (next <= latest).then(|| next.to_bits())
        };
        let taken = self
            .spent
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.is_ok()
    }

    /// A place among those who verify a page, of which there are `most`, or one more where two ask at once.
    #[cfg(feature = "axum")]
    pub(crate) fn check_place(&self, most: usize) -> Option<CheckPlace> {
        let counted = self.checks.clone();
        (Arc::strong_count(&counted) <= most + 1).then_some(CheckPlace(counted))
    }

    /// Counts a run that is made anyway, so that later hits make fewer.
    pub(crate) fn count_run(&self) {
        let now = clock::now();
        let take = |spent: u64| Some(Moment::from_bits(spent).max(now).after(EACH).to_bits());
        let _ = self
            .spent
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
    }

    /// Whether one of them may be due, without a lock.
    pub(crate) fn are_due(&self) -> bool {
        let first = Moment::from_bits(self.first.load(Ordering::Relaxed));
        first != Moment::NEVER && clock::now() >= first
    }

    /// Whether the one under this key is due. Those that nobody will ask for again are given up on the way, so that one of them does
    /// not make every hit of the site look here.
    pub(crate) fn is_due(&self, hash: u64) -> bool {
        let now = clock::now();
        let mut by_key = self.by_key.lock();
        let is_due = by_key.get(&hash).is_some_and(|suspect| suspect.is_due(now));
        self.give_up(&mut by_key, now);
        is_due
    }

    /// Remembers one, if there is room.
    pub(crate) fn add(&self, hash: u64, suspect: Suspect) {
        let mut by_key = self.by_key.lock();
        self.give_up(&mut by_key, clock::now());
        if by_key.len() < MOST || by_key.contains_key(&hash) {
            by_key.insert(hash, suspect);
        }
        self.note_first(&by_key);
    }

    /// Takes those out that are given up.
    fn give_up(&self, by_key: &mut HashMap<u64, Suspect>, now: Moment) {
        by_key.retain(|_, suspect| !suspect.is_left(now));
        self.note_first(by_key);
    }

    fn note_first(&self, by_key: &HashMap<u64, Suspect>) {
        let first = by_key.values().map(|suspect| suspect.due).min();
        let first = first.unwrap_or(Moment::NEVER);
        self.first.store(first.to_bits(), Ordering::Relaxed);
    }

    /// What is remembered of this hit. One that is due is forgotten: of two threads that differ at once, one decides.
    pub(crate) fn take_due(&self, hash: u64, entry: &Arc<dyn AnyEntry>) -> Remembered {
        let mut by_key = self.by_key.lock();
        match by_key.get(&hash) {
            Some(suspect) if !suspect.is_of(entry) => return Remembered::Nothing,
            Some(suspect) if !suspect.is_due(clock::now()) => return Remembered::NotDue,
            _ => {}
        }
        let taken = by_key.remove(&hash);
        self.note_first(&by_key);
        taken.map_or(Remembered::Nothing, |suspect| Remembered::Due(suspect.age))
    }

    /// Forgets the one under this key.
    pub(crate) fn remove(&self, hash: u64) {
        let mut by_key = self.by_key.lock();
        by_key.remove(&hash);
        self.note_first(&by_key);
    }
}

impl std::fmt::Debug for Suspects {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Suspects").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::entry::{BY_HAND, Entry, Meta};
    use crate::generation::Generation;
    use crate::policy::Life;
    use crate::testing::Clock;

    const GRACE: Duration = Duration::from_secs(1);

    fn entry() -> Arc<dyn AnyEntry> {
        let life = Life::new(clock::now(), None);
        let generation = Generation::new(0, 0, Box::default());
        Entry::new(1_u64, Meta::new(generation, life, BY_HAND, 0))
    }

    fn of(entry: &Arc<dyn AnyEntry>) -> Suspect {
        Suspect::new(entry, Duration::ZERO, GRACE)
    }

    #[test]
    fn one_that_is_due_is_given_to_one_caller() {
        let clock = Clock::freeze();
        let suspects = Suspects::default();
        let (one, other) = (entry(), entry());
        suspects.add(1, of(&one));
        let take = |entry| suspects.take_due(1, entry);
        assert!(matches!(take(&one), Remembered::NotDue) && !suspects.are_due());
        clock.advance(GRACE);
        assert!(suspects.are_due() && suspects.is_due(1) && !suspects.is_due(2));
        assert!(matches!(take(&other), Remembered::Nothing));
        assert!(matches!(take(&one), Remembered::Due(_)));
        assert!(matches!(take(&one), Remembered::Nothing) && !suspects.are_due());
    }

    #[test]
    fn a_change_that_began_before_holds_one_up_and_a_later_one_does_not() {
        let clock = Clock::freeze();
        let suspects = Suspects::default();
        let entry = entry();
        let before = Changing::begin();
        suspects.add(1, of(&entry));
        let after = Changing::begin();
        clock.advance(GRACE);
        assert!(!suspects.is_due(1));
        drop(before);
        // Those of other tests may be under way as well.
        while !suspects.is_due(1) {
            std::thread::yield_now();
        }
        drop(after);
    }

    #[test]
    fn those_that_nobody_asks_for_make_room() {
        let clock = Clock::freeze();
        let suspects = Suspects::default();
        let entries: Vec<_> = (0..=MOST as u64).map(|hash| (hash, entry())).collect();
        for (hash, entry) in &entries {
            suspects.add(*hash, of(entry));
        }
        let has = |hash| suspects.by_key.lock().contains_key(&hash);
        assert!(has(0) && !has(MOST as u64));
        clock.advance(GRACE * (GIVEN_UP + 1));
        assert!(!suspects.is_due(MOST as u64) && !suspects.are_due() && !has(0));
        suspects.add(1, of(&entry())); // which is gone at once
        assert!(!suspects.is_due(1) && !has(1));
    }
}
