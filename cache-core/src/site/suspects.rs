//! Differences that must stand for a while before they are faults.

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::clock::{self, Moment};
use crate::entry::AnyEntry;
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
    /// What the body has returned.
    run: Arc<dyn Any + Send + Sync>,
    /// When the difference has stood for long enough.
    due: Moment,
    /// When it is given up.
    until: Moment,
}

impl Suspect {
    /// One whose difference must stand for a grace.
    pub(crate) fn new(
        entry: &Arc<dyn AnyEntry>,
        run: Arc<dyn Any + Send + Sync>,
        grace: Duration,
    ) -> Self {
        let due = clock::now().after(grace);
        Self {
            entry: Arc::downgrade(entry),
            run,
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
}

/// What is remembered of a hit that differs again.
pub(crate) enum Remembered {
    /// Nothing.
    Nothing,
    /// A difference that has not stood for long enough.
    NotDue,
    /// What the body has returned before. Whoever gets it decides, and nobody else does.
    Due(Arc<dyn Any + Send + Sync>),
}

/// Those of one site, by the hashes of their keys.
pub(crate) struct Suspects {
    /// When the runs so far would have been through at the rate that is allowed, as bits.
    spent: AtomicU64,
    /// When the first of them is due, as bits.
    first: AtomicU64,
    by_key: Mutex<HashMap<u64, Suspect>>,
}

impl Default for Suspects {
    fn default() -> Self {
        Self {
            spent: AtomicU64::new(0),
            first: AtomicU64::new(Moment::NEVER.to_bits()),
            by_key: Mutex::default(),
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
        let is_due = by_key.get(&hash).is_some_and(|suspect| now >= suspect.due);
        let left = self.give_up(&mut by_key, now);
        drop(by_key);
        drop(left); // their values may run code that is not ours
        is_due
    }

    /// Remembers one, if there is room.
    pub(crate) fn add(&self, hash: u64, suspect: Suspect) {
        let mut by_key = self.by_key.lock();
        let left = self.give_up(&mut by_key, clock::now());
        let not_kept = if by_key.len() < MOST || by_key.contains_key(&hash) {
            by_key.insert(hash, suspect)
        } else {
            Some(suspect)
        };
        self.note_first(&by_key);
        drop(by_key);
        drop((left, not_kept)); // their values may run code that is not ours
    }

    /// Takes those out that are given up.
    fn give_up(&self, by_key: &mut HashMap<u64, Suspect>, now: Moment) -> Vec<Suspect> {
        let left = by_key.extract_if(|_, suspect| suspect.is_left(now));
        let left = left.map(|(_, suspect)| suspect).collect();
        self.note_first(by_key);
        left
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
            Some(suspect) if clock::now() < suspect.due => return Remembered::NotDue,
            _ => {}
        }
        let taken = by_key.remove(&hash);
        self.note_first(&by_key);
        drop(by_key);
        taken.map_or(Remembered::Nothing, |suspect| Remembered::Due(suspect.run))
    }

    /// Forgets the one under this key.
    pub(crate) fn remove(&self, hash: u64) {
        let mut by_key = self.by_key.lock();
        let removed = by_key.remove(&hash);
        self.note_first(&by_key);
        drop(by_key);
        drop(removed); // its value may run code that is not ours
    }
}

impl std::fmt::Debug for Suspects {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Suspects").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;
    use crate::entry::{BY_HAND, Entry, Meta};
    use crate::generation::Generation;
    use crate::policy::Life;

    /// What a body has returned, and whose end looks for suspects. It asks on another thread, which would wait for a lock that is held.
    struct Looks(&'static Suspects);

    impl Drop for Looks {
        fn drop(&mut self) {
            let (tell, told) = channel();
            let suspects = self.0;
            thread::spawn(move || {
                suspects.is_due(1);
                let _ = tell.send(());
            });
            let looked = told.recv_timeout(Duration::from_secs(10));
            assert!(looked.is_ok(), "dropped under the lock");
        }
    }

    #[test]
    fn what_a_body_has_returned_is_dropped_outside_of_the_lock() {
        let suspects: &'static Suspects = Box::leak(Box::default());
        let entry = || -> Arc<dyn AnyEntry> {
            let life = Life::new(clock::now(), None);
            Entry::new(
                1_u64,
                Meta::new(Generation::new(0, 0, Box::default()), life, BY_HAND, 0),
            )
        };
        let of =
            |entry: &_| Suspect::new(entry, Arc::new(Looks(suspects)), Duration::from_secs(60));
        let (one, other) = (entry(), entry());
        suspects.add(1, of(&one));
        suspects.add(1, of(&other)); // in the place of the first
        suspects.remove(1);
        suspects.add(2, of(&one));
        drop(one);
        suspects.add(3, of(&other)); // the entry of 2 is gone
        let entries: Vec<_> = (10..10 + MOST as u64).map(|hash| (hash, entry())).collect();
        for (hash, entry) in &entries {
            suspects.add(*hash, of(entry)); // one more than there is room for
        }
        assert!(suspects.by_key.lock().contains_key(&3));
    }
}
