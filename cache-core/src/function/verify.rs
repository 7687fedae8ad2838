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
    /// How old the value is that is verified.
    pub(super) age: Duration,
    /// How long a copy may be older than its store.
    pub(super) near_ttl: Duration,
}

/// What the comparison of a run has come to.
enum Compared {
    /// The run has failed, which says nothing of what is kept.
    Nothing,
    /// It has returned what is kept.
    Fine,
    /// The run has returned this instead.
    Differs(Arc<dyn Any + Send + Sync>),
}

/// Runs the body of a hit that is verified, and once more if it returns something else than what is kept; each time with one of these
/// arguments, if they could be copied. The body has no type of its own, so that this is compiled once for all functions of a signature.
///
/// # Panics
///
/// In tests, if that difference is a fault.
pub fn against<O: Outcome<Kept: LocalValue>, K: NearKey, A>(
    hit: Option<VerifiedHit<O, K>>,
    how: (Equals, ShowValue),
    arguments: [Option<A>; 2],
    body: &mut dyn FnMut(A) -> O::Ret,
) {
    if let (Some(hit), [Some(one), Some(other)]) = (hit, arguments) {
        let mut arguments = [one, other].into_iter();
        hit.against(how, &mut || {
            body(arguments.next().expect("the body runs twice at most"))
        });
    }
}

impl<O: Outcome<Kept: LocalValue>, K: NearKey> VerifiedHit<O, K> {
    /// Runs the body, and once more if it returns something else than what is kept.
    fn against(self, how: (Equals, ShowValue), body: &mut dyn FnMut() -> O::Ret) {
        let mut run = || {
            let apart = || verify::apart(&mut *body);
            catch_unwind(AssertUnwindSafe(apart)).ok()
        };
        let Some(first) = self.first(how, run().as_ref()) else {
            return;
        };
        if !wait(self.grace()) {
            return;
        }
        let second = run();
        self.judge(how, &first, second.as_ref());
    }

    /// [`against`](Self::against), awaited.
    ///
    /// # Panics
    ///
    /// In tests, if the difference is a fault.
    pub async fn against_async(
        self,
        how: (Equals, ShowValue),
        one: impl Future<Output = O::Ret>,
        other: impl Future<Output = O::Ret>,
    ) {
        let Some(first) = self.first(how, shadow(one).await.as_ref()) else {
            return;
        };
        if !wait_async(self.grace()).await {
            return;
        }
        let second = shadow(other).await;
        self.judge(how, &first, second.as_ref());
    }

    /// What comes of the first run: in tests its difference, which is judged after a grace.
    fn first(
        &self,
        how: (Equals, ShowValue),
        run: Option<&O::Ret>,
    ) -> Option<Arc<dyn Any + Send + Sync>> {
        match self.compare(how.0, run) {
            Compared::Nothing => {}
            Compared::Fine => self.is_fine(),
            Compared::Differs(_) if self.site.counters.is_impure() => self.site.counters.impure(),
            Compared::Differs(first) if self.mode == VerifyMode::Production => {
                self.suspect(how, first);
            }
            Compared::Differs(first) => return Some(first),
        }
        None
    }

    /// Compares what a run has returned.
    fn compare(&self, equals: Equals, run: Option<&O::Ret>) -> Compared {
        let _ = self.outcome;
        let Some(kept) = run.and_then(O::kept) else {
            return Compared::Nothing;
        };
        if equals(self.entry.any_value(), kept) {
            return Compared::Fine;
        }
        Compared::Differs(Arc::new(kept.clone()))
    }

    fn is_fine(&self) {
        self.site.counters.verified();
        self.site.suspects().remove(self.hash);
    }

    /// In production no caller waits: the difference is remembered, and judged by a later hit of the same entry.
    fn suspect(&self, how: (Equals, ShowValue), first: Arc<dyn Any + Send + Sync>) {
        let suspects = self.site.suspects();
        if suspects.are_due() && verify::are_under_way() {
            return;
        }
        match suspects.take_due(self.hash, &self.entry) {
            Remembered::Nothing => {
                suspects.add(self.hash, Suspect::new(&self.entry, first, self.grace()));
            }
            Remembered::NotDue => {}
            Remembered::Due(former) => self.decide(how, &former, &first),
        }
    }

    fn judge(
        &self,
        how: (Equals, ShowValue),
        first: &Arc<dyn Any + Send + Sync>,
        second: Option<&O::Ret>,
    ) {
        match self.compare(how.0, second) {
            Compared::Nothing => {}
            Compared::Fine => self.is_fine(),
            Compared::Differs(second) => self.decide(how, first, &second),
        }
    }

    /// Two runs differ from what is kept, and a grace lies between them.
    fn decide(
        &self,
        (equals, shown): (Equals, ShowValue),
        first: &Arc<dyn Any + Send + Sync>,
        second: &Arc<dyn Any + Send + Sync>,
    ) {
        let differing = Differing {
            site: self.site,
            mode: self.mode,
            key: &self.key,
            runs_agree: equals(&**first, &**second),
            is_still_there: self.is_still_there(),
            age: self.age,
            near_ttl: self.near_ttl,
        };
        let texts = || Some((shown(self.entry.any_value())?, shown(&**second)?));
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
