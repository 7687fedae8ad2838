//! The callers of loads that run apart from them: they may give up waiting.

use std::panic::resume_unwind;
use std::sync::Arc;

use super::leader::Leader;
use super::patience::Patience;
use super::reply::{LoadAnswer, Reply};
use crate::clock::Moment;
use crate::entry::AnyEntry;
use crate::error::TimedOut;
use crate::near::Core;
use crate::wait::WaitCell;

/// The caller of a load that runs apart.
pub(crate) struct ApartCaller<T> {
    answer: Arc<WaitCell<Option<LoadAnswer<T>>>>,
    patience: Patience,
    near: &'static Core,
}

/// What it gets.
pub(crate) enum Waited<T> {
    /// What the load came to.
    Answer(T),
    /// A stale value: the load is too slow.
    Stale(Arc<dyn AnyEntry>),
}

impl Leader<'static> {
    /// Where this load, which is to run elsewhere, leaves its outcome, and its caller.
    pub(crate) fn apart<T>(&self) -> (Reply<T>, ApartCaller<T>) {
        let answer = Arc::new(WaitCell::new(None));
        let caller = ApartCaller {
            answer: answer.clone(),
            patience: self.patience(),
            near: self.near(),
        };
        (Reply(answer), caller)
    }
}

impl<T> ApartCaller<T> {
    /// Waits for the load, or until a stale value is to be taken.
    pub(crate) async fn wait(self) -> Waited<T> {
        loop {
            if let Some(waited) = self.until(Moment::NEVER).await {
                return waited;
            }
        }
    }

    /// [`wait`](Self::wait), for as long as the rules say at most.
    ///
    /// # Errors
    ///
    /// If that time is over.
    pub(crate) async fn wait_within(self) -> Result<Waited<T>, TimedOut> {
        let waited = self.until(self.patience.hard_deadline()).await;
        waited.ok_or_else(|| TimedOut::after(self.patience.hard_limit().unwrap_or_default()))
    }

    /// The answer of the load, or a stale value once it is time for that; `None` if there is none by `deadline`.
    async fn until(&self, deadline: Moment) -> Option<Waited<T>> {
        if let Some(answer) = self
            .answer(self.patience.soft_deadline().min(deadline))
            .await
        {
            return Some(Waited::Answer(answer));
        }
        if let Some(stale) = self.patience.stale(self.near) {
            return Some(Waited::Stale(stale));
        }
        self.answer(deadline).await.map(Waited::Answer)
    }

    async fn answer(&self, deadline: Moment) -> Option<T> {
        let answer = self.answer.until(deadline, Option::take).await?;
        Some(answer.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}
