//! A miss: the right to load, and what comes of it. The generated code runs the body between the two halves of a load, so that
//! nothing here is compiled for each function.

use std::sync::Arc;
use std::time::Duration;

use super::running::{Half, RunningLoad, whole};
use crate::entry::{AnyEntry, Equals};
use crate::key::Tag;
use crate::load::{Leader, LoadRequest, Opened};
use crate::near::SharedError;
use crate::outcome::Outcome;
use crate::value::LocalValue;
use crate::wait::block_on;

/// The right to load a value that was not found.
#[must_use = "a miss is followed by a load"]
pub struct PendingLoad<O> {
    pub(super) outcome: O,
    /// On the heap, so that a hit does not carry the room for it.
    pub(super) request: Box<LoadRequest<'static>>,
    /// How long the value lives where the site says nothing.
    pub(super) ttl: Option<Duration>,
}

/// What a load begins with.
pub enum Open<O: Outcome> {
    /// Another load has brought the value.
    Done(O::Ret),
    /// The body is to run.
    Run(RunningLoad<O>),
}

impl<O: Outcome<Kept: LocalValue>> PendingLoad<O> {
    /// Adds tags that the value carries, known before it is loaded.
    pub fn tags(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.request.also(tags.into_iter().map(|tag| tag.name()));
        self
    }

    /// The load looks at what it replaces.
    pub fn looking_back(mut self) -> Self {
        self.request.look_back();
        self
    }

    /// The body takes what the load replaces.
    pub fn revalidating(mut self) -> Self {
        self.request.revalidate();
        self
    }

    /// Learns from whether loads change anything, as values are compared so.
    pub fn comparing(mut self, equals: Equals) -> Self {
        self.request.compare_by(equals);
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

    /// Waits on this thread for another load of the key, or begins one. Apart, so that a hit does not carry the room for it.
    #[inline(never)]
    pub fn open(self) -> Open<O> {
        opened_as(self.outcome, self.ttl, opening_here(self.request))
    }

    /// [`open`](Self::open), awaited.
    pub async fn open_async(self) -> Open<O> {
        let opened = opening(self.request).await;
        opened_as(self.outcome, self.ttl, opened)
    }
}

/// What a call that missed has come to.
pub(super) enum Opening {
    /// A value is there.
    Value(Arc<dyn AnyEntry>),
    /// A value is there, and the load is to run behind the caller.
    Behind(Arc<dyn AnyEntry>, Box<Leader<'static>>),
    /// The caller loads. If it has waited for a load that failed, this is the error.
    Load(Box<Leader<'static>>, Option<SharedError>),
    /// The caller has waited for as long as it wanted to; if it does not give up, it loads alone.
    TimedOut(Box<Leader<'static>>),
}

/// In a box, so that it is compiled once.
pub(super) fn opening(request: Box<LoadRequest<'static>>) -> Half<Opening> {
    Box::pin(open(request))
}

/// Waits on this thread.
fn opening_here(request: Box<LoadRequest<'static>>) -> Opening {
    block_on(open(request))
}

async fn open(request: Box<LoadRequest<'static>>) -> Opening {
    let near = request.near();
    match request.open().await {
        Opened::Ready(entry, how) => {
            how.tell(near, &entry);
            Opening::Value(entry)
        }
        Opened::Behind(entry, how, leader) => {
            how.tell(near, &entry);
            Opening::Behind(entry, leader)
        }
        Opened::Run(leader) => Opening::Load(leader, None),
        Opened::Failed(error, leader) => Opening::Load(leader, Some(error)),
        Opened::TimedOut(leader) => Opening::TimedOut(leader),
    }
}

impl Opening {
    /// The load, or the value in its place.
    fn load(self) -> Result<Box<Leader<'static>>, Arc<dyn AnyEntry>> {
        match self {
            Self::Value(entry) | Self::Behind(entry, _) => Err(entry),
            Self::Load(leader, _) | Self::TimedOut(leader) => Ok(leader),
        }
    }

    /// The error of the load that the caller has waited for.
    fn error(&self) -> Option<&SharedError> {
        match self {
            Self::Load(_, error) => error.as_ref(),
            _ => None,
        }
    }
}

fn opened_as<O: Outcome<Kept: LocalValue>>(
    outcome: O,
    ttl: Option<Duration>,
    opened: Opening,
) -> Open<O> {
    if O::SHARES {
        match shared_error::<O>(opened) {
            Ok(ret) => Open::Done(ret),
            Err(opened) => loading(outcome, ttl, opened),
        }
    } else {
        loading(outcome, ttl, opened)
    }
}

fn loading<O: Outcome<Kept: LocalValue>>(
    outcome: O,
    ttl: Option<Duration>,
    opened: Opening,
) -> Open<O> {
    match opened.load() {
        Ok(leader) => Open::Run(RunningLoad::new(outcome, leader, ttl)),
        Err(entry) => Open::Done(whole(outcome, &*entry)),
    }
}

/// The error of the load that the caller has waited for, which is shared with it.
pub(super) fn shared_error<O: Outcome>(opened: Opening) -> Result<O::Ret, Opening> {
    match opened.error().and_then(O::unshare) {
        Some(ret) => {
            end_with_error_of_another(opened);
            Ok(ret)
        }
        None => Err(opened),
    }
}

/// The end of a load whose caller has the error of another load.
fn end_with_error_of_another(opened: Opening) {
    if let Ok(leader) = opened.load() {
        leader.tell(&[]);
        leader.fail(None);
    }
}
