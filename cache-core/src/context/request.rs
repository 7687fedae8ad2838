//! What one request asks of caches, for a monitor around it.
//!
//! It belongs to the thread, like the loads. A request that moves between threads keeps it, because every poll enters it. Tasks that it
//! spawns are outside, unless they ask for it.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::sync::Mutex;

thread_local! {
    static HERE: RefCell<Option<Arc<RequestCounts>>> = const { RefCell::new(None) };
    /// Whether there is one. Every hit reads it, which is cheaper than a thread local with a destructor.
    static IS_MONITORED: Cell<bool> = const { Cell::new(false) };
}

/// What a request has asked of caches so far.
#[derive(Debug, Default)]
pub(crate) struct RequestCounts {
    hits: AtomicU64,
    stale: AtomicU64,
    misses: AtomicU64,
    load_nanos: AtomicU64,
    /// In debug builds, which bodies ran: their function and the hash of their key.
    ran: Mutex<HashSet<(usize, u64)>>,
    repeated: AtomicU64,
}

/// The same, as it is read at the end of the request.
#[cfg(any(test, all(feature = "layer", feature = "tracing")))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestTotals {
    pub(crate) hits: u64,
    pub(crate) stale: u64,
    pub(crate) misses: u64,
    /// How long loads took, those inside of others included.
    pub(crate) loading: Duration,
    /// Bodies that ran again with the arguments of an earlier run; always zero in release builds.
    pub(crate) repeated: u64,
}

#[cfg(any(test, all(feature = "layer", feature = "tracing")))]
impl RequestCounts {
    pub(crate) fn read(&self) -> RequestTotals {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        RequestTotals {
            hits: read(&self.hits),
            stale: read(&self.stale),
            misses: read(&self.misses),
            loading: Duration::from_nanos(read(&self.load_nanos)),
            repeated: read(&self.repeated),
        }
    }
}

/// Whether a monitor counts what the running code asks of caches.
#[inline]
pub(crate) fn is_monitored() -> bool {
    IS_MONITORED.with(Cell::get)
}

/// The counts of the request that the running code belongs to.
pub(crate) fn here() -> Option<Arc<RequestCounts>> {
    if !is_monitored() {
        return None;
    }
    HERE.try_with(|here| here.borrow().clone()).ok().flatten()
}

fn add(counter: impl FnOnce(&RequestCounts) -> &AtomicU64, more: u64) {
    if let Some(counts) = here() {
        counter(&counts).fetch_add(more, Ordering::Relaxed);
    }
}

/// Notes a hit.
pub(crate) fn note_hit() {
    add(|counts| &counts.hits, 1);
}

/// Notes that a value serves past its life.
pub(crate) fn note_stale() {
    add(|counts| &counts.stale, 1);
}

pub(crate) fn note_miss() {
    add(|counts| &counts.misses, 1);
}

pub(crate) fn note_load(took: Duration) {
    add(
        |counts| &counts.load_nanos,
        u64::try_from(took.as_nanos()).unwrap_or(u64::MAX),
    );
}

/// Notes in debug builds that a body runs; returns whether it ran in this request before, with the same arguments.
pub(crate) fn note_run(function: usize, hash: u64) -> bool {
    if !cfg!(debug_assertions) {
        return false;
    }
    let Some(counts) = here() else { return false };
    let is_repeated = !counts.ran.lock().insert((function, hash));
    if is_repeated {
        counts.repeated.fetch_add(1, Ordering::Relaxed);
    }
    is_repeated
}

/// Runs as a part of a request, or outside of any.
pub(crate) fn run<R>(counts: Option<Arc<RequestCounts>>, work: impl FnOnce() -> R) -> R {
    let _former = FormerRequest(enter(counts));
    work()
}

/// Makes this the request of the running code; returns the former one.
fn enter(counts: Option<Arc<RequestCounts>>) -> Option<Arc<RequestCounts>> {
    IS_MONITORED.set(counts.is_some());
    let former = HERE.try_with(|here| here.replace(counts));
    former.ok().flatten()
}

/// The former request, which is restored on drop.
struct FormerRequest(Option<Arc<RequestCounts>>);

impl Drop for FormerRequest {
    fn drop(&mut self) {
        drop(enter(self.0.take()));
    }
}

/// A future that is a part of a request.
#[must_use = "a future does nothing unless it is polled"]
pub struct InRequest<F> {
    counts: Option<Arc<RequestCounts>>,
    future: Pin<Box<F>>,
}

impl<F> InRequest<F> {
    pub(crate) fn new(counts: Option<Arc<RequestCounts>>, future: F) -> Self {
        Self {
            counts,
            future: Box::pin(future),
        }
    }
}

impl<F: Future> Future for InRequest<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let counts = self.counts.clone();
        run(counts, || self.future.as_mut().poll(context))
    }
}

impl<F> std::fmt::Debug for InRequest<F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("InRequest").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_belongs_to_the_request_around_it() {
        let (outer, inner) = (
            Arc::new(RequestCounts::default()),
            Arc::new(RequestCounts::default()),
        );
        note_hit();
        run(Some(outer.clone()), || {
            note_hit();
            run(Some(inner.clone()), note_miss);
            run(None, note_hit);
            note_hit();
        });
        note_hit();
        let counts = |counts: &RequestCounts| (counts.read().hits, counts.read().misses);
        assert_eq!((counts(&outer), counts(&inner)), ((2, 0), (0, 1)));
        assert!(!is_monitored());
    }

    #[test]
    fn a_panic_leaves_the_request() {
        let counts = Arc::new(RequestCounts::default());
        let panics = || run(Some(counts), || panic!("on purpose"));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).unwrap_err();
        assert!(!is_monitored());
    }
}
