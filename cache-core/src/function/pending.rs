//! A miss: the right to load. The generated code runs the body between the two halves of a load, so that nothing here is
//! compiled for each function.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{KeepWithTags, life, tell};
use crate::context::{self, InLoad, LoadScope};
use crate::entry::AnyEntry;
use crate::key::Tag;
use crate::load::{Leader, Opened, Request};
use crate::monitor::block_on;
use crate::name::Name;
use crate::near::NearKey;
use crate::outcome::Outcome;
use crate::policy::Life;
use crate::value::LocalValue;

/// The right to load a value that was not found.
#[must_use = "a miss is followed by a load"]
pub struct PendingLoad<O, K: NearKey> {
    pub(super) outcome: O,
    pub(super) request: Request<'static, K>,
    /// How long the value lives where the site says nothing.
    pub(super) ttl: Option<Duration>,
}

/// What a load begins with.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is made"
)]
pub enum Open<O: Outcome, K: NearKey> {
    /// Another load has brought the value.
    Done(O::Ret),
    /// The body is to run.
    Run(Running<O, K>),
}

/// A load whose body runs.
#[must_use = "a load is closed"]
pub struct Running<O, K: NearKey> {
    outcome: O,
    leader: Leader<'static, K>,
    ttl: Option<Duration>,
}

/// A half of a load, for one type of key.
type Half<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<O: Outcome<Kept: LocalValue>, K: NearKey> PendingLoad<O, K> {
    /// Adds tags that the value carries, known before it is loaded.
    pub fn tags(self, tags: impl IntoIterator<Item = Tag>) -> Self {
        let names = tags.into_iter().map(|tag| tag.name());
        Self {
            request: self.request.also(names),
            ..self
        }
    }

    /// For a new value, whatever is there.
    pub(super) fn anew(self) -> Self {
        let request = self.request.anew();
        Self { request, ..self }
    }

    /// For a new value that the body writes elsewhere.
    pub(super) fn put(self) -> Self {
        let request = self.request.put();
        Self { request, ..self }
    }

    /// Waits on this thread for another load of the key, or begins one.
    pub fn open(self) -> Open<O, K> {
        let opened = block_on(opening(self.request));
        opened_as(self.outcome, self.ttl, opened)
    }

    /// [`open`](Self::open), awaited.
    pub async fn open_async(self) -> Open<O, K> {
        let opened = opening(self.request).await;
        opened_as(self.outcome, self.ttl, opened)
    }
}

fn opening<K: NearKey>(request: Request<'static, K>) -> Half<Opened<'static, K>> {
    let near = request.near();
    Box::pin(async move {
        let opened = request.open().await;
        if let Opened::Ready(entry, _) = &opened {
            tell(near, entry);
        }
        opened
    })
}

fn opened_as<O: Outcome<Kept: LocalValue>, K: NearKey>(
    outcome: O,
    ttl: Option<Duration>,
    opened: Opened<'static, K>,
) -> Open<O, K> {
    let leader = match opened {
        Opened::Ready(entry, _) => return Open::Done(whole(outcome, &*entry)),
        Opened::Failed(error, leader) => {
            if let Some(ret) = O::unshare(&error) {
                leader.tell(&[]);
                leader.fail(None);
                return Open::Done(ret);
            }
            leader
        }
        Opened::Run(leader) => leader,
    };
    Open::Run(Running {
        outcome,
        leader,
        ttl,
    })
}

fn whole<O: Outcome<Kept: LocalValue>>(_: O, entry: &dyn AnyEntry) -> O::Ret {
    // A flight and an entry of the same origin hold the same type.
    let kept = entry.value_as::<O::Kept>().cloned();
    O::whole(kept.expect("entries of one site hold one type"))
}

impl<O: Outcome<Kept: LocalValue>, K: NearKey> Running<O, K> {
    /// Marks what runs until the guard is dropped as the load.
    pub fn enter(&mut self) -> LoadScope {
        self.leader.enter()
    }

    /// Runs a future as the load.
    pub fn load<F: Future<Output = O::Ret>>(&mut self, body: F) -> InLoad<F> {
        self.leader.load(body)
    }

    /// Ends the load with what the body returned.
    pub fn close<F: Into<KeepWithTags>>(
        mut self,
        ret: O::Ret,
        keep: impl FnOnce(&O::Kept) -> F,
    ) -> O::Ret {
        let judged = self.judged(&ret);
        let decision = judged.map(|(kept, _inside)| keep(kept).into());
        if let Some(end) = self.end(&ret, decision) {
            block_on(end);
        }
        ret
    }

    /// [`close`](Self::close), awaited.
    pub async fn close_async<F: Into<KeepWithTags>>(
        mut self,
        ret: O::Ret,
        keep: impl FnOnce(&O::Kept) -> F,
    ) -> O::Ret {
        let judged = self.judged(&ret);
        let decision = judged.map(|(kept, _inside)| keep(kept).into());
        if let Some(end) = self.end(&ret, decision) {
            end.await;
        }
        ret
    }

    /// The value of which it is asked what becomes of it, and the load that the answer is a part of.
    fn judged<'r>(&mut self, ret: &'r O::Ret) -> Option<(&'r O::Kept, LoadScope)> {
        // Of what is the caller's alone, only a load that encloses this one asks for the tags.
        if self.leader.is_alone() && !context::is_loading() {
            return None;
        }
        Some((O::kept(ret)?, self.leader.enter()))
    }

    /// What is left to do at the end.
    fn end(mut self, ret: &O::Ret, decision: Option<KeepWithTags>) -> Option<Half<()>> {
        let _ = self.outcome;
        let kept = O::kept(ret);
        if kept.is_none() {
            self.leader.count_error();
        }
        let names = names(decision.as_ref().map_or(&[], |decision| &decision.tags));
        self.leader.tell(&names);
        let (Some(kept), Some(decision), false) = (kept, decision, self.leader.is_alone()) else {
            self.leader.fail(O::share(ret));
            return None;
        };
        let kept = {
            let _inside = self.leader.enter();
            kept.clone()
        };
        let life = life(decision.keep, self.ttl);
        let (keeps, life) = (life.is_some(), life.unwrap_or_else(Life::endless));
        let entry = self.leader.entry(kept, life, 0, &names);
        Some(ending(self.leader, entry, keeps))
    }
}

fn ending<K: NearKey>(
    leader: Leader<'static, K>,
    entry: Arc<dyn AnyEntry>,
    keeps: bool,
) -> Half<()> {
    Box::pin(async move {
        if keeps {
            leader.keep(entry).await;
        } else {
            leader.share(entry).await;
        }
    })
}

pub(super) fn names(tags: &[Tag]) -> Vec<Name> {
    tags.iter().map(Tag::name).collect()
}
