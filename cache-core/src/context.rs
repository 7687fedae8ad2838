//! What this thread is loading at this moment: the loads that enclose the code that runs now, and what they have come to
//! depend on.
//!
//! A task that moves between threads carries its list along, because the list is put in place around every poll. What a load
//! spawns is outside of it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::clock::Moment;
use crate::entry::Meta;
use crate::far::BESIDE;
use crate::format::blob::Stamped;
use crate::generation::Generation;
use crate::marks::Slot;
use crate::name::NameScope;
use crate::near::Core;
use crate::sync::Mutex;

thread_local! {
    static LOADING: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
    /// How many loads are on the list: what every hit asks for, without the state of a list that must be dropped.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// One load that encloses the code that runs now.
struct Frame {
    /// The flight that it ends; none for a refresh.
    flight: Option<usize>,
    deps: Arc<LoadDeps>,
}

/// What a load depends on beyond its own names: the cached values that have gone into it, collected while it runs.
#[derive(Debug, Default)]
pub(crate) struct LoadDeps(Mutex<Deps>);

/// Names that a value depends on, and since when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deps {
    /// The earliest moment since which nothing that the value was made of may have changed; none if nothing of it has names.
    pub(crate) epoch: Option<u64>,
    pub(crate) slots: Vec<Slot>,
    /// The stamps of names that lie in a store, each with the cache it belongs to.
    pub(crate) stamped: Vec<(NameScope, Stamped)>,
    /// There are names whose stamps are not known: no store can tell when they are invalidated.
    pub(crate) unstamped: bool,
    /// The earliest moment at which a store must be asked again about what went in; `None` if no store holds any of it.
    pub(crate) bound: Option<Moment>,
}

impl Deps {
    /// Those of an entry: its names have stamps if it lies in a store. An old entry that is live at a later moment says as much
    /// as one that was loaded then; were its own epoch taken, what is made of it would count as older than the invalidation that
    /// it is the answer to, and would not be kept.
    pub(crate) fn of(
        generation: &Generation,
        since: u64,
        stamped: Option<&[Stamped]>,
        scope: NameScope,
    ) -> Self {
        let slots = generation.slots().to_vec();
        let stamps = stamped.unwrap_or_default().iter();
        Self {
            epoch: (!slots.is_empty()).then_some(since),
            unstamped: !slots.is_empty() && stamped.is_none(),
            slots,
            stamped: stamps
                .filter(|stamped| stamped.name != BESIDE)
                .map(|stamped| (scope, *stamped))
                .collect(),
            bound: None,
        }
    }

    /// Those of an entry that was found in this tier.
    pub(crate) fn of_entry(near: &Core, entry: &Meta) -> Self {
        Self::in_tier(near, &entry.generation, near.since(entry), entry.stamps())
            .until(entry.bound())
    }

    /// No names, and this bound.
    pub(crate) fn bounded(bound: Moment) -> Self {
        Self::default().until(bound)
    }

    /// The same, used no longer than until `bound`.
    pub(crate) fn until(mut self, bound: Moment) -> Self {
        self.bound = earliest(self.bound, (bound != Moment::NEVER).then_some(bound));
        self
    }

    /// [`of`](Self::of) what is kept in this tier: it depends on the whole of it as well. That has no stamp, and keeps nothing
    /// out of a store: what lies there does not go with a clear of what it was made of, unless they share a name that the
    /// store knows.
    pub(crate) fn in_tier(
        near: &Core,
        generation: &Generation,
        since: u64,
        stamped: Option<&[Stamped]>,
    ) -> Self {
        let mut own = Self::of(generation, since, stamped, near.scope());
        own.epoch = Some(since);
        own.slots.push(near.whole());
        own
    }

    fn add(&mut self, other: &Self) {
        self.epoch = earliest(self.epoch, other.epoch);
        self.bound = earliest(self.bound, other.bound);
        self.unstamped |= other.unstamped;
        for slot in &other.slots {
            // In order, so that thousands are added in time.
            if let Err(at) = self.slots.binary_search(slot) {
                self.slots.insert(at, *slot);
            }
        }
        add_new(&mut self.stamped, &other.stamped);
    }
}

/// The earlier of two, where there are two.
fn earliest<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn add_new<T: Copy + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(*one);
        }
    }
}

impl LoadDeps {
    /// What was found so far.
    pub(crate) fn read(&self) -> Deps {
        self.0.lock().clone()
    }

    /// When a store must be asked again about what was found so far.
    pub(crate) fn bound(&self) -> Moment {
        self.0.lock().bound.unwrap_or(Moment::NEVER)
    }
}

/// Whether the code that runs now is part of the load of `flight`.
pub(crate) fn is_inside(flight: usize) -> bool {
    let inside = |frames: &Vec<Frame>| frames.iter().any(|frame| frame.flight == Some(flight));
    LOADING
        .try_with(|loading| inside(&loading.borrow()))
        .unwrap_or(false)
}

/// Whether the code that runs now is part of any load.
#[inline]
pub(crate) fn is_loading() -> bool {
    DEPTH.with(Cell::get) > 0
}

/// Whether the load that the code is part of, the innermost one, has come to depend on anything that can be invalidated.
#[cfg(feature = "http")]
pub(crate) fn depends() -> bool {
    let depends = |frame: &Frame| frame.deps.0.lock().epoch.is_some();
    LOADING
        .try_with(|loading| loading.borrow().last().is_some_and(depends))
        .unwrap_or(false)
}

/// The load that the code is part of, the innermost one, depends on these from now on.
#[cold]
pub(crate) fn depend(on: &Deps) {
    let found = LOADING.try_with(|loading| {
        let loading = loading.borrow();
        loading.last().map(|frame| frame.deps.clone())
    });
    if let Ok(Some(found)) = found {
        found.0.lock().add(on);
    }
}

/// Marks what runs until the guard is dropped as part of a load.
pub(crate) fn enter(flight: Option<usize>, deps: &Arc<LoadDeps>) -> LoadScope {
    let frame = Frame {
        flight,
        deps: deps.clone(),
    };
    let _ = LOADING.try_with(|loading| {
        let mut loading = loading.borrow_mut();
        loading.push(frame);
        DEPTH.set(loading.len());
    });
    LoadScope(deps.clone())
}

/// The guard of [`enter`]: code is part of the load until it is dropped.
pub struct LoadScope(Arc<LoadDeps>);

impl Drop for LoadScope {
    fn drop(&mut self) {
        let left = LOADING.try_with(|loading| {
            let mut loading = loading.borrow_mut();
            let own = |frame: &Frame| Arc::ptr_eq(&frame.deps, &self.0);
            let left = loading.iter().rposition(own).map(|at| loading.remove(at));
            DEPTH.set(loading.len());
            left
        });
        drop(left);
    }
}

/// The future of a load: every poll of it is marked as part of it.
pub struct InLoad<F> {
    flight: Option<usize>,
    deps: Arc<LoadDeps>,
    load: Pin<Box<F>>,
}

impl<F: Future> InLoad<F> {
    pub(crate) fn new(flight: Option<usize>, deps: &Arc<LoadDeps>, load: F) -> Self {
        Self {
            flight,
            deps: deps.clone(),
            load: Box::pin(load),
        }
    }
}

impl<F: Future> Future for InLoad<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _inside = enter(self.flight, &self.deps);
        self.load.as_mut().poll(context)
    }
}
