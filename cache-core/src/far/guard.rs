//! Time limits, and a circuit breaker: a store that keeps failing is left alone for a while.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::{self, Moment};
use crate::error::{Error, Result};
use crate::sync::Mutex;
#[cfg(not(cache_loom))]
use crate::timer::Alarm;

/// So many failures in a row open the breaker.
const FAILURES: u32 = 5;
/// How long it stays open at first; twice as long after each probe that fails.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest that it stays open.
const LONGEST: Duration = Duration::from_secs(30);

/// What stands between a cache and its store.
#[derive(Debug)]
pub(super) struct Guard {
    limit: Duration,
    breaker: Mutex<Breaker>,
}

#[derive(Clone, Copy, Debug)]
struct Breaker {
    /// In a row.
    failures: u32,
    pause: Duration,
    /// Open until then. Who comes first after it makes a probe, and moves it on for the others.
    until: Option<Moment>,
}

const CLOSED: Breaker = Breaker {
    failures: 0,
    pause: PAUSE,
    until: None,
};

impl Guard {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            breaker: Mutex::new(CLOSED),
        }
    }

    /// Runs a call of the store within the limit, unless the store is being left alone.
    ///
    /// # Errors
    ///
    /// The call's own; or that it took too long, or was not made.
    pub(super) async fn run<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        self.admit()?;
        let within = Within {
            call: pin!(call),
            deadline: clock::now().after(self.limit),
            #[cfg(not(cache_loom))]
            alarm: None,
        };
        let outcome = within.await;
        self.note(outcome.is_ok());
        outcome
    }

    fn admit(&self) -> Result<()> {
        let mut breaker = self.breaker.lock();
        match breaker.until {
            Some(until) if clock::now() < until => Err(Error::unavailable()),
            Some(_) => {
                breaker.until = Some(clock::now().after(breaker.pause));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn note(&self, went_well: bool) {
        let mut breaker = self.breaker.lock();
        if went_well {
            *breaker = CLOSED;
            return;
        }
        breaker.failures += 1;
        if breaker.failures >= FAILURES {
            if breaker.until.is_some() {
                breaker.pause = (breaker.pause * 2).min(LONGEST);
            }
            breaker.until = Some(clock::now().after(breaker.pause));
        }
    }
}

/// A call that ends by its deadline.
struct Within<'a, F> {
    call: Pin<&'a mut F>,
    deadline: Moment,
    #[cfg(not(cache_loom))]
    alarm: Option<Alarm>,
}

impl<T, F: Future<Output = Result<T>>> Future for Within<'_, F> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        if let Poll::Ready(outcome) = self.call.as_mut().poll(context) {
            return Poll::Ready(outcome);
        }
        if clock::now() >= self.deadline {
            return Poll::Ready(Err(Error::timed_out()));
        }
        #[cfg(not(cache_loom))]
        {
            self.alarm = Some(Alarm::set(self.deadline, context.waker()));
        }
        Poll::Pending
    }
}
