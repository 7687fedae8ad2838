//! Hits that are verified: the body runs as well, and what it returns is compared with what is kept.

pub use self::probes::*;

mod probes;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::entry::Equals;
use crate::load::LoadRequest;
use crate::near::{NearKey, Tier};
use crate::outcome::Outcome;
use crate::value::LocalValue;
use crate::verify::{self, NextStep, Trial, VerifyMode, shadow};

/// A run gives up after this time, where its function says nothing else.
const LIMIT: Duration = Duration::from_secs(10);

/// A hit that is verified.
#[must_use = "a hit that is verified is compared"]
pub struct VerifiedHit<O, K: NearKey> {
    pub(super) outcome: O,
    pub(super) near: &'static dyn Tier<K>,
    pub(super) request: Box<LoadRequest<'static, K>>,
    /// The key as users know it.
    pub(super) key: String,
    pub(super) equals: Equals,
    pub(super) shown: ShowValue,
    pub(super) trial: Trial,
    /// What the first run after the grace has returned.
    pub(super) first: Option<Arc<dyn Any + Send + Sync>>,
}

/// The hit with copies of the arguments, if they can be copied and none of them panics.
pub fn copies<A>(copy: impl FnOnce() -> Option<A>) -> Option<A> {
    catch_unwind(AssertUnwindSafe(copy)).ok().flatten()
}

/// Runs the body of a hit that is verified, and again while it returns something else than what is kept; `None` if its arguments cannot
/// be copied. The body has no type of its own, so that this is compiled once for all functions of a signature.
///
/// # Panics
///
/// In tests, if that difference is a fault.
pub fn against<O: Outcome<Kept: LocalValue>, K: NearKey>(
    hit: Option<VerifiedHit<O, K>>,
    body: &mut dyn FnMut() -> Option<O::Ret>,
) {
    let Some(mut hit) = hit else {
        return;
    };
    loop {
        let apart = || verify::apart(&mut *body);
        let run = catch_unwind(AssertUnwindSafe(apart)).ok().flatten();
        let goes_on = match hit.compare(run.as_ref()) {
            NextStep::Run => true,
            NextStep::Wait(changes) => hit.trial.wait(changes),
            NextStep::Judge | NextStep::End => false,
        };
        if !goes_on {
            return;
        }
    }
}

impl<O: Outcome<Kept: LocalValue>, K: NearKey> VerifiedHit<O, K> {
    /// [`against`], awaited. `body` begins a run with copies of the arguments, which must not take longer than `limit`.
    ///
    /// # Panics
    ///
    /// In tests, if the difference is a fault.
    pub async fn against_async<F: Future<Output = O::Ret>>(
        mut self,
        limit: Option<Duration>,
        mut body: impl FnMut() -> Option<F>,
    ) {
        let limit = limit.unwrap_or(LIMIT);
        while let Some(run) = catch_unwind(AssertUnwindSafe(&mut body)).ok().flatten() {
            let next = {
                let run = shadow(run, limit).await;
                self.compare(run.as_ref())
            };
            let goes_on = match next {
                NextStep::Run => true,
                NextStep::Wait(changes) => self.trial.wait_async(changes).await,
                NextStep::Judge | NextStep::End => false,
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Compares what a run has returned. In production no panic of a comparison reaches the caller, who has a value.
    fn compare(&mut self, run: Option<&O::Ret>) -> NextStep {
        let _ = self.outcome;
        let Some(kept) = run.and_then(O::kept) else {
            // A run that has failed says nothing of what is kept.
            return NextStep::End;
        };
        match self.trial.mode {
            VerifyMode::Test => self.compare_kept(kept),
            VerifyMode::Production => {
                let compared = || self.compare_kept(kept);
                catch_unwind(AssertUnwindSafe(compared)).unwrap_or(NextStep::End)
            }
        }
    }

    fn compare_kept(&mut self, kept: &O::Kept) -> NextStep {
        let is_error = |value: &dyn Any| value.downcast_ref().is_some_and(O::IS_ERROR);
        // An error passes, and says nothing of what is not one.
        if is_error(kept) || is_error(self.trial.entry.any_value()) {
            return NextStep::End;
        }
        if (self.equals)(self.trial.entry.any_value(), kept) {
            return self.trial.equal();
        }
        let first = self.first.as_ref();
        let agrees = first.is_none_or(|first| (self.equals)(&**first, kept));
        let next = self.trial.differs(agrees);
        match next {
            NextStep::Run if self.first.is_none() => self.first = Some(Arc::new(kept.clone())),
            NextStep::Judge => self.judge(kept),
            NextStep::Run | NextStep::Wait(_) | NextStep::End => {}
        }
        next
    }

    /// The difference has stood.
    fn judge(&self, run: &O::Kept) {
        let entry = self.trial.entry.any_value();
        let texts = || Some(((self.shown)(entry)?, (self.shown)(run)?));
        self.trial.judge(&self.key, self.is_still_there(), texts);
    }

    /// Whether the entry is still the one under its key, and may be used.
    fn is_still_there(&self) -> bool {
        let (request, entry) = (&self.request, &self.trial.entry);
        let there = self
            .near
            .usable(self.trial.hash, request.key(), request.asker());
        there.is_some_and(|there| Arc::ptr_eq(&there, entry)) && !entry.is_unconfirmed()
    }
}
