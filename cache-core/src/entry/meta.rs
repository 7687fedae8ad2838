//! What is known of an entry beside its value: its life, and what it depends on.

mod parts;

use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::cost::LoadCost;
use super::noted::NotedNames;
use super::origin::Origin;
use super::session::Session;
use super::sixteenths::sixteenths;
use super::uses::UseCount;
use crate::clock::{self, Moment};
use crate::format::blob::Stamped;
use crate::generation::Generation;
use crate::name::Name;
use crate::policy::{Life, RefreshPlan};
use crate::stats::Counters;
use crate::sync::{AtomicU8, AtomicU32, AtomicU64, Ordering};

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
    /// What is known of it where it lies in a store as well.
    stored: Option<Box<InStore>>,
    pub(crate) origin: Origin,
    /// What it costs to keep, in bytes as far as they are known; zero where only the number of entries is bounded.
    pub(crate) weight: usize,
    pub(super) uses: UseCount,
    pub(super) cost: LoadCost,
    /// Whether a hand has put it there, rather than a load.
    by_hand: bool,
    /// Whether what it was made of was stale: it is for those who wait for it, and nobody keeps it.
    is_tainted: bool,
    /// Whether something that it was made of ends with its life alone.
    has_aging_part: bool,
    /// How many of its refreshes have failed one after another.
    failures: AtomicU8,
    /// Until when no other is tried, in sixteenths of a second of the clock.
    pause: AtomicU32,
    /// When it is due, where its function learns that.
    planned: Option<Box<Planned>>,
    /// The names that invalidate it, where they are noted.
    names: NotedNames,
}

/// What is known of an entry that lies in a store as well.
#[derive(Debug)]
struct InStore {
    /// The stamps that it was born under.
    stamps: Box<[Stamped]>,
    /// When it is due for a refresh, whether or not the store must be asked earlier, as bits.
    due: AtomicU64,
    /// While this lasts, the store tells when the entry is no longer good.
    session: OnceCell<Arc<Session>>,
}

/// What is known of an entry whose function learns when it is due.
#[derive(Debug)]
struct Planned {
    plan: RefreshPlan,
    /// Where it counts as wasted if nobody uses it; `None` if its load was no refresh ahead of its time.
    early_for: Option<&'static Counters>,
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
            stored: None,
            origin,
            weight,
            uses: UseCount::default(),
            cost: LoadCost::UNKNOWN,
            by_hand: false,
            is_tainted: false,
            has_aging_part: false,
            failures: AtomicU8::new(0),
            pause: AtomicU32::new(0),
            planned: None,
            names: NotedNames::default(),
        }
    }

    /// The same of an entry that lies in a store under these stamps.
    pub(crate) fn stamped(self, stamps: Box<[Stamped]>) -> Self {
        let stored = InStore {
            stamps,
            due: AtomicU64::new(self.due().to_bits()),
            session: OnceCell::new(),
        };
        Self {
            stored: Some(Box::new(stored)),
            ..self
        }
    }

    /// The same of an entry that these names invalidate, for CDNs.
    pub(crate) fn named(self, names: impl FnOnce() -> Vec<Name>) -> Self {
        let names = NotedNames::of(names);
        Self { names, ..self }
    }

    /// The names that invalidate it; [`ANY`](crate::cdn::ANY) if nobody has noted them.
    pub(crate) fn names(&self) -> &[Name] {
        self.names.all()
    }

    /// The same of an entry that weighs this much.
    #[cfg(feature = "http")]
    pub(crate) fn weighing(self, weight: usize) -> Self {
        Self { weight, ..self }
    }

    /// The same of an entry whose function learns when it is due. One that was refreshed ahead of its time counts there if
    /// nobody uses it.
    pub(crate) fn planned(self, plan: RefreshPlan, early_for: Option<&'static Counters>) -> Self {
        let planned = (plan != RefreshPlan::NONE || early_for.is_some()).then(|| {
            let planned = Planned { plan, early_for };
            Box::new(planned)
        });
        Self { planned, ..self }
    }

    /// When it is due, if its function learns that.
    pub(crate) fn plan(&self) -> RefreshPlan {
        let planned = self.planned.as_ref();
        planned.map_or(RefreshPlan::NONE, |planned| planned.plan)
    }

    /// Notes that its tier has it no longer.
    pub(crate) fn left(&self) {
        if let Some(planned) = &self.planned
            && let Some(counters) = planned.early_for
            && !self.uses.are_any()
        {
            counters.wasted();
        }
    }

    /// When the entry was stored and how long it may be used.
    pub fn life(&self) -> Life {
        self.life
    }

    /// The same of an entry that a hand puts there in the place of a load.
    pub(crate) fn put_by_hand(self) -> Self {
        Self {
            by_hand: true,
            ..self
        }
    }

    /// Whether a hand has put it there in the place of a load.
    pub(crate) fn is_by_hand(&self) -> bool {
        self.by_hand
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
        self.due.store(until.to_bits(), Ordering::Relaxed);
    }

    /// Has look-ups look closer from then on, or earlier if its use here ends earlier.
    pub(crate) fn due_at(&self, due: Moment) {
        if let Some(stored) = &self.stored {
            stored.due.store(due.to_bits(), Ordering::Relaxed);
        }
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
        bound != Moment::NEVER && clock::now() >= bound && !self.renew()
    }

    /// The store tells from now on when the entry is no longer good, while this session lasts.
    pub(crate) fn arm(&self, session: Arc<Session>) {
        if let Some(stored) = &self.stored {
            // An entry is armed once, by whoever has put it here.
            let _ = stored.session.set(session);
        }
    }

    /// Moves its bound to the end of the session in which the store reports changes; returns whether there is one that lasts.
    pub(crate) fn renew(&self) -> bool {
        let Some(stored) = &self.stored else {
            return false;
        };
        let Some(session) = stored.session.get() else {
            return false;
        };
        let until = session.until();
        if clock::now() >= until {
            return false;
        }
        let due = Moment::from_bits(stored.due.load(Ordering::Relaxed));
        self.bind(until, due);
        true
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
        Some(&self.stored.as_ref()?.stamps)
    }

    /// Whether its life and its dependencies are simple enough for the table of its tier.
    pub(super) fn is_plain(&self) -> bool {
        let is_settled = self.failures.load(Ordering::Relaxed) == 0
            && self.until() == self.life.end()
            && self.due() == self.until();
        let is_made_here = self.stored.is_none() && self.bound() == Moment::NEVER;
        let is_noted = self.names.are_noted() || self.planned.is_some();
        is_settled && is_made_here && !is_noted && !self.is_tainted && !self.has_aging_part
    }

    /// The same of an entry whose load took so long.
    pub(crate) fn costing(self, cost: LoadCost) -> Self {
        Self { cost, ..self }
    }

    /// The same of an entry that was used so often.
    pub(super) fn used(self, uses: UseCount) -> Self {
        Self { uses, ..self }
    }
}
