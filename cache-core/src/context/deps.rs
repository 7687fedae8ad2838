//! What a load depends on beyond its own names.

use std::sync::Arc;

use crate::cdn::{self, ANY};
use crate::clock::Moment;
use crate::entry::{AnyEntry, EntryRef};
use crate::far::BESIDE;
use crate::format::blob::Stamped;
use crate::marks::Slot;
use crate::name::{Name, NameScope};
use crate::near::Core;
use crate::sync::Mutex;

/// The dependencies of a load beyond its own names: the cached values that it has used so far.
#[derive(Debug, Default)]
pub(crate) struct LoadDeps {
    so_far: Mutex<Deps>,
    /// Whether it is a run that verifies: nobody keeps what the loads inside of it bring.
    is_shadow: bool,
    /// The value that the load replaces, until its body takes it.
    offer: Mutex<Option<Offer>>,
}

/// The value that a load replaces, and what a load depends on that returns it again.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) old: Arc<dyn AnyEntry>,
    pub(crate) deps: Deps,
}

/// Names that a value depends on, and the epoch of these dependencies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deps {
    /// The earliest epoch after which the parts of the value must not have changed; none if no part has names.
    pub(crate) epoch: Option<u64>,
    pub(crate) slots: Vec<Slot>,
    /// The names of the slots, for CDNs, where names are noted: sorted, and with [`ANY`] if some are not known.
    pub(crate) names: Vec<Name>,
    /// The stamps of names that lie in a store, each with the cache it belongs to.
    pub(crate) stamped: Vec<(NameScope, Stamped)>,
    /// Whether there are names with unknown stamps, whose invalidation a store cannot detect.
    pub(crate) unstamped: bool,
    /// The earliest moment at which a store must be asked again about a part; `None` if no part is in a store.
    pub(crate) bound: Option<Moment>,
    /// Whether a part is stale, or a fallback: the result is for the callers that wait, and is not kept.
    pub(crate) is_tainted: bool,
    /// Whether a part has no end but that of its life, so that nothing but time tells that it is old.
    pub(crate) ages: bool,
}

impl Deps {
    /// Those of a part with these slots, whose names have stamps if it is in a store. `since` is the latest epoch at which the part was
    /// valid, rather than that of its load: otherwise a value that is made of an old valid part after an invalidation would seem older
    /// than the invalidation, and would not be kept.
    pub(crate) fn of(
        slots: &[Slot],
        since: u64,
        stamped: Option<&[Stamped]>,
        scope: NameScope,
    ) -> Self {
        let slots = slots.to_vec();
        let stamps = stamped.unwrap_or_default().iter();
        Self {
            epoch: (!slots.is_empty()).then_some(since),
            unstamped: !slots.is_empty() && stamped.is_none(),
            names: unknown(&slots),
            slots,
            stamped: stamps
                .filter(|stamped| stamped.name != BESIDE)
                .map(|stamped| (scope, *stamped))
                .collect(),
            bound: None,
            is_tainted: false,
            ages: false,
        }
    }

    /// Those of an entry that was found in this tier.
    pub(crate) fn of_entry(near: &Core, entry: EntryRef<'_>) -> Self {
        let slots = entry.generation().slots;
        Self::in_tier(near, slots, near.since(entry), entry.stamps())
            .named(entry.names().iter().copied().chain([near.name()]))
            .until(entry.bound())
            .tainted_if(entry.is_tainted())
            .aging_if(entry.ages())
    }

    /// The same, with the names of all its slots.
    pub(crate) fn named(mut self, names: impl IntoIterator<Item = Name>) -> Self {
        if cdn::notes_names() {
            self.names = names.into_iter().collect();
            self.names.sort_unstable();
            self.names.dedup();
        }
        self
    }

    /// The same, of something stale if `is_tainted`.
    pub(crate) fn tainted_if(mut self, is_tainted: bool) -> Self {
        self.is_tainted |= is_tainted;
        self
    }

    /// The same, of something that only the end of its life renews if `ages`.
    pub(crate) fn aging_if(mut self, ages: bool) -> Self {
        self.ages |= ages;
        self
    }

    /// Dependencies with this bound and without names.
    pub(crate) fn bounded(bound: Moment) -> Self {
        Self::default().until(bound)
    }

    /// The same, with `bound` if that is earlier.
    pub(crate) fn until(mut self, bound: Moment) -> Self {
        self.bound = earliest(self.bound, (bound != Moment::NEVER).then_some(bound));
        self
    }

    /// [`of`](Self::of) what is kept in this tier: it depends on the whole of it as well. That has no stamp, and keeps nothing
    /// out of a store: what lies there does not go with a clear of what it was made of, unless they share a name that the
    /// store knows.
    pub(crate) fn in_tier(
        near: &Core,
        slots: &[Slot],
        since: u64,
        stamped: Option<&[Stamped]>,
    ) -> Self {
        let mut own = Self::of(slots, since, stamped, near.scope());
        own.epoch = Some(since);
        own.slots.push(near.whole());
        own.names = unknown(&own.slots);
        own
    }

    fn add(&mut self, other: &Self) {
        self.epoch = earliest(self.epoch, other.epoch);
        self.bound = earliest(self.bound, other.bound);
        self.unstamped |= other.unstamped;
        self.is_tainted |= other.is_tainted;
        self.ages |= other.ages;
        add_sorted(&mut self.slots, &other.slots);
        add_sorted(&mut self.names, &other.names);
        add_new(&mut self.stamped, &other.stamped);
    }
}

/// The earlier of two optional moments.
fn earliest<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Sorted, so that adding thousands stays fast.
fn add_sorted<T: Copy + Ord>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if let Err(at) = all.binary_search(one) {
            all.insert(at, *one);
        }
    }
}

/// The names of slots that nobody has named.
fn unknown(slots: &[Slot]) -> Vec<Name> {
    let are_missing = cdn::notes_names() && !slots.is_empty();
    are_missing.then_some(ANY).into_iter().collect()
}

fn add_new<T: Copy + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(*one);
        }
    }
}

impl LoadDeps {
    /// Those of a run that verifies.
    pub(crate) fn of_shadow() -> Self {
        Self {
            is_shadow: true,
            ..Self::default()
        }
    }

    /// Whether they are those of a run that verifies.
    pub(super) fn is_shadow(&self) -> bool {
        self.is_shadow
    }

    /// Whether a part so far ends with its life alone.
    pub(crate) fn ages(&self) -> bool {
        self.so_far.lock().ages
    }

    /// The dependencies so far.
    pub(crate) fn read(&self) -> Deps {
        self.so_far.lock().clone()
    }

    /// Adds dependencies, wherever the load runs.
    pub(crate) fn add(&self, on: &Deps) {
        self.so_far.lock().add(on);
    }

    /// Has the value that the load replaces ready for its body.
    pub(crate) fn offer(&self, offer: Offer) {
        *self.offer.lock() = Some(offer);
    }

    /// The value that the load replaces, once.
    pub(crate) fn take_offer(&self) -> Option<Offer> {
        self.offer.lock().take()
    }

    /// Whether a dependency so far can be invalidated.
    #[cfg(feature = "http")]
    pub(crate) fn depends(&self) -> bool {
        self.so_far.lock().epoch.is_some()
    }

    /// Whether a dependency so far was stale.
    pub(crate) fn is_tainted(&self) -> bool {
        self.so_far.lock().is_tainted
    }

    /// When a store must be asked again about the dependencies so far.
    pub(crate) fn bound(&self) -> Moment {
        self.so_far.lock().bound.unwrap_or(Moment::NEVER)
    }
}
