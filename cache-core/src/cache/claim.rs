//! The lease of a [`CacheEntry`](super::CacheEntry), which the store must give before the value is read.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use crate::clock;
use crate::error::{Error, Result};
use crate::far::Lease;
use crate::sync::{AtomicBool, Mutex, Ordering};
use crate::wait::WaitCell;
#[cfg(all(feature = "runtime", not(cache_loom)))]
use crate::wait::block_on_for;

/// How long the maker of an entry waits for the store.
pub(super) const PROMPT: Duration = Duration::from_millis(20);

/// The longest wait for an answer. The store's own limit is shorter, but without a thread of ours, the future that drives the
/// store may not be polled.
const PATIENCE: Duration = Duration::from_secs(10);

/// A lease that is asked for as soon as the entry is made, on a thread that is not the caller's.
pub(super) struct Claim {
    state: Arc<WaitCell<ClaimState>>,
    /// Whether the answer certainly came before the value was read.
    is_early: AtomicBool,
    /// The request, where no thread of ours drives it.
    rest: Mutex<Option<Asking>>,
}

type Asking = Pin<Box<dyn Future<Output = ()> + Send>>;

enum ClaimState {
    Asked,
    Answered(Result<Lease>),
    Taken,
}

impl Claim {
    /// Nothing to ask for.
    pub(super) fn none() -> Self {
        Self {
            state: Arc::new(WaitCell::new(ClaimState::Taken)),
            is_early: AtomicBool::new(false),
            rest: Mutex::new(None),
        }
    }

    pub(super) fn begin(claim: impl Future<Output = Result<Lease>> + Send + 'static) -> Self {
        let state = Arc::new(WaitCell::new(ClaimState::Asked));
        let promise = Promise(state.clone());
        let asking: Asking = Box::pin(async move {
            let lease = claim.await;
            promise
                .0
                .update(|state| *state = ClaimState::Answered(lease));
        });
        let rest = drive_or_simulate(asking);
        let is_asked = |state: &mut ClaimState| matches!(state, ClaimState::Asked);
        Self {
            is_early: AtomicBool::new(!state.update(is_asked)),
            state,
            rest: Mutex::new(rest),
        }
    }

    /// Waits on this thread for a store that answers soon; returns whether it has.
    #[cfg(all(feature = "runtime", not(cache_loom)))]
    pub(super) fn comes_early(&self) -> bool {
        let answered = block_on_for(self.answered(), PROMPT).unwrap_or(false);
        self.is_early.fetch_or(answered, Ordering::Relaxed);
        answered
    }

    /// No thread of ours asks the store: the calls of the entry must.
    #[cfg(not(all(feature = "runtime", not(cache_loom))))]
    pub(super) fn comes_early(&self) -> bool {
        self.is_early.load(Ordering::Relaxed)
    }

    /// Waits for the answer: what is read after it is younger.
    pub(super) async fn ready(&self) {
        let answered = self.answered().await;
        self.is_early.fetch_or(answered, Ordering::Relaxed);
    }

    /// Waits for the answer; returns whether it came. Every waiter drives the request itself: another that does so may not be
    /// polled, such as a task on the thread that waits here.
    async fn answered(&self) -> bool {
        let there = |state: &mut ClaimState| (!matches!(state, ClaimState::Asked)).then_some(());
        let mut answer = self.state.until(clock::now().after(PATIENCE), there);
        let answer = poll_fn(|context| {
            self.ask_on(context);
            Pin::new(&mut answer).poll(context)
        });
        answer.await.is_some()
    }

    fn ask_on(&self, context: &mut Context<'_>) {
        let rest = self.rest.lock().take();
        if let Some(mut rest) = rest
            && rest.as_mut().poll(context).is_pending()
        {
            *self.rest.lock() = Some(rest);
        }
    }

    /// The lease; none if it was taken already, or if the store may have answered after the value was read: then the value may be
    /// older than an invalidation.
    pub(super) async fn take(&self) -> Result<Option<Lease>> {
        let is_early = self.is_early.load(Ordering::Relaxed);
        self.answered().await;
        let state = self
            .state
            .update(|state| std::mem::replace(state, ClaimState::Taken));
        match state {
            ClaimState::Answered(lease) => Ok(Some(lease?).filter(|_| is_early)),
            ClaimState::Asked | ClaimState::Taken => Ok(None),
        }
    }
}

/// Dropping it is an answer too: an error.
struct Promise(Arc<WaitCell<ClaimState>>);

impl Drop for Promise {
    fn drop(&mut self) {
        self.0.update(|state| {
            if matches!(state, ClaimState::Asked) {
                *state = ClaimState::Answered(Err(Error::store("the call was cancelled")));
            }
        });
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Claim").finish_non_exhaustive()
    }
}

fn drive_or_simulate(asking: Asking) -> Option<Asking> {
    #[cfg(test)]
    let Err(asking) = crate::spawn::simulated::spawn(asking) else {
        return None;
    };
    drive(asking)
}

#[cfg(feature = "runtime")]
fn drive(asking: Asking) -> Option<Asking> {
    // If the system has no thread for it, it is dropped, which is an answer too.
    drop(crate::store::runtime::spawn(asking));
    None
}

/// Polls the request once: that is enough for a store that answers at once.
#[cfg(not(feature = "runtime"))]
fn drive(mut asking: Asking) -> Option<Asking> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    asking
        .as_mut()
        .poll(&mut context)
        .is_pending()
        .then_some(asking)
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use std::future::pending;
    use std::pin::pin;
    use std::task::{Poll, Waker};

    use super::*;
    use crate::testing::Clock;
    use crate::wait::block_on;

    fn asked(claim: impl Future<Output = Result<Lease>> + Send + 'static) -> Claim {
        let state = Arc::new(WaitCell::new(ClaimState::Asked));
        let promise = Promise(state.clone());
        let asking: Asking = Box::pin(async move {
            let lease = claim.await;
            promise
                .0
                .update(|state| *state = ClaimState::Answered(lease));
        });
        Claim {
            state,
            is_early: AtomicBool::new(false),
            rest: Mutex::new(Some(asking)),
        }
    }

    /// A task waits for the store, and its thread waits for the same answer.
    #[test]
    fn a_waiter_behind_an_unpolled_one_asks_by_itself() {
        let (_clock, mut polls) = (Clock::freeze(), 0);
        let claim = asked(poll_fn(move |_| {
            polls += 1;
            if polls == 1 {
                return Poll::Pending;
            }
            Poll::Ready(Err(Error::absent()))
        }));
        let mut context = Context::from_waker(Waker::noop());
        let mut first = pin!(claim.ready());
        assert!(first.as_mut().poll(&mut context).is_pending());
        block_on(claim.ready());
        assert!(first.as_mut().poll(&mut context).is_ready());
        assert!(block_on(claim.take()).is_err_and(|error| error.is_not_found()));
    }

    #[test]
    fn no_call_waits_for_ever_for_a_store_that_never_answers() {
        let (clock, claim) = (Clock::freeze(), asked(pending()));
        let mut context = Context::from_waker(Waker::noop());
        let (mut ready, mut take) = (pin!(claim.ready()), pin!(claim.take()));
        assert!(ready.as_mut().poll(&mut context).is_pending());
        assert!(take.as_mut().poll(&mut context).is_pending());
        clock.advance(PATIENCE + Duration::from_millis(1));
        assert!(ready.as_mut().poll(&mut context).is_ready());
        let Poll::Ready(taken) = take.as_mut().poll(&mut context) else {
            panic!("the time is over");
        };
        assert!(taken.is_ok_and(|lease| lease.is_none()));
    }
}
