//! Functions with rules about stale values: a value serves while it is loaded anew behind the call, or when the load fails.

use std::time::Duration;

use super::apart::ApartLoad;
use super::pending::{Opening, opening, shared_error};
use super::running::{Closed, LoadEnd, RunningLoad, failed, whole};
use super::{KeepRule, PendingLoad, taint};
use crate::error::TimedOut;
use crate::load::How;
use crate::outcome::Outcome;
use crate::policy::Staleness;
use crate::spawn::{self, Job};
use crate::value::LocalValue;
use crate::wait::block_on;

/// What a call with rules about stale values comes to.
pub enum StaleOpen<O: Outcome> {
    /// A value serves.
    Done(O::Ret),
    /// A value serves, and the load is to run behind the call.
    Behind(O::Ret, ApartLoad<O>),
    /// The body is to run.
    Run(RunningLoad<O>),
}

impl<O: Outcome<Kept: LocalValue>> PendingLoad<O> {
    /// Follows these rules about stale values.
    pub fn staleness(mut self, rules: Staleness) -> Self {
        self.request.follow(rules);
        self
    }

    /// Looks for a value that serves, waits on this thread for another load of the key, or begins one.
    #[inline(never)]
    pub fn open_stale(self) -> StaleOpen<O> {
        block_on(self.open_stale_async())
    }

    /// [`open_stale`](Self::open_stale), awaited.
    pub async fn open_stale_async(self) -> StaleOpen<O> {
        let Self {
            outcome,
            request,
            ttl,
        } = self;
        match opening(request).await.of(outcome, ttl) {
            Ok(open) => open,
            Err(waited) => StaleOpen::Run(waited),
        }
    }

    /// [`open_stale`](Self::open_stale), for as long as the rules say at most.
    ///
    /// # Errors
    ///
    /// If that time is over.
    pub fn open_within(self) -> Result<StaleOpen<O>, TimedOut> {
        block_on(self.open_within_async())
    }

    /// [`open_within`](Self::open_within), awaited.
    ///
    /// # Errors
    ///
    /// If that time is over.
    pub async fn open_within_async(self) -> Result<StaleOpen<O>, TimedOut> {
        let Self {
            outcome,
            request,
            ttl,
        } = self;
        let limit = request.rules().hard_timeout.unwrap_or(Duration::MAX);
        let open = opening(request).await.of(outcome, ttl);
        open.map_err(|waited| {
            waited.leader.tell(&[]);
            TimedOut::after(limit)
        })
    }
}

impl Opening {
    /// For a function of this outcome; a caller who has waited for as long as it wanted to gets an error.
    fn of<O: Outcome<Kept: LocalValue>>(
        self,
        outcome: O,
        ttl: Option<Duration>,
    ) -> Result<StaleOpen<O>, RunningLoad<O>> {
        let opened = if O::SHARES {
            match shared_error::<O>(self) {
                Ok(ret) => return Ok(StaleOpen::Done(ret)),
                Err(opened) => opened,
            }
        } else {
            self
        };
        Ok(match opened {
            Self::Value(entry) => StaleOpen::Done(whole(outcome, &*entry)),
            Self::Behind(entry, leader) => {
                let running = RunningLoad::new(outcome, leader, ttl);
                StaleOpen::Behind(whole(outcome, &*entry), ApartLoad::without_caller(running))
            }
            Self::Load(leader, _) => StaleOpen::Run(RunningLoad::new(outcome, leader, ttl)),
            Self::TimedOut(leader) => return Err(RunningLoad::new(outcome, leader, ttl)),
        })
    }
}

impl<O: Outcome<Kept: LocalValue>> RunningLoad<O> {
    /// Ends the load with what the body returned. If that is an error, a stale value serves if there is one.
    ///
    /// # Errors
    ///
    /// What the body returned, if nothing serves in its place.
    #[inline(never)]
    pub fn close_stale(self, ret: O::Ret, keep: KeepRule<'_, O::Ret>) -> Result<O::Ret, O::Ret> {
        let (closed, end) = self.end_stale(ret, keep);
        if let Some(end) = end {
            end.run_here();
        }
        closed
    }

    /// [`close_stale`](Self::close_stale), awaited.
    ///
    /// # Errors
    ///
    /// What the body returned, if nothing serves in its place.
    pub fn close_stale_async(
        self,
        ret: O::Ret,
        keep: KeepRule<'_, O::Ret>,
    ) -> impl Future<Output = Result<O::Ret, O::Ret>> + use<O> {
        let (closed, end) = self.end_stale(ret, keep);
        async move {
            if let Some(end) = end {
                end.boxed().await;
            }
            closed
        }
    }

    fn end_stale(
        self,
        ret: O::Ret,
        keep: KeepRule<'_, O::Ret>,
    ) -> (Closed<O::Ret>, Option<LoadEnd>) {
        if O::kept(&ret).is_some() {
            let end = self.end(&ret, keep);
            return (Ok(ret), end);
        }
        let (outcome, stale) = (self.outcome, self.leader.stale());
        let error = if O::SHARES { O::share(&ret) } else { None };
        let Some(entry) = stale else {
            failed(self.leader, error);
            return (Err(ret), None);
        };
        How::Stale.tell(self.leader.near(), &entry);
        self.leader.count_stale();
        failed(self.leader, error);
        (Ok(whole(outcome, &*entry)), None)
    }
}

/// What a function returns in place of a value that could not be loaded. It is not kept.
pub fn fallback<O: Outcome>(_: O, value: impl FnOnce() -> O::Kept) -> O::Ret {
    taint();
    O::whole(value())
}

/// Runs a load behind the call, on the runtime that the caller runs on; without one, now.
#[cfg(feature = "tokio")]
pub async fn spawn(load: super::running::Half<()>) {
    if let Err(load) = spawn::spawn(load) {
        let _ = crate::load::Caught(load).await;
    }
}

/// Runs a load behind the call, on a thread of ours; now, if too many wait for one.
pub fn spawn_blocking(load: Job) {
    if let Err(load) = spawn::spawn_blocking(load) {
        load.run();
    }
}
