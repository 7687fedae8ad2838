//! A value under a lock, and the tasks and threads that wait for it to change.
//!
//! The end of a load wakes **all** its waiters. Waking one that then wakes the next would need fewer wake-ups, but the progress of all
//! would depend on one task being polled, and a task that waits inside a `select!` may not be. If one permit becomes free, only one
//! waiter is woken: a thousand that compete for it would only disturb each other.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
#[cfg(not(cache_loom))]
use std::{pin::pin, sync::Arc, thread};

use crate::clock::{self, Moment};
use crate::sync::Mutex;
#[cfg(not(cache_loom))]
use crate::sync::{AtomicBool, Ordering};

/// A value and its waiters.
#[derive(Debug)]
pub(crate) struct WaitCell<S>(Mutex<Guarded<S>>);

#[derive(Debug)]
struct Guarded<S> {
    state: S,
    next: u64,
    /// The oldest first.
    wakers: BTreeMap<u64, Waker>,
}

impl<S> WaitCell<S> {
    pub(crate) fn new(state: S) -> Self {
        Self(Mutex::new(Guarded {
            state,
            next: 0,
            wakers: BTreeMap::new(),
        }))
    }

    /// Changes the value and wakes all waiters.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let mut guarded = self.0.lock();
        let result = change(&mut guarded.state);
        let wakers = std::mem::take(&mut guarded.wakers);
        drop(guarded);
        for waker in wakers.into_values() {
            wake(waker);
        }
        result
    }

    /// Changes the value for one waiter, and wakes the one that has waited longest. If that one is dropped before it has looked, it wakes
    /// the next.
    pub(crate) fn update_for_one<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let mut guarded = self.0.lock();
        let result = change(&mut guarded.state);
        let oldest = guarded.wakers.pop_first();
        drop(guarded);
        if let Some((_, waker)) = oldest {
            wake(waker);
        }
        result
    }

    /// Waits until `ready`, which is called at once and after each change, returns something; `None` once `deadline` has come.
    pub(crate) fn until<T, F>(&self, deadline: Moment, ready: F) -> Wait<'_, S, F>
    where
        F: FnMut(&mut S) -> Option<T> + Unpin,
    {
        Wait {
            cell: self,
            ready,
            deadline,
            ticket: None,
            #[cfg(not(cache_loom))]
            alarm: None,
        }
    }
}

/// Waits for a time.
pub(crate) async fn pause(time: std::time::Duration) {
    let never = WaitCell::new(());
    never.until(clock::now().after(time), |()| None::<()>).await;
}

/// The future of [`WaitCell::until`].
pub(crate) struct Wait<'a, S, F> {
    cell: &'a WaitCell<S>,
    ready: F,
    deadline: Moment,
    ticket: Option<u64>,
    #[cfg(not(cache_loom))]
    alarm: Option<crate::timer::Alarm>,
}

impl<S, T, F: FnMut(&mut S) -> Option<T> + Unpin> Future for Wait<'_, S, F> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        // Outside of the lock: cloning or dropping a waker runs foreign code.
        let waker = context.waker().clone();
        let mut guarded = this.cell.0.lock();
        if let Some(value) = (this.ready)(&mut guarded.state) {
            let former = this
                .ticket
                .take()
                .and_then(|ticket| guarded.wakers.remove(&ticket));
            drop(guarded);
            drop((former, waker));
            return Poll::Ready(Some(value));
        }
        if clock::now() >= this.deadline {
            return Poll::Ready(None);
        }
        let ticket = *this.ticket.get_or_insert_with(|| {
            guarded.next += 1;
            guarded.next
        });
        let former = guarded.wakers.insert(ticket, waker);
        drop(guarded);
        drop(former);
        #[cfg(not(cache_loom))]
        if this.deadline != Moment::NEVER {
            this.alarm = Some(crate::timer::Alarm::set(this.deadline, context.waker()));
        }
        Poll::Pending
    }
}

impl<S, F> Drop for Wait<'_, S, F> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut guarded = self.cell.0.lock();
        let waker = guarded.wakers.remove(&ticket);
        // It was woken and dropped before it could look: the next one is woken.
        let next = if waker.is_none() {
            guarded.wakers.pop_first()
        } else {
            None
        };
        drop(guarded);
        drop(waker);
        if let Some((_, next)) = next {
            wake(next);
        }
    }
}

/// Wakes them, even if one panics.
fn wake(waker: Waker) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| waker.wake()));
}

#[cfg(cache_loom)]
pub(crate) use loom::future::block_on;

/// Runs a future on this thread, which sleeps while the future waits.
#[cfg(not(cache_loom))]
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    // Most are done at once, and then nobody is to be woken.
    let mut nobody = Context::from_waker(Waker::noop());
    if let Poll::Ready(output) = future.as_mut().poll(&mut nobody) {
        return output;
    }
    let parker = Parker::new();
    let waker = Waker::from(parker.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        while !parker.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

/// [`block_on`] for about this long by the system's clock; `None` if the future is not done then. It is for futures that wake once,
/// when they are done: each wake-up restarts the time.
#[cfg(all(feature = "runtime", not(cache_loom)))]
pub(crate) fn block_on_for<F: Future>(future: F, time: std::time::Duration) -> Option<F::Output> {
    let mut future = pin!(future);
    let parker = Parker::new();
    let waker = Waker::from(parker.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        if !parker.woken.swap(false, Ordering::Acquire) {
            thread::park_timeout(time);
            if !parker.woken.swap(false, Ordering::Acquire) {
                return None;
            }
        }
    }
}

#[cfg(not(cache_loom))]
struct Parker {
    thread: thread::Thread,
    woken: AtomicBool,
}

#[cfg(not(cache_loom))]
impl Parker {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            thread: thread::current(),
            woken: AtomicBool::new(false),
        })
    }
}

#[cfg(not(cache_loom))]
impl std::task::Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
