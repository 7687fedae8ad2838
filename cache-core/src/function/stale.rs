//! Functions with rules about stale values: a value serves while it is loaded anew behind the call, or when the load fails.

use std::future::poll_fn;
use std::time::Duration;

use super::pending::{Half, Opening, RunningLoad, failed, opening, whole};
use super::{KeepWithTags, PendingLoad, taint};
use crate::context::EnclosingLoads;
use crate::error::TimedOut;
use crate::load::{How, Reply};
use crate::near::NearKey;
use crate::outcome::Outcome;
use crate::policy::Staleness;
use crate::scope::{self, InScope};
use crate::spawn::{self, Job};
use crate::value::LocalValue;
use crate::wait::block_on;

/// What a call with rules about stale values comes to.
pub enum StaleOpen<O: Outcome, K: NearKey> {
    /// A value serves.
    Done(O::Ret),
    /// A value serves, and the load is to run behind the call.
    Behind(O::Ret, RunningLoad<O, K>),
    /// The body is to run.
    Run(RunningLoad<O, K>),
}

/// What a call gets, or the error in whose place nothing serves.
pub(super) type Closed<R> = Result<R, R>;

impl<O: Outcome<Kept: LocalValue>, K: NearKey> PendingLoad<O, K> {
    /// Follows these rules about stale values.
    pub fn staleness(mut self, rules: Staleness) -> Self {
        self.request.follow(rules);
        self
    }

    /// Looks for a value that serves, waits on this thread for another load of the key, or begins one.
    pub fn open_stale(self) -> StaleOpen<O, K> {
        block_on(self.open_stale_async())
    }

    /// [`open_stale`](Self::open_stale), awaited.
    pub async fn open_stale_async(self) -> StaleOpen<O, K> {
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
    pub fn open_within(self) -> Result<StaleOpen<O, K>, TimedOut> {
        block_on(self.open_within_async())
    }

    /// [`open_within`](Self::open_within), awaited.
    ///
    /// # Errors
    ///
    /// If that time is over.
    pub async fn open_within_async(self) -> Result<StaleOpen<O, K>, TimedOut> {
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

impl<K: NearKey> Opening<K> {
    /// For a function of this outcome; a caller who has waited for as long as it wanted to gets an error.
    fn of<O: Outcome<Kept: LocalValue>>(
        self,
        outcome: O,
        ttl: Option<Duration>,
    ) -> Result<StaleOpen<O, K>, RunningLoad<O, K>> {
        Ok(match self {
            Self::Value(entry) => StaleOpen::Done(whole(outcome, &*entry)),
            Self::Behind(entry, leader) => {
                let running = RunningLoad::new(outcome, leader, ttl);
                StaleOpen::Behind(whole(outcome, &*entry), running)
            }
            Self::Load(leader, error) => {
                match RunningLoad::new(outcome, leader, ttl).unless_shared(error) {
                    Ok(running) => StaleOpen::Run(running),
                    Err(ret) => StaleOpen::Done(ret),
                }
            }
            Self::TimedOut(leader) => return Err(RunningLoad::new(outcome, leader, ttl)),
        })
    }
}

impl<O: Outcome<Kept: LocalValue>, K: NearKey> RunningLoad<O, K> {
    /// Ends the load with what the body returned. If that is an error, a stale value serves if there is one.
    ///
    /// # Errors
    ///
    /// What the body returned, if nothing serves in its place.
    pub fn close_stale<F: Into<KeepWithTags>>(
        self,
        ret: O::Ret,
        keep: impl FnOnce(&O::Ret) -> F,
    ) -> Result<O::Ret, O::Ret> {
        let (closed, end) = self.end_stale(ret, keep);
        if let Some(end) = end {
            block_on(end);
        }
        closed
    }

    /// [`close_stale`](Self::close_stale), awaited.
    ///
    /// # Errors
    ///
    /// What the body returned, if nothing serves in its place.
    pub async fn close_stale_async<F: Into<KeepWithTags>>(
        self,
        ret: O::Ret,
        keep: impl FnOnce(&O::Ret) -> F,
    ) -> Result<O::Ret, O::Ret> {
        let (closed, end) = self.end_stale(ret, keep);
        if let Some(end) = end {
            end.await;
        }
        closed
    }

    fn end_stale<F: Into<KeepWithTags>>(
        self,
        ret: O::Ret,
        keep: impl FnOnce(&O::Ret) -> F,
    ) -> (Closed<O::Ret>, Option<Half<()>>) {
        if O::kept(&ret).is_some() {
            let end = self.end(&ret, keep);
            return (Ok(ret), end);
        }
        let (outcome, stale) = (self.outcome, self.leader.stale());
        let Some(entry) = stale else {
            failed(*self.leader, &|| O::share(&ret));
            return (Err(ret), None);
        };
        How::Stale.tell(self.leader.near(), &entry);
        self.leader.count_stale();
        failed(*self.leader, &|| O::share(&ret));
        (Ok(whole(outcome, &*entry)), None)
    }

    /// The load with its body, to run behind the call. An error is given to nobody.
    pub fn behind<F: Into<KeepWithTags>>(
        mut self,
        body: impl FnOnce() -> O::Ret + Send + 'static,
        keep: impl FnOnce(&O::Ret) -> F + Send + 'static,
    ) -> Job
    where
        O: Send + 'static,
        O::Ret: Send + 'static,
    {
        let scope = scope::here();
        let (reply, enclosing) = self.caller();
        Job::new(reply.is_some(), move || {
            scope::run(scope, || {
                let _inside = enclosing.enter();
                let Some(mut running) = block_on(self.prepared(reply.as_ref())) else {
                    return;
                };
                let ret = Reply::catch(reply.as_ref(), || {
                    let _inside = running.enter();
                    body()
                });
                let closed = running.close_stale(ret, keep);
                Reply::give(reply, closed);
            });
        })
    }

    /// [`behind`](Self::behind) of an async body.
    pub fn behind_async<B, F>(
        mut self,
        body: impl FnOnce() -> B + Send + 'static,
        keep: impl FnOnce(&O::Ret) -> F + Send + 'static,
    ) -> Half<()>
    where
        O: Send + 'static,
        O::Ret: Send + 'static,
        B: Future<Output = O::Ret> + Send + 'static,
        F: Into<KeepWithTags>,
    {
        let (reply, enclosing) = self.caller();
        let mut load = Box::pin(async move {
            let Some(mut running) = self.prepared(reply.as_ref()).await else {
                return;
            };
            let ret = Reply::catch_async(reply.as_ref(), running.load(body())).await;
            let closed = running.close_stale_async(ret, keep).await;
            Reply::give(reply, closed);
        });
        let load = poll_fn(move |context| {
            let _inside = enclosing.enter();
            load.as_mut().poll(context)
        });
        Box::pin(InScope::new(scope::here(), load))
    }

    /// The caller who waits for the load, and the loads that enclose both.
    fn caller(&mut self) -> (Option<Reply<Closed<O::Ret>>>, EnclosingLoads) {
        let reply = self.reply.take();
        let enclosing = reply.as_ref().map(|_| EnclosingLoads::here());
        (reply, enclosing.unwrap_or_default())
    }

    /// The load, once the store behind was asked; `None` if the store has a value that serves better. A load with a caller was
    /// opened by it.
    async fn prepared(self, caller: Option<&Reply<Closed<O::Ret>>>) -> Option<Self> {
        if caller.is_some() {
            return Some(self);
        }
        let leader = Box::pin(self.leader.prepared()).await?;
        Some(Self {
            leader: Box::new(leader),
            ..self
        })
    }
}

/// What a function returns in place of a value that could not be loaded. It is not kept.
pub fn fallback<O: Outcome>(_: O, value: impl FnOnce() -> O::Kept) -> O::Ret {
    taint();
    O::whole(value())
}

/// Runs a load behind the call, on the runtime that the caller runs on; without one, now.
#[cfg(feature = "tokio")]
pub async fn spawn(load: Half<()>) {
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
