//! The loads that enclose the running code, and their dependencies so far.
//!
//! The list belongs to the thread. A task that moves between threads keeps its loads, because every poll enters them. Tasks that a
//! load spawns are outside of it.

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
    /// The length of the list. Every hit reads it, which is cheaper than a thread local with a destructor.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// One load that encloses the running code.
#[derive(Clone)]
struct Frame {
    /// Its flight; none for a refresh.
    flight: Option<usize>,
    deps: Arc<LoadDeps>,
}

/// The dependencies of a load beyond its own names: the cached values that it has used so far.
#[derive(Debug, Default)]
pub(crate) struct LoadDeps(Mutex<Deps>);

/// Names that a value depends on, and the epoch of these dependencies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deps {
    /// The earliest epoch after which the parts of the value must not have changed; none if no part has names.
    pub(crate) epoch: Option<u64>,
    pub(crate) slots: Vec<Slot>,
    /// The stamps of names that lie in a store, each with the cache it belongs to.
    pub(crate) stamped: Vec<(NameScope, Stamped)>,
    /// Whether there are names with unknown stamps, whose invalidation a store cannot detect.
    pub(crate) unstamped: bool,
    /// The earliest moment at which a store must be asked again about a part; `None` if no part is in a store.
    pub(crate) bound: Option<Moment>,
    /// Whether a part is stale, or a fallback: the result is for the callers that wait, and is not kept.
    pub(crate) is_tainted: bool,
}

impl Deps {
    /// Those of an entry, whose names have stamps if it is in a store. `since` is the latest epoch at which the entry was valid, rather
    /// than that of its load: otherwise a value that is made of an old valid entry after an invalidation would seem older than the
    /// invalidation, and would not be kept.
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
            is_tainted: false,
        }
    }

    /// Those of an entry that was found in this tier.
    pub(crate) fn of_entry(near: &Core, entry: &Meta) -> Self {
        Self::in_tier(near, &entry.generation, near.since(entry), entry.stamps())
            .until(entry.bound())
            .tainted_if(entry.is_tainted())
    }

    /// The same, of something stale if `is_tainted`.
    pub(crate) fn tainted_if(mut self, is_tainted: bool) -> Self {
        self.is_tainted |= is_tainted;
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
        self.is_tainted |= other.is_tainted;
        for slot in &other.slots {
            // Sorted, so that adding thousands stays fast.
            if let Err(at) = self.slots.binary_search(slot) {
                self.slots.insert(at, *slot);
            }
        }
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

fn add_new<T: Copy + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(*one);
        }
    }
}

impl LoadDeps {
    /// The dependencies so far.
    pub(crate) fn read(&self) -> Deps {
        self.0.lock().clone()
    }

    /// Whether a dependency so far was stale.
    pub(crate) fn is_tainted(&self) -> bool {
        self.0.lock().is_tainted
    }

    /// When a store must be asked again about the dependencies so far.
    pub(crate) fn bound(&self) -> Moment {
        self.0.lock().bound.unwrap_or(Moment::NEVER)
    }
}

/// Whether the running code is part of the load of `flight`.
pub(crate) fn is_inside(flight: usize) -> bool {
    let inside = |frames: &Vec<Frame>| frames.iter().any(|frame| frame.flight == Some(flight));
    LOADING
        .try_with(|loading| inside(&loading.borrow()))
        .unwrap_or(false)
}

/// Whether the running code is part of a load.
#[inline]
pub(crate) fn is_loading() -> bool {
    DEPTH.with(Cell::get) > 0
}

/// Whether the innermost load around the running code depends on anything that can be invalidated.
#[cfg(feature = "http")]
pub(crate) fn depends() -> bool {
    let depends = |frame: &Frame| frame.deps.0.lock().epoch.is_some();
    LOADING
        .try_with(|loading| loading.borrow().last().is_some_and(depends))
        .unwrap_or(false)
}

/// Adds dependencies to the innermost load around the running code.
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

/// Makes the running code part of a load until the guard is dropped.
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

/// The loads that enclosed a call, for a part of it that runs elsewhere.
#[derive(Default)]
pub(crate) struct EnclosingLoads(Vec<Frame>);

impl EnclosingLoads {
    /// Those of the running code.
    pub(crate) fn here() -> Self {
        let frames = LOADING.try_with(|loading| loading.borrow().clone());
        Self(frames.unwrap_or_default())
    }

    /// Makes the running code part of them until the guards are dropped.
    pub(crate) fn enter(&self) -> Vec<LoadScope> {
        let frames = self.0.iter();
        frames
            .map(|frame| enter(frame.flight, &frame.deps))
            .collect()
    }
}

/// The guard of [`enter`].
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

/// The future of a load, every poll of which is part of the load.
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
