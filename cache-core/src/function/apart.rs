//! Loads that run apart from their caller, who may give up waiting for them.

use super::pending::{RunningLoad, whole};
use super::stale::Closed;
use crate::error::TimedOut;
use crate::load::{ApartCaller, How, Waited};
use crate::near::{Core, NearKey};
use crate::outcome::Outcome;
use crate::stats::Counters;
use crate::value::LocalValue;
use crate::wait::block_on;

/// The caller of a load that runs apart.
#[must_use = "the caller waits"]
pub struct Waiter<O: Outcome> {
    outcome: O,
    caller: ApartCaller<Closed<O::Ret>>,
    near: &'static Core,
    counters: Option<&'static Counters>,
}

impl<O: Outcome<Kept: LocalValue>, K: NearKey> RunningLoad<O, K> {
    /// The load, which is to run elsewhere, and its caller.
    pub fn apart(mut self) -> (Self, Waiter<O>) {
        // Also if the caller gives up, what it makes of that depends on the names of the load.
        self.leader.tell(&[]);
        let (reply, caller) = self.leader.apart();
        self.reply = Some(reply);
        let waiter = Waiter {
            outcome: self.outcome,
            caller,
            near: self.leader.near(),
            counters: self.leader.counters(),
        };
        (self, waiter)
    }
}

impl<O: Outcome<Kept: LocalValue>> Waiter<O> {
    /// Waits on this thread for the load, or until a stale value is to be taken.
    ///
    /// # Errors
    ///
    /// What the body returned, if it is an error in whose place nothing serves.
    pub fn wait(self) -> Result<O::Ret, O::Ret> {
        block_on(self.wait_async())
    }

    /// [`wait`](Self::wait), awaited.
    ///
    /// # Errors
    ///
    /// What the body returned, if it is an error in whose place nothing serves.
    pub async fn wait_async(self) -> Result<O::Ret, O::Ret> {
        let Self {
            outcome,
            caller,
            near,
            counters,
        } = self;
        given(outcome, caller.wait().await, near, counters)
    }

    /// [`wait`](Self::wait), for as long as the rules say at most.
    ///
    /// # Errors
    ///
    /// If that time is over.
    pub fn wait_within(self) -> Result<Result<O::Ret, O::Ret>, TimedOut> {
        block_on(self.wait_within_async())
    }

    /// [`wait_within`](Self::wait_within), awaited.
    ///
    /// # Errors
    ///
    /// If that time is over.
    pub async fn wait_within_async(self) -> Result<Result<O::Ret, O::Ret>, TimedOut> {
        let Self {
            outcome,
            caller,
            near,
            counters,
        } = self;
        let waited = caller.wait_within().await?;
        Ok(given(outcome, waited, near, counters))
    }
}

/// What the caller gets.
fn given<O: Outcome<Kept: LocalValue>>(
    outcome: O,
    waited: Waited<Closed<O::Ret>>,
    near: &Core,
    counters: Option<&Counters>,
) -> Closed<O::Ret> {
    match waited {
        Waited::Answer(answer) => answer,
        Waited::Stale(entry) => {
            How::Stale.tell(near, &entry);
            if let Some(counters) = counters {
                counters.stale();
            }
            Ok(whole(outcome, &*entry))
        }
    }
}
