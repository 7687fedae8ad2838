//! What the store says of an entry before its value is read.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::far::Lease;
use crate::monitor::Monitor;
#[cfg(all(feature = "runtime", not(cache_loom)))]
use crate::monitor::block_on_for;
use crate::sync::{AtomicBool, Mutex, Ordering};

/// A store that answers within this time is waited for where an entry is made.
pub(super) const PROMPT: Duration = Duration::from_millis(20);

/// A lease that is asked for as soon as the entry is made, by a thread that is not the caller's.
pub(super) struct Claim {
    state: Arc<Monitor<State>>,
    /// Whether the answer was there before the value was read, as far as anybody can know.
    is_early: AtomicBool,
    /// What nothing else drives.
    rest: Mutex<Option<Asking>>,
}

type Asking = Pin<Box<dyn Future<Output = ()> + Send>>;

enum State {
    Asked,
    Answered(Result<Lease>),
    Taken,
}

impl Claim {
    /// Nothing to ask for.
    pub(super) fn none() -> Self {
        Self {
            state: Arc::new(Monitor::new(State::Taken)),
            is_early: AtomicBool::new(false),
            rest: Mutex::new(None),
        }
    }

    pub(super) fn begin(claim: impl Future<Output = Result<Lease>> + Send + 'static) -> Self {
        let state = Arc::new(Monitor::new(State::Asked));
        let promise = Promise(state.clone());
        let asking: Asking = Box::pin(async move {
            let lease = claim.await;
            promise.0.update(|state| *state = State::Answered(lease));
        });
        let rest = drive(asking);
        let is_asked = |state: &mut State| matches!(state, State::Asked);
        Self {
            is_early: AtomicBool::new(!state.update(is_asked)),
            state,
            rest: Mutex::new(rest),
        }
    }

    /// Waits on this thread for a store that answers soon, and tells whether it has.
    #[cfg(all(feature = "runtime", not(cache_loom)))]
    pub(super) fn comes_early(&self) -> bool {
        let answered = block_on_for(self.answered(), PROMPT).is_some();
        self.is_early.fetch_or(answered, Ordering::Relaxed);
        answered
    }

    /// Nothing asks the store but the calls of the entry.
    #[cfg(not(all(feature = "runtime", not(cache_loom))))]
    pub(super) fn comes_early(&self) -> bool {
        self.is_early.load(Ordering::Relaxed)
    }

    /// Waits for the answer: what is read after it is younger.
    pub(super) async fn ready(&self) {
        self.answered().await;
        self.is_early.store(true, Ordering::Relaxed);
    }

    /// Waits for the answer; the store's own time limit bounds it.
    async fn answered(&self) {
        let rest = self.rest.lock().take();
        if let Some(rest) = rest {
            rest.await;
        }
        let there = |state: &mut State| (!matches!(state, State::Asked)).then_some(());
        self.state.until(Moment::NEVER, there).await;
    }

    /// The lease; none if it was taken already, or if the store may have answered after the value was read: then nobody can
    /// say whether the value is older than an invalidation.
    pub(super) async fn take(&self) -> Result<Option<Lease>> {
        let is_early = self.is_early.load(Ordering::Relaxed);
        self.answered().await;
        let state = self
            .state
            .update(|state| std::mem::replace(state, State::Taken));
        match state {
            State::Answered(lease) => Ok(Some(lease?).filter(|_| is_early)),
            State::Asked | State::Taken => Ok(None),
        }
    }
}

/// An answer comes, if only that there is none.
struct Promise(Arc<Monitor<State>>);

impl Drop for Promise {
    fn drop(&mut self) {
        self.0.update(|state| {
            if matches!(state, State::Asked) {
                *state = State::Answered(Err(Error::store("the call was given up")));
            }
        });
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Claim").finish_non_exhaustive()
    }
}

#[cfg(feature = "runtime")]
fn drive(asking: Asking) -> Option<Asking> {
    // If the system has no thread for it, it is dropped, which is an answer.
    drop(crate::store::runtime::spawn(asking));
    None
}

/// As far as it comes by itself: that is all the way where the store answers at once.
#[cfg(not(feature = "runtime"))]
fn drive(mut asking: Asking) -> Option<Asking> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    asking
        .as_mut()
        .poll(&mut context)
        .is_pending()
        .then_some(asking)
}
