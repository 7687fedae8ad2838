//! Timeouts, and a circuit breaker: a store that keeps failing is not called for a while.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Breaker;
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

/// Bounds each call of a store, and makes none for a while after failures in a row.
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    timeout: Duration,
    state: Mutex<BreakerState>,
}

#[derive(Debug)]
struct BreakerState {
    /// In a row.
    failures: u32,
    pause: Duration,
    /// Open until then. The first call after it is a probe, and moves it on for the others.
    until: Option<Moment>,
    /// The text of the last failure since a call went well.
    last: Option<Arc<str>>,
}

const CLOSED: BreakerState = BreakerState {
    failures: 0,
    pause: PAUSE,
    until: None,
    last: None,
};

impl CircuitBreaker {
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            state: Mutex::new(CLOSED),
        }
    }

    /// Runs a call of the store within the timeout, unless the breaker is open. When the timeout has passed, `doing` says what
    /// the store is busy with.
    ///
    /// # Errors
    ///
    /// The call's own; or that it took too long, or was not made.
    pub(super) async fn run<T>(
        &self,
        call: impl Future<Output = Result<T>>,
        doing: impl FnOnce() -> Option<String>,
    ) -> Result<T> {
        let probe = self.admit()?;
        let within = Within {
            call: pin!(call),
            deadline: clock::now().after(self.timeout),
            #[cfg(not(cache_loom))]
            alarm: None,
        };
        let outcome = match within.await {
            Some(outcome) => outcome,
            None => Err(Error::timed_out_after(self.timeout, doing())),
        };
        self.note(outcome.as_ref().err(), probe);
        outcome
    }

    /// Whether calls are made.
    pub(super) fn state(&self) -> Breaker {
        match self.state.lock().until {
            Some(until) if clock::now() < until => Breaker::Open,
            Some(_) => Breaker::HalfOpen,
            None => Breaker::Closed,
        }
    }

    /// Whether the call that is let through is a probe.
    fn admit(&self) -> Result<bool> {
        let mut state = self.state.lock();
        match state.until {
            Some(until) if clock::now() < until => {
                Err(Error::left_alone(state.last.clone().unwrap_or_default()))
            }
            Some(_) => {
                state.until = Some(clock::now().after(state.pause));
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn note(&self, failure: Option<&Error>, probe: bool) {
        let last = failure.map(|error| Arc::from(error.kind().to_string()));
        let mut state = self.state.lock();
        if last.is_none() {
            *state = CLOSED;
            return;
        }
        state.last = last;
        if probe {
            state.pause = (state.pause * 2).min(LONGEST);
            state.until = Some(clock::now().after(state.pause));
        } else if state.until.is_none() {
            // Calls that had begun before it opened say nothing new when they fail, however many they are.
            state.failures += 1;
            if state.failures >= FAILURES {
                state.until = Some(clock::now().after(state.pause));
            }
        }
    }
}

/// A call that ends by its deadline: `None` if it had to.
struct Within<'a, F> {
    call: Pin<&'a mut F>,
    deadline: Moment,
    #[cfg(not(cache_loom))]
    alarm: Option<Alarm>,
}

impl<F: Future> Future for Within<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if let Poll::Ready(outcome) = self.call.as_mut().poll(context) {
            return Poll::Ready(Some(outcome));
        }
        if clock::now() >= self.deadline {
            return Poll::Ready(None);
        }
        #[cfg(not(cache_loom))]
        {
            self.alarm = Some(Alarm::set(self.deadline, context.waker()));
        }
        Poll::Pending
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use std::future::{pending, poll_fn};

    use super::*;
    use crate::testing::Clock;
    use crate::wait::block_on;

    const TIMEOUT: Duration = Duration::from_millis(500);
    const STEP: Duration = Duration::from_millis(1);

    fn fail(breaker: &CircuitBreaker) {
        let outcome = run(breaker, Err(Error::store("down")));
        assert!(outcome.is_err());
    }

    fn run(breaker: &CircuitBreaker, outcome: Result<()>) -> Result<()> {
        block_on(breaker.run(async { outcome }, || None))
    }

    fn is_open(breaker: &CircuitBreaker) -> bool {
        let until = breaker.state.lock().until;
        until.is_some_and(|until| clock::now() < until)
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_a_probe_that_goes_well_closes_it() {
        let (clock, breaker) = (Clock::freeze(), CircuitBreaker::new(TIMEOUT));
        (1..FAILURES).for_each(|_| fail(&breaker));
        assert!(run(&breaker, Ok(())).is_ok());
        (1..FAILURES).for_each(|_| fail(&breaker));
        assert!(!is_open(&breaker));
        fail(&breaker);
        let outcome = run(&breaker, Ok(()));
        assert!(outcome.is_err_and(|error| error.is_left_alone()));
        clock.advance(PAUSE + STEP);
        assert!(run(&breaker, Ok(())).is_ok());
        assert!(run(&breaker, Ok(())).is_ok());
    }

    #[test]
    fn a_store_that_is_not_called_says_why() {
        let (clock, breaker) = (Clock::freeze(), CircuitBreaker::new(TIMEOUT));
        (1..FAILURES).for_each(|_| fail(&breaker));
        let late = {
            let mut call = pin!(breaker.run(pending::<Result<()>>(), || Some("connecting".into())));
            let mut poll = || block_on(poll_fn(|context| Poll::Ready(call.as_mut().poll(context))));
            assert!(poll().is_pending());
            clock.advance(TIMEOUT + STEP);
            poll()
        };
        assert!(matches!(late, Poll::Ready(Err(error)) if error.is_timeout()));
        let left_alone = run(&breaker, Ok(())).unwrap_err().to_string();
        let why = "its last error: the store did not answer within 500 ms: connecting";
        assert!(left_alone.ends_with(why), "{left_alone}");
    }

    #[test]
    fn each_probe_that_fails_doubles_the_pause() {
        let (clock, breaker) = (Clock::freeze(), CircuitBreaker::new(TIMEOUT));
        (0..FAILURES).for_each(|_| fail(&breaker));
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            clock.advance(Duration::from_secs(seconds).saturating_sub(STEP));
            assert!(is_open(&breaker), "{seconds}");
            clock.advance(2 * STEP);
            assert!(!is_open(&breaker), "{seconds}");
            fail(&breaker);
        }
    }

    #[test]
    fn calls_that_had_begun_before_it_opened_do_not_keep_it_open() {
        type Call<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;
        let (clock, breaker) = (Clock::freeze(), CircuitBreaker::new(TIMEOUT));
        let call = |_| -> Call<'_> { Box::pin(breaker.run(pending(), || None)) };
        let mut calls: Vec<Call<'_>> = (0..64).map(call).collect();
        let poll = |calls: &mut Vec<Call<'_>>| {
            block_on(poll_fn(|context| {
                calls.retain_mut(|call| call.as_mut().poll(context).is_pending());
                Poll::Ready(())
            }));
        };
        poll(&mut calls);
        clock.advance(TIMEOUT + STEP);
        poll(&mut calls);
        assert!(calls.is_empty() && is_open(&breaker));
        clock.advance(PAUSE + STEP);
        assert!(!is_open(&breaker));
    }
}
