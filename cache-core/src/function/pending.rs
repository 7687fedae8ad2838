//! A miss: the right to load. The generated code runs the body between the two halves of a load, so that nothing here is
//! compiled for each function.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{KeepWithTags, life};
use crate::context::{self, InLoad, LoadScope};
use crate::entry::{AnyEntry, Entry, EntryMaker};
use crate::key::Tag;
use crate::load::{Leader, LoadRequest, Opened, Reply};
use crate::name::Name;
use crate::near::{NearKey, SharedError};
use crate::outcome::Outcome;
use crate::policy::Life;
use crate::value::LocalValue;
use crate::wait::block_on;

/// The right to load a value that was not found.
#[must_use = "a miss is followed by a load"]
pub struct PendingLoad<O, K: NearKey> {
    pub(super) outcome: O,
    /// On the heap, so that a hit does not carry the room for it.
    pub(super) request: Box<LoadRequest<'static, K>>,
    /// How long the value lives where the site says nothing.
    pub(super) ttl: Option<Duration>,
}

/// What a load begins with.
pub enum Open<O: Outcome, K: NearKey> {
    /// Another load has brought the value.
    Done(O::Ret),
    /// The body is to run.
    Run(RunningLoad<O, K>),
}

/// A load whose body runs.
#[must_use = "a load is closed"]
pub struct RunningLoad<O: Outcome, K: NearKey> {
    pub(super) outcome: O,
    pub(super) leader: Box<Leader<'static, K>>,
    pub(super) ttl: Option<Duration>,
    /// The caller, where the load runs apart from it.
    pub(super) reply: Option<Reply<Result<O::Ret, O::Ret>>>,
}

/// A half of a load, for one type of key.
pub(super) type Half<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<O: Outcome<Kept: LocalValue>, K: NearKey> PendingLoad<O, K> {
    /// Adds tags that the value carries, known before it is loaded.
    pub fn tags(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.request.also(tags.into_iter().map(|tag| tag.name()));
        self
    }

    /// For a new value, whatever is there.
    pub(super) fn anew(mut self) -> Self {
        self.request.anew();
        self
    }

    /// For a new value that the body writes elsewhere.
    pub(super) fn put(mut self) -> Self {
        self.request.put();
        self
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

/// What a call that missed has come to.
pub(super) enum Opening<K: NearKey> {
    /// A value is there.
    Value(Arc<dyn AnyEntry>),
    /// A value is there, and the load is to run behind the caller.
    Behind(Arc<dyn AnyEntry>, Box<Leader<'static, K>>),
    /// The caller loads. If it has waited for a load that failed, this is the error.
    Load(Box<Leader<'static, K>>, Option<SharedError>),
    /// The caller has waited for as long as it wanted to; if it does not give up, it loads alone.
    TimedOut(Box<Leader<'static, K>>),
}

pub(super) fn opening<K: NearKey>(request: Box<LoadRequest<'static, K>>) -> Half<Opening<K>> {
    let near = request.near();
    Box::pin(async move {
        match request.open().await {
            Opened::Ready(entry, how) => {
                how.tell(near, &entry);
                Opening::Value(entry)
            }
            Opened::Behind(entry, how, leader) => {
                how.tell(near, &entry);
                Opening::Behind(entry, Box::new(leader))
            }
            Opened::Run(leader) => Opening::Load(Box::new(leader), None),
            Opened::Failed(error, leader) => Opening::Load(Box::new(leader), Some(error)),
            Opened::TimedOut(request) => Opening::TimedOut(Box::new(request.into_solo())),
        }
    })
}

fn opened_as<O: Outcome<Kept: LocalValue>, K: NearKey>(
    outcome: O,
    ttl: Option<Duration>,
    opened: Opening<K>,
) -> Open<O, K> {
    let (leader, error) = match opened {
        Opening::Value(entry) | Opening::Behind(entry, _) => {
            return Open::Done(whole(outcome, &*entry));
        }
        Opening::Load(leader, error) => (leader, error),
        Opening::TimedOut(leader) => (leader, None),
    };
    match RunningLoad::new(outcome, leader, ttl).unless_shared(error) {
        Ok(running) => Open::Run(running),
        Err(ret) => Open::Done(ret),
    }
}

pub(super) fn whole<O: Outcome<Kept: LocalValue>>(_: O, entry: &dyn AnyEntry) -> O::Ret {
    // A flight and an entry of the same origin hold the same type.
    let kept = entry.value_as::<O::Kept>().cloned();
    O::whole(kept.expect("entries of one site hold one type"))
}

impl<O: Outcome<Kept: LocalValue>, K: NearKey> RunningLoad<O, K> {
    pub(super) fn new(outcome: O, leader: Box<Leader<'static, K>>, ttl: Option<Duration>) -> Self {
        Self {
            outcome,
            leader,
            ttl,
            reply: None,
        }
    }

    /// The load, unless the error of another one is the caller's as well: then what the function returns.
    pub(super) fn unless_shared(self, error: Option<SharedError>) -> Result<Self, O::Ret> {
        match error.and_then(|error| O::unshare(&error)) {
            Some(ret) => {
                self.leader.tell(&[]);
                self.leader.fail(None);
                Err(ret)
            }
            None => Ok(self),
        }
    }

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
        self,
        ret: O::Ret,
        keep: impl FnOnce(&O::Ret) -> F,
    ) -> O::Ret {
        if let Some(end) = self.end(&ret, keep) {
            block_on(end);
        }
        ret
    }

    /// [`close`](Self::close), awaited.
    pub async fn close_async<F: Into<KeepWithTags>>(
        self,
        ret: O::Ret,
        keep: impl FnOnce(&O::Ret) -> F,
    ) -> O::Ret {
        if let Some(end) = self.end(&ret, keep) {
            end.await;
        }
        ret
    }

    /// What is left to do at the end. Whether and how long the value is kept is asked as a part of the load.
    pub(super) fn end<F: Into<KeepWithTags>>(
        self,
        ret: &O::Ret,
        keep: impl FnOnce(&O::Ret) -> F,
    ) -> Option<Half<()>> {
        let mut keep = Some(keep);
        self.end_as(ret, &mut || keep.take().map(|keep| keep(ret).into()))
    }

    /// [`end`](Self::end), which is compiled once for each type of value, not for each function.
    fn end_as(
        mut self,
        ret: &O::Ret,
        keep: &mut dyn FnMut() -> Option<KeepWithTags>,
    ) -> Option<Half<()>> {
        let _ = self.outcome;
        let Some(kept) = O::kept(ret) else {
            failed(*self.leader, &|| O::share(ret));
            return None;
        };
        // Of what is the caller's alone, only a load that encloses this one asks for the tags.
        let decision = if self.leader.is_alone() && !context::is_loading() {
            None
        } else {
            let _inside = self.leader.enter();
            keep()
        };
        let copy = || -> EntryMaker {
            let kept = kept.clone();
            Box::new(|meta| Entry::new(kept, meta))
        };
        brought(self.leader, self.ttl, decision, &copy)
    }
}

/// The end of a load that brought nothing to keep.
pub(super) fn failed<K: NearKey>(
    leader: Leader<'static, K>,
    share: &dyn Fn() -> Option<SharedError>,
) {
    leader.count_error();
    leader.tell(&[]);
    leader.fail(share());
}

/// The end of a load that brought a value, of which `copy` makes the entry.
fn brought<K: NearKey>(
    mut leader: Box<Leader<'static, K>>,
    ttl: Option<Duration>,
    decision: Option<KeepWithTags>,
    copy: &dyn Fn() -> EntryMaker,
) -> Option<Half<()>> {
    let names = names(decision.as_ref().map_or(&[], |decision| &decision.tags));
    leader.tell(&names);
    let decision = decision.filter(|_| !leader.is_alone());
    let Some(decision) = decision else {
        leader.fail(None);
        return None;
    };
    let entry = {
        let _inside = leader.enter();
        copy()
    };
    let life = life(decision.keep, ttl, leader.rules());
    let keeps = life.is_some();
    let life = life.unwrap_or_else(Life::endless);
    let entry = entry(leader.meta(life, 0, &names));
    Some(Box::pin(async move {
        if keeps {
            leader.keep(entry).await;
        } else {
            leader.share(entry).await;
        }
    }))
}

pub(super) fn names(tags: &[Tag]) -> Vec<Name> {
    tags.iter().map(Tag::name).collect()
}
