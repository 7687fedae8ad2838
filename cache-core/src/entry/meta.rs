//! What is known of an entry beside its value: its life, and what it depends on.

use std::sync::Arc;

use super::origin::Origin;
use crate::clock::{self, Moment};
use crate::format::blob::Stamped;
use crate::generation::Generation;
use crate::policy::Life;
use crate::sync::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

/// What is known of an entry beside its value.
#[derive(Debug)]
pub struct Meta {
    pub(crate) generation: Generation,
    pub(crate) life: Life,
    /// When look-ups look closer, as bits: because it is due for a refresh, or because its use here ends.
    due: AtomicU64,
    /// When its use here ends, as bits: with its life, or earlier where a store must be asked again.
    until: AtomicU64,
    /// When a store must be asked again about the value, or about what it was made of, as bits. Its use here ends by then,
    /// and so does the use of what is made of it.
    bound: AtomicU64,
    /// The stamps that it was born under, where it lies in a store as well.
    stamped: Option<Arc<[Stamped]>>,
    pub(crate) origin: Origin,
    /// What it costs to keep, in bytes as far as they are known; zero where only the number of entries is bounded.
    pub(crate) weight: usize,
    /// Used since eviction last looked at it.
    used: AtomicBool,
    /// Whether what it was made of was stale: it is for those who wait for it, and nobody keeps it.
    is_tainted: bool,
    /// How many of its refreshes have failed one after another.
    failures: AtomicU8,
    /// Until when no other is tried, in sixteenths of a second of the clock.
    pause: AtomicU32,
}

impl Meta {
    /// That of an entry that is in no tier yet and lies in no store.
    pub(crate) fn new(generation: Generation, life: Life, origin: Origin, weight: usize) -> Self {
        Self {
            generation,
            life,
            due: AtomicU64::new(life.end().to_bits()),
            until: AtomicU64::new(life.end().to_bits()),
            bound: AtomicU64::new(Moment::NEVER.to_bits()),
            stamped: None,
            origin,
            weight,
            used: AtomicBool::new(false),
            is_tainted: false,
            failures: AtomicU8::new(0),
            pause: AtomicU32::new(0),
        }
    }

    /// The same of an entry that lies in a store under these stamps.
    pub(crate) fn stamped(self, stamped: Arc<[Stamped]>) -> Self {
        Self {
            stamped: Some(stamped),
            ..self
        }
    }

    /// The same of an entry that weighs this much.
    #[cfg(feature = "http")]
    pub(crate) fn weighing(self, weight: usize) -> Self {
        Self { weight, ..self }
    }

    /// When the entry was stored and how long it may be used.
    pub fn life(&self) -> Life {
        self.life
    }

    /// The same of an entry that was made of something stale, if it was.
    pub(crate) fn tainted(self, is_tainted: bool) -> Self {
        Self { is_tainted, ..self }
    }

    /// Whether it was made of something stale.
    pub(crate) fn is_tainted(&self) -> bool {
        self.is_tainted
    }

    /// When look-ups look closer.
    #[inline]
    pub(crate) fn due(&self) -> Moment {
        Moment::from_bits(self.due.load(Ordering::Relaxed))
    }

    /// When its use here ends.
    pub(crate) fn until(&self) -> Moment {
        Moment::from_bits(self.until.load(Ordering::Relaxed))
    }

    /// Ends its use here then, be it later or earlier than its life would, but not after its bound.
    pub(crate) fn use_until(&self, until: Moment) {
        let until = until.min(self.bound());
        self.until.store(until.to_bits(), Ordering::Relaxed);
        self.due_at(until);
    }

    /// Has look-ups look closer from then on, or earlier if its use here ends earlier.
    pub(crate) fn due_at(&self, due: Moment) {
        self.due
            .store(due.min(self.until()).to_bits(), Ordering::Relaxed);
    }

    /// When a store must be asked again; [`Moment::NEVER`] where no store has a part in it.
    pub(crate) fn bound(&self) -> Moment {
        Moment::from_bits(self.bound.load(Ordering::Relaxed))
    }

    /// Whether a store must be asked again before it serves any longer.
    pub(crate) fn is_unconfirmed(&self) -> bool {
        let bound = self.bound();
        bound != Moment::NEVER && clock::now() >= bound
    }

    /// Has a store asked again from `bound` on, in place of the bound that there was, and look-ups look closer from `due` on.
    pub(crate) fn bind(&self, bound: Moment, due: Moment) {
        self.bound.store(bound.to_bits(), Ordering::Relaxed);
        self.use_until(self.life.end());
        self.due_at(due);
    }

    /// Counts a refresh that has failed; gives the number of those in a row.
    pub(crate) fn count_failure(&self) -> u32 {
        let failures = self.failures.load(Ordering::Relaxed).saturating_add(1);
        self.failures.store(failures, Ordering::Relaxed);
        failures.into()
    }

    /// Tries no refresh before `until`.
    pub(crate) fn pause_until(&self, until: Moment) {
        self.pause
            .store(sixteenths(until).saturating_add(1), Ordering::Relaxed);
    }

    /// Takes over the pause of another copy of the same value.
    pub(crate) fn continue_pause_of(&self, other: &Self) {
        let (failures, pause) = (&other.failures, &other.pause);
        self.failures
            .store(failures.load(Ordering::Relaxed), Ordering::Relaxed);
        self.pause
            .store(pause.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Whether its last refresh has failed so recently that no other is to be tried.
    pub(crate) fn is_paused(&self, now: Moment) -> bool {
        sixteenths(now) < self.pause.load(Ordering::Relaxed)
    }

    /// The stamps that it was born under; `None` if it lies in no store.
    pub(crate) fn stamps(&self) -> Option<&[Stamped]> {
        self.stamped.as_deref()
    }

    /// Notes a use for eviction. A hot entry is written to once, not at every hit.
    #[inline]
    pub(crate) fn touch(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it was used since this was last called.
    pub(crate) fn take_used(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }
}

/// A moment as [`Meta`] has room for it; after eight years, the last that it can say.
fn sixteenths(moment: Moment) -> u32 {
    u32::try_from(moment.to_bits() >> 28).unwrap_or(u32::MAX)
}
