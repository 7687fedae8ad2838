//! The loads that enclose the running code, and their dependencies so far.
//!
//! The list belongs to the thread. A task that moves between threads keeps its loads, because every poll enters them. Tasks that a
//! load spawns are outside of it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::trace::Span;

pub(crate) use self::deps::{Deps, LoadDeps, Offer};

mod deps;
pub(crate) mod request;

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

/// Whether the running code is part of the load of `flight`.
pub(crate) fn is_inside(flight: usize) -> bool {
    let inside = |frames: &Vec<Frame>| frames.iter().any(|frame| frame.flight == Some(flight));
    LOADING
        .try_with(|loading| inside(&loading.borrow()))
        .unwrap_or(false)
}

/// Whether the running code is part of a run that verifies. It may see what a change has not committed, so nobody keeps what it loads.
pub(crate) fn is_shadow() -> bool {
    let is_shadow = |frames: &Vec<Frame>| frames.iter().any(|frame| frame.deps.is_shadow());
    is_loading()
        && LOADING
            .try_with(|loading| is_shadow(&loading.borrow()))
            .unwrap_or(false)
}

/// Whether the running code is part of a load.
#[inline]
pub(crate) fn is_loading() -> bool {
    DEPTH.with(Cell::get) > 0
}

/// Whether somebody wants to know what the running code finds: a load around it, or the monitor of its request.
#[inline]
pub(crate) fn is_observed() -> bool {
    is_loading() | request::is_monitored()
}

/// Whether the innermost load around the running code depends on anything that can be invalidated.
#[cfg(feature = "http")]
pub(crate) fn depends() -> bool {
    let depends = |frame: &Frame| frame.deps.depends();
    LOADING
        .try_with(|loading| loading.borrow().last().is_some_and(depends))
        .unwrap_or(false)
}

/// Adds dependencies to the innermost load around the running code.
#[cold]
pub(crate) fn depend(on: &Deps) {
    if let Some(found) = innermost() {
        found.add(on);
    }
}

/// What the innermost load around the running code depends on so far.
pub(crate) fn innermost() -> Option<Arc<LoadDeps>> {
    let found = LOADING.try_with(|loading| {
        let loading = loading.borrow();
        loading.last().map(|frame| frame.deps.clone())
    });
    found.ok().flatten()
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
    span: Option<Span>,
    load: Pin<Box<F>>,
}

impl<F: Future> InLoad<F> {
    pub(crate) fn new(
        flight: Option<usize>,
        deps: &Arc<LoadDeps>,
        span: Option<Span>,
        load: F,
    ) -> Self {
        Self {
            flight,
            deps: deps.clone(),
            span,
            load: Box::pin(load),
        }
    }
}

impl<F: Future> Future for InLoad<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _inside = enter(self.flight, &self.deps);
        let span = self.span.clone();
        let _entered = span.as_ref().map(Span::enter);
        self.load.as_mut().poll(context)
    }
}
