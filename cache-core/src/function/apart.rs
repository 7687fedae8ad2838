//! Loads that run apart from their caller, who may give up waiting for them.

use std::any::Any;
use std::future::poll_fn;

use super::running::{Closed, Half, RunningLoad, whole};
use super::{KeepRule, KeepWithTags};
use crate::context::EnclosingLoads;
use crate::error::TimedOut;
use crate::load::{ApartCaller, How, Reply, Waited};
use crate::near::Core;
use crate::outcome::Outcome;
use crate::scope::{self, InScope};
use crate::spawn::Job;
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

/// A load that runs behind or apart from a call.
#[must_use = "a load is closed"]
pub struct ApartLoad<O: Outcome> {
    running: RunningLoad<O>,
    /// The caller, if one waits.
    reply: Option<Reply<Closed<O::Ret>>>,
}

impl<O: Outcome<Kept: LocalValue>> RunningLoad<O> {
    /// The load, which is to run elsewhere, and its caller.
    pub fn apart(self) -> (ApartLoad<O>, Waiter<O>) {
        // Also if the caller gives up, what it makes of that depends on the names of the load.
        self.leader.tell(&[]);
        let (reply, caller) = self.leader.apart();
        let waiter = Waiter {
            outcome: self.outcome,
            caller,
            near: self.leader.near(),
            counters: self.leader.counters(),
        };
        let load = ApartLoad {
            running: self,
            reply: Some(reply),
        };
        (load, waiter)
    }
}

impl<O: Outcome<Kept: LocalValue>> ApartLoad<O> {
    pub(super) fn without_caller(running: RunningLoad<O>) -> Self {
        Self {
            running,
            reply: None,
        }
    }

    /// The load with its body, to run behind the call. An error is given to nobody but a caller who waits.
    pub fn behind(
        self,
        body: impl FnOnce() -> O::Ret + Send + 'static,
        mut keep: impl FnMut(&O::Ret, Option<&dyn Any>) -> KeepWithTags + Send + 'static,
    ) -> Job
    where
        O: Send + 'static,
        O::Ret: Send + 'static,
    {
        let (scope, enclosing) = (scope::here(), self.enclosing());
        let Self { running, reply } = self;
        Job::new(reply.is_some(), move || {
            scope::run(scope, || {
                let _inside = enclosing.enter();
                let Some(mut running) = block_on(prepared(running, reply.as_ref())) else {
                    return;
                };
                let ret = Reply::catch(reply.as_ref(), || {
                    let _inside = running.enter();
                    body()
                });
                let closed = running.close_stale(ret, KeepRule::Asks(&mut keep));
                Reply::give(reply, closed);
            });
        })
    }

    /// [`behind`](Self::behind) of an async body.
    pub fn behind_async<B>(
        self,
        body: impl FnOnce() -> B + Send + 'static,
        mut keep: impl FnMut(&O::Ret, Option<&dyn Any>) -> KeepWithTags + Send + 'static,
    ) -> Half<()>
    where
        O: Send + 'static,
        O::Ret: Send + 'static,
        B: Future<Output = O::Ret> + Send + 'static,
    {
        let enclosing = self.enclosing();
        let Self { running, reply } = self;
        let mut load = Box::pin(async move {
            let Some(mut running) = prepared(running, reply.as_ref()).await else {
                return;
            };
            let ret = Reply::catch_async(reply.as_ref(), running.load(body())).await;
            let closed = running
                .close_stale_async(ret, KeepRule::Asks(&mut keep))
                .await;
            Reply::give(reply, closed);
        });
        let load = poll_fn(move |context| {
            let _inside = enclosing.enter();
            load.as_mut().poll(context)
        });
        Box::pin(InScope::new(scope::here(), load))
    }

    /// The loads that enclose the caller who waits.
    fn enclosing(&self) -> EnclosingLoads {
        let caller = self.reply.as_ref();
        caller.map_or_else(EnclosingLoads::default, |_| EnclosingLoads::here())
    }
}

/// The load, once the store behind was asked; `None` if the store has a value that serves better. A load with a caller was opened by
/// it.
async fn prepared<O: Outcome, R>(
    running: RunningLoad<O>,
    caller: Option<&Reply<R>>,
) -> Option<RunningLoad<O>> {
    if caller.is_some() {
        return Some(running);
    }
    let leader = Box::pin(running.leader.prepared()).await?;
    Some(RunningLoad { leader, ..running })
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
