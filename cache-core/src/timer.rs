//! Wakes tasks at a moment. It has one thread, which the first waiter starts.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::clock::stopped::{self, Stopped};
use crate::clock::{self, Moment};

static WAITING: Mutex<Waiting> = Mutex::new(Waiting {
    by_moment: BTreeMap::new(),
    next: 0,
    running: false,
    sleeps_until: None,
});
static CHANGED: Condvar = Condvar::new();

struct Waiting {
    by_moment: BTreeMap<(Moment, u64), Waker>,
    next: u64,
    running: bool,
    /// The moment until which the thread sleeps; while it is awake, it checks all moments itself.
    sleeps_until: Option<Moment>,
}

fn waiting() -> MutexGuard<'static, Waiting> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place in the list of waiters, which is freed on drop.
#[derive(Debug)]
pub(crate) enum Alarm {
    /// In the timer's list.
    Running(Moment, u64),
    /// In the list of a stopped clock.
    Stopped(Arc<Stopped>, u64),
}

impl Alarm {
    /// Wakes `waker` once `at` has come. Never wakes if the system refuses the timer's thread.
    pub(crate) fn set(at: Moment, waker: &Waker) -> Self {
        if let Some(stopped) = stopped::here() {
            let number = stopped.alarm(at, waker.clone());
            return Self::Stopped(stopped, number);
        }
        let mut waiting = waiting();
        let number = waiting.next;
        waiting.next += 1;
        waiting.by_moment.insert((at, number), waker.clone());
        if !waiting.running {
            waiting.running = std::thread::Builder::new()
                .name("cache-timer".into())
                .spawn(run)
                .is_ok();
        }
        // A useless wake-up now and then costs less than a wake-up for each waiter.
        if waiting.sleeps_until.is_some_and(|until| at < until) {
            waiting.sleeps_until = None;
            CHANGED.notify_one();
        }
        Self::Running(at, number)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        match self {
            Self::Stopped(stopped, number) => stopped.forget(*number),
            Self::Running(at, number) => {
                let waker = waiting().by_moment.remove(&(*at, *number));
                drop(waker); // after the lock: a waker's drop runs code that is not ours
            }
        }
    }
}

fn run() {
    let mut guard = waiting();
    loop {
        let now = clock::now();
        let mut later = guard.by_moment.split_off(&(now, u64::MAX));
        std::mem::swap(&mut guard.by_moment, &mut later);
        if !later.is_empty() {
            drop(guard);
            for waker in later.into_values() {
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| waker.wake()));
            }
            guard = waiting();
            continue;
        }
        let first = guard.by_moment.first_key_value();
        let until = first.map_or(Moment::NEVER, |((at, _), _)| *at);
        guard.sleeps_until = Some(until);
        // The coarse clock steps every few milliseconds: waking before its step would only spin.
        let rest = until.since(now) + std::time::Duration::from_millis(5);
        guard = CHANGED
            .wait_timeout(guard, rest)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        guard.sleeps_until = None;
    }
}
