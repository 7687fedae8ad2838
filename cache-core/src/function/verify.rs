//! Hits that are verified: the body runs as well, and what it returns is compared with what is kept.

pub use self::probes::*;

mod probes;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::entry::{AnyEntry, Equals};
use crate::load::LoadRequest;
use crate::near::{NearKey, Tier};
use crate::outcome::Outcome;
use crate::site::{Remembered, Site, Suspect};
use crate::value::LocalValue;
use crate::verify::{self, Differing, VerifyMode, grace, wait, wait_async};

/// A hit that is verified.
#[must_use = "a hit that is verified is compared"]
pub struct VerifiedHit<O, K: NearKey> {
    pub(super) outcome: O,
    pub(super) near: &'static dyn Tier<K>,
    pub(super) site: &'static Site,
    pub(super) request: Box<LoadRequest<'static, K>>,
    pub(super) hash: u64,
    /// The key as users know it.
    pub(super) key: String,
    /// What is kept.
    pub(super) entry: Arc<dyn AnyEntry>,
    pub(super) mode: VerifyMode,
    pub(super) equals: Equals,
    pub(super) shown: ShowValue,
    /// How old the value is that is verified.
    pub(super) age: Duration,
    /// How long a copy may be older than its store.
    pub(super) near_ttl: Duration,
}

/// What the comparison of a run has come to.
enum RunResult {
    /// The run has failed, which says nothing of what is kept.
    Nothing,
    /// It has returned what is kept.
    Fine,
    /// The run has returned this instead.
    Differs(Arc<dyn Any + Send + Sync>),
}

/// Runs the body of a hit that is verified, and once more if it returns something else than what is kept; `None` if its arguments cannot
/// be copied. The body has no type of its own, so that this is compiled once for all functions of a signature.
///
/// # Panics
///
/// In tests, if that difference is a fault.
pub fn against<O: Outcome<Kept: LocalValue>, K: NearKey>(
    hit: Option<VerifiedHit<O, K>>,
    body: &mut dyn FnMut() -> Option<O::Ret>,
) {
    let Some(hit) = hit else {
        return;
    };
    let mut run = || {
        let apart = || verify::apart(&mut *body);
        catch_unwind(AssertUnwindSafe(apart)).ok().flatten()
    };
    let Some(first) = hit.first(run().as_ref()) else {
        return;
    };
    if wait(hit.grace()) {
        hit.judge(&first, run().as_ref());
    }
}

impl<O: Outcome<Kept: LocalValue>, K: NearKey> VerifiedHit<O, K> {
    /// [`against`], awaited.
    ///
    /// # Panics
    ///
    /// In tests, if the difference is a fault.
    pub async fn against_async(
        self,
        one: impl Future<Output = O::Ret>,
        other: impl Future<Output = O::Ret>,
    ) {
        let Some(first) = self.first(shadow(one).await.as_ref()) else {
            return;
        };
        if !wait_async(self.grace()).await {
            return;
        }
        let second = shadow(other).await;
        self.judge(&first, second.as_ref());
    }

    /// What comes of the first run: in tests its difference, which is judged after a grace.
    fn first(&self, run: Option<&O::Ret>) -> Option<Arc<dyn Any + Send + Sync>> {
        match self.compare(run) {
            RunResult::Nothing => {}
            RunResult::Fine => self.is_fine(),
            RunResult::Differs(_) if self.site.counters.is_impure() => self.site.counters.impure(),
            RunResult::Differs(first) if self.mode == VerifyMode::Production => {
                self.suspect(first);
            }
            RunResult::Differs(first) => return Some(first),
        }
        None
    }

    /// Compares what a run has returned.
    fn compare(&self, run: Option<&O::Ret>) -> RunResult {
        let _ = self.outcome;
        let Some(kept) = run.and_then(O::kept) else {
            return RunResult::Nothing;
        };
        if (self.equals)(self.entry.any_value(), kept) {
            return RunResult::Fine;
        }
        RunResult::Differs(Arc::new(kept.clone()))
    }

    fn is_fine(&self) {
        self.site.counters.verified();
        self.site.suspects().remove(self.hash);
    }

    /// In production no caller waits: the difference is remembered, and judged by a later hit of the same entry.
    fn suspect(&self, first: Arc<dyn Any + Send + Sync>) {
        let suspects = self.site.suspects();
        if suspects.are_due() && verify::are_under_way() {
            return;
        }
        match suspects.take_due(self.hash, &self.entry) {
            Remembered::Nothing => {
                suspects.add(self.hash, Suspect::new(&self.entry, first, self.grace()));
            }
            Remembered::NotDue => {}
            Remembered::Due(former) => self.decide(&former, &first),
        }
    }

    fn judge(&self, first: &Arc<dyn Any + Send + Sync>, second: Option<&O::Ret>) {
        match self.compare(second) {
            RunResult::Nothing => {}
            RunResult::Fine => self.is_fine(),
            RunResult::Differs(second) => self.decide(first, &second),
        }
    }

    /// Two runs differ from what is kept, and a grace lies between them.
    fn decide(&self, first: &Arc<dyn Any + Send + Sync>, second: &Arc<dyn Any + Send + Sync>) {
        let differing = Differing {
            site: self.site,
            mode: self.mode,
            key: &self.key,
            runs_agree: (self.equals)(&**first, &**second),
            is_still_there: self.is_still_there(),
            age: self.age,
            near_ttl: self.near_ttl,
        };
        let texts = || {
            Some((
                (self.shown)(self.entry.any_value())?,
                (self.shown)(&**second)?,
            ))
        };
        differing.judge(&self.entry, texts);
    }

    /// Whether the entry is still the one under its key, and may be used.
    fn is_still_there(&self) -> bool {
        let there = self
            .near
            .usable(self.hash, self.request.key(), self.request.asker());
        there.is_some_and(|there| Arc::ptr_eq(&there, &self.entry)) && !self.entry.is_unconfirmed()
    }

    fn grace(&self) -> Duration {
        grace(self.near_ttl)
    }
}

/// What a run that verifies returns; `None` if it panics.
async fn shadow<F: Future>(body: F) -> Option<F::Output> {
    let mut run = std::pin::pin!(verify::apart_async(body));
    let poll = |context: &mut Context<'_>| match catch_unwind(AssertUnwindSafe(|| {
        run.as_mut().poll(context)
    })) {
        Ok(polled) => polled.map(Some),
        Err(_panic) => Poll::Ready(None),
    };
    std::future::poll_fn(poll).await
}
