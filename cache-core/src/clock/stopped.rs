//! Clocks that were stopped, each for the threads that entered it.

use std::cell::RefCell;
#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
#[cfg(feature = "tokio")]
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use super::{Moment, published};
use crate::sync::Mutex;

thread_local! {
    static HERE: RefCell<Vec<Arc<Stopped>>> = const { RefCell::new(Vec::new()) };
}

/// A clock that moves by hand alone.
#[derive(Debug)]
pub(crate) struct Stopped(Mutex<ClockState>);

#[derive(Debug)]
struct ClockState {
    now: Moment,
    wall: SystemTime,
    next: u64,
    alarms: Vec<(u64, Moment, Waker)>,
}

/// The stopped clock that this thread has entered last.
pub(crate) fn here() -> Option<Arc<Stopped>> {
    if published::is_running() {
        return None;
    }
    HERE.try_with(|here| here.borrow().last().cloned())
        .ok()
        .flatten()
}

impl Stopped {
    /// A clock that stands at this moment.
    pub(crate) fn now_and_here() -> Arc<Self> {
        let (now, wall) = (super::now(), super::wall());
        Arc::new(Self(Mutex::new(ClockState {
            now,
            wall,
            next: 0,
            alarms: Vec::new(),
        })))
    }

    /// A clock that stands at this moment, at the beginning of the wall clock.
    #[cfg(test)]
    pub(crate) fn at(now: Moment) -> Arc<Self> {
        Arc::new(Self(Mutex::new(ClockState {
            now,
            wall: SystemTime::UNIX_EPOCH,
            next: 0,
            alarms: Vec::new(),
        })))
    }

    /// The moment that somebody waits for next.
    #[cfg(test)]
    pub(crate) fn next_alarm(&self) -> Option<Moment> {
        self.0.lock().alarms.iter().map(|(_, at, _)| *at).min()
    }

    pub(crate) fn now(&self) -> Moment {
        self.0.lock().now
    }

    pub(crate) fn wall(&self) -> SystemTime {
        self.0.lock().wall
    }

    /// Moves the clock forward, and wakes those whose moment has come.
    pub(crate) fn advance(&self, by: Duration) {
        let mut state = self.0.lock();
        state.now = state.now.after(by);
        state.wall = state.wall.checked_add(by).unwrap_or(state.wall);
        let now = state.now;
        let due: Vec<_> = state
            .alarms
            .extract_if(.., |(_, at, _)| *at <= now)
            .collect();
        drop(state);
        for (_, _, waker) in due {
            waker.wake();
        }
    }

    /// Wakes `waker` once the clock stands at `at`, at once if it does already; the number takes the alarm back.
    pub(crate) fn alarm(&self, at: Moment, waker: Waker) -> u64 {
        let mut state = self.0.lock();
        state.next += 1;
        let number = state.next;
        if at <= state.now {
            drop(state);
            waker.wake(); // the clock was moved after the caller had looked at it
        } else {
            state.alarms.push((number, at, waker));
        }
        number
    }

    pub(crate) fn forget(&self, number: u64) {
        let mut state = self.0.lock();
        let at = state.alarms.iter().position(|(alarm, ..)| *alarm == number);
        let forgotten = at.map(|at| state.alarms.swap_remove(at));
        drop(state);
        drop(forgotten); // after the lock: a waker's drop runs code that is not ours
    }

    /// Makes this the clock of the thread until the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Entered {
        let _ = HERE.try_with(|here| here.borrow_mut().push(self.clone()));
        published::stop();
        Entered(self.clone(), std::marker::PhantomData)
    }
}

/// The guard of [`Stopped::enter`]; it stays on its thread.
#[derive(Debug)]
pub(crate) struct Entered(Arc<Stopped>, std::marker::PhantomData<*const ()>);

impl Drop for Entered {
    fn drop(&mut self) {
        published::go_on();
        let _ = HERE.try_with(|here| {
            let mut here = here.borrow_mut();
            if let Some(at) = here.iter().rposition(|clock| Arc::ptr_eq(clock, &self.0)) {
                here.remove(at);
            }
        });
    }
}

/// A future that runs by the stopped clock of the thread that made it, whichever thread polls it.
#[cfg(feature = "tokio")]
pub(crate) struct InClock<F> {
    clock: Option<Arc<Stopped>>,
    future: Pin<Box<F>>,
}

#[cfg(feature = "tokio")]
impl<F: Future> InClock<F> {
    pub(crate) fn here(future: F) -> Self {
        Self {
            clock: here(),
            future: Box::pin(future),
        }
    }
}

#[cfg(feature = "tokio")]
impl<F: Future> Future for InClock<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = self.clock.as_ref().map(Stopped::enter);
        self.future.as_mut().poll(context)
    }
}
