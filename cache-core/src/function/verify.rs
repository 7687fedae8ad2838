//! Hits that are verified: the body runs as well, and what it returns is compared with what is kept.

pub use self::probes::*;

mod probes;

use std::any::Any;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::entry::Equals;
use crate::load::LoadRequest;
use crate::outcome::Outcome;
use crate::value::LocalValue;
use crate::verify::{self, NextStep, Trial, VerifyMode, shadow};

/// A run gives up after this time, where its function says nothing else.
const LIMIT: Duration = Duration::from_secs(10);

/// A hit that is verified.
#[must_use = "a hit that is verified is compared"]
pub struct VerifiedHit<O> {
    outcome: PhantomData<fn() -> O>,
    runs: VerifiedRuns,
}

/// The runs for one hit, whatever the type of its value is.
pub(super) struct VerifiedRuns {
    request: Box<LoadRequest<'static>>,
    /// The key as users know it.
    key: String,
    equals: Equals,
    shown: ShowValue,
    trial: Trial,
    /// What the first run after the grace has returned.
    first: Option<Arc<dyn Any + Send + Sync>>,
}

/// What a run has returned to be kept.
struct CheckedReturn<'r> {
    kept: &'r dyn Any,
    is_error: fn(&dyn Any) -> bool,
    copy: fn(&dyn Any) -> Option<Arc<dyn Any + Send + Sync>>,
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
pub fn against<O: Outcome<Kept: LocalValue>>(
    hit: Option<VerifiedHit<O>>,
    body: &mut dyn FnMut() -> Option<O::Ret>,
) {
    let Some(hit) = hit else {
        return;
    };
    hit.runs.go_on(&mut |runs| {
        let mut ret = None;
        run_quietly(&mut || ret = body());
        runs.compare(CheckedReturn::of::<O>(ret.as_ref()))
    });
}

/// A panic of the body says nothing of what is kept.
fn run_quietly(run: &mut dyn FnMut()) {
    let _panic = catch_unwind(AssertUnwindSafe(|| verify::apart(run)));
}

impl<O: Outcome<Kept: LocalValue>> VerifiedHit<O> {
    pub(super) fn new(runs: VerifiedRuns) -> Self {
        Self {
            outcome: PhantomData,
            runs,
        }
    }

    /// [`against`], awaited. `body` begins a run with copies of the arguments, which must not take longer than `limit`.
    ///
    /// # Panics
    ///
    /// In tests, if the difference is a fault.
    pub async fn against_async<F: Future<Output = O::Ret>>(
        self,
        limit: Option<Duration>,
        mut body: impl FnMut() -> Option<F>,
    ) {
        let (mut runs, limit) = (self.runs, limit.unwrap_or(LIMIT));
        while let Some(run) = catch_unwind(AssertUnwindSafe(&mut body)).ok().flatten() {
            let next = {
                let run = shadow(run, limit).await;
                runs.compare(CheckedReturn::of::<O>(run.as_ref()))
            };
            let goes_on = match next {
                NextStep::Run => true,
                NextStep::Wait(changes) => runs.trial.wait_async(changes).await,
                NextStep::Judge | NextStep::End => false,
            };
            if !goes_on {
                return;
            }
        }
    }
}

impl<'r> CheckedReturn<'r> {
    /// `None` for a run that has failed: that says nothing of what is kept.
    fn of<O: Outcome<Kept: LocalValue>>(ret: Option<&'r O::Ret>) -> Option<Self> {
        Some(Self {
            kept: ret.and_then(O::kept)?,
            is_error: is_error::<O>,
            copy: copy::<O>,
        })
    }
}

fn is_error<O: Outcome<Kept: LocalValue>>(value: &dyn Any) -> bool {
    value.downcast_ref().is_some_and(O::is_error)
}

fn copy<O: Outcome<Kept: LocalValue>>(value: &dyn Any) -> Option<Arc<dyn Any + Send + Sync>> {
    Some(Arc::new(value.downcast_ref::<O::Kept>()?.clone()))
}

impl VerifiedRuns {
    /// The runs of this trial, whose values are compared and shown so.
    pub(super) fn new(
        request: Box<LoadRequest<'static>>,
        key: String,
        trial: Trial,
        (equals, shown): (Equals, ShowValue),
    ) -> Self {
        Self {
            request,
            key,
            equals,
            shown,
            trial,
            first: None,
        }
    }

    /// Runs until the trial has ended.
    fn go_on(mut self, run: &mut dyn FnMut(&mut Self) -> NextStep) {
        loop {
            let goes_on = match run(&mut self) {
                NextStep::Run => true,
                NextStep::Wait(changes) => self.trial.wait(changes),
                NextStep::Judge | NextStep::End => false,
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Compares what a run has returned. In production no panic of a comparison reaches the caller, who has a value.
    fn compare(&mut self, run: Option<CheckedReturn<'_>>) -> NextStep {
        let Some(run) = run else {
            return NextStep::End;
        };
        match self.trial.mode {
            VerifyMode::Test => self.compare_kept(&run),
            VerifyMode::Production => {
                let compared = || self.compare_kept(&run);
                catch_unwind(AssertUnwindSafe(compared)).unwrap_or(NextStep::End)
            }
        }
    }

    fn compare_kept(&mut self, run: &CheckedReturn<'_>) -> NextStep {
        // An error passes, and says nothing of what is not one.
        if (run.is_error)(run.kept) || (run.is_error)(self.trial.entry.any_value()) {
            return NextStep::End;
        }
        if (self.equals)(self.trial.entry.any_value(), run.kept) {
            return self.trial.equal();
        }
        let first = self.first.as_ref();
        let agrees = first.is_none_or(|first| (self.equals)(&**first, run.kept));
        let next = self.trial.differs(agrees);
        match next {
            NextStep::Run if self.first.is_none() => self.first = (run.copy)(run.kept),
            NextStep::Judge => self.judge(run.kept),
            NextStep::Run | NextStep::Wait(_) | NextStep::End => {}
        }
        next
    }

    /// The difference has stood.
    fn judge(&self, run: &dyn Any) {
        let entry = self.trial.entry.any_value();
        let texts = || Some(((self.shown)(entry)?, (self.shown)(run)?));
        self.trial.judge(&self.key, self.is_still_there(), &texts);
    }

    /// Whether the entry is still the one under its key, and may be used.
    fn is_still_there(&self) -> bool {
        let (request, entry) = (&self.request, &self.trial.entry);
        let there = request
            .near()
            .usable(self.trial.hash, request.key(), request.asker());
        there.is_some_and(|there| Arc::ptr_eq(&there, entry)) && !entry.is_unconfirmed()
    }
}
