//! Loads that run apart from their caller, who may give up waiting for them.

use std::panic::resume_unwind;
use std::sync::Arc;

use super::pending::{RunningLoad, whole};
use super::reply::{LoadAnswer, Reply};
use super::tell_stale;
use crate::clock::Moment;
use crate::error::TimedOut;
use crate::load::Patience;
use crate::near::{Core, NearKey};
use crate::outcome::Outcome;
use crate::stats::Counters;
use crate::value::LocalValue;
use crate::wait::{WaitCell, block_on};

/// The caller of a load that runs apart.
#[must_use = "the caller waits"]
pub struct Waiter<O: Outcome> {
    outcome: O,
    answer: Arc<WaitCell<Option<LoadAnswer<O::Ret>>>>,
    patience: Patience,
    near: &'static Core,
    counters: Option<&'static Counters>,
}

impl<O: Outcome<Kept: LocalValue>, K: NearKey> RunningLoad<O, K> {
    /// The load, which is to run elsewhere, and its caller.
    pub fn apart(mut self) -> (Self, Waiter<O>) {
        // Also if the caller gives up, what it makes of that depends on the names of the load.
        self.leader.tell(&[]);
        let answer = Arc::new(WaitCell::new(None));
        self.reply = Some(Reply(answer.clone()));
        let waiter = Waiter {
            outcome: self.outcome,
            answer,
            patience: self.leader.patience(),
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
    pub async fn wait_async(mut self) -> Result<O::Ret, O::Ret> {
        loop {
            if let Some(answer) = self.until(Moment::NEVER).await {
                return answer;
            }
        }
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
    pub async fn wait_within_async(mut self) -> Result<Result<O::Ret, O::Ret>, TimedOut> {
        let (deadline, limit) = (self.patience.hard_deadline(), self.patience.hard_limit());
        let answer = self.until(deadline).await;
        answer.ok_or_else(|| TimedOut::after(limit.unwrap_or_default()))
    }

    /// The answer of the load, or a stale value once it is time for that; `None` if there is none by `deadline`.
    async fn until(&mut self, deadline: Moment) -> Option<Result<O::Ret, O::Ret>> {
        let soft = self.patience.soft_deadline();
        if soft < deadline {
            if let Some(answer) = self.answer(soft).await {
                return Some(answer);
            }
            if let Some(entry) = self.patience.stale(self.near) {
                tell_stale(self.near, &entry);
                if let Some(counters) = self.counters {
                    counters.stale();
                }
                return Some(Ok(whole(self.outcome, &*entry)));
            }
            self.patience.without_stale();
        }
        self.answer(deadline).await
    }

    async fn answer(&self, deadline: Moment) -> Option<Result<O::Ret, O::Ret>> {
        let answer = self.answer.until(deadline, Option::take).await?;
        Some(answer.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}
