//! A load whose body the generated code runs, and its end.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{KeepRule, KeepWithTags, life};
use crate::context::{self, InLoad, LoadScope};
use crate::entry::{AnyEntry, Entry, Meta};
use crate::key::Tag;
use crate::load::Leader;
use crate::name::Name;
use crate::near::SharedError;
use crate::outcome::Outcome;
use crate::policy::{Keep, Life};
use crate::value::LocalValue;
use crate::wait::block_on;

/// A load whose body runs.
#[must_use = "a load is closed"]
pub struct RunningLoad<O: Outcome> {
    pub(super) outcome: O,
    pub(super) leader: Box<Leader<'static>>,
    pub(super) ttl: Option<Duration>,
}

/// What is left to do of a load that has brought a value.
pub(super) struct LoadEnd {
    leader: Box<Leader<'static>>,
    entry: Arc<dyn AnyEntry>,
    keeps: bool,
}

impl LoadEnd {
    async fn run(self) {
        let Self {
            leader,
            entry,
            keeps,
        } = self;
        if keeps {
            leader.keep(entry).await;
        } else {
            leader.note_refusal("unless");
            leader.share(entry).await;
        }
    }

    /// Waits for the end on this thread.
    pub(super) fn run_here(self) {
        block_on(self.run());
    }

    /// In a box, so that it is compiled once.
    pub(super) fn boxed(self) -> Half<()> {
        Box::pin(self.run())
    }
}

/// A half of a load.
pub(super) type Half<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a call gets, or the error in whose place nothing serves.
pub(super) type Closed<R> = Result<R, R>;

pub(super) fn whole<O: Outcome<Kept: LocalValue>>(_: O, entry: &dyn AnyEntry) -> O::Ret {
    // A flight and an entry of the same origin hold the same type.
    let kept = entry.value_as::<O::Kept>().cloned();
    O::whole(kept.expect("entries of one site hold one type"))
}

impl<O: Outcome<Kept: LocalValue>> RunningLoad<O> {
    pub(super) fn new(outcome: O, leader: Box<Leader<'static>>, ttl: Option<Duration>) -> Self {
        Self {
            outcome,
            leader,
            ttl,
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

    /// Ends the load with what the body returned. Apart, so that a hit does not carry the room for it.
    #[inline(never)]
    pub fn close(self, ret: O::Ret, keep: KeepRule<'_, O::Ret>) -> O::Ret {
        if let Some(end) = self.end(&ret, keep) {
            end.run_here();
        }
        ret
    }

    /// [`close`](Self::close), awaited.
    pub fn close_async(
        self,
        ret: O::Ret,
        keep: KeepRule<'_, O::Ret>,
    ) -> impl Future<Output = O::Ret> + use<O> {
        let end = self.end(&ret, keep);
        async move {
            if let Some(end) = end {
                end.boxed().await;
            }
            ret
        }
    }

    /// What is left to do at the end. Whether and how long the value is kept is asked as a part of the load.
    pub(super) fn end(self, ret: &O::Ret, mut keep: KeepRule<'_, O::Ret>) -> Option<LoadEnd> {
        let Some(kept) = O::kept(ret) else {
            let error = if O::SHARES { O::share(ret) } else { None };
            failed(self.leader, error);
            return None;
        };
        let copy = ValueCopy {
            is_plain: O::COPIER.is_some(),
            make: copied::<O>,
        };
        let keep = match &mut keep {
            KeepRule::Always(keep) => KeepDecision::Made(*keep),
            KeepRule::Asks(ask) => KeepDecision::Asks(&mut |old| ask(ret, old)),
        };
        brought(self.leader, self.ttl, kept, keep, copy)
    }
}

/// [`KeepRule`], of one return value.
enum KeepDecision<'a> {
    Made(Keep),
    Asks(&'a mut dyn FnMut(Option<&dyn Any>) -> KeepWithTags),
}

/// How the entry of a copy of what is kept is made.
#[derive(Clone, Copy)]
struct ValueCopy {
    /// Whether to copy it runs no code that is not ours.
    is_plain: bool,
    make: EntryOfCopy,
}

/// Makes the entry of a copy of what is kept, of which the facts are asked for once it is copied.
type EntryOfCopy = fn(&dyn Any, &mut dyn FnMut() -> Meta) -> Option<Arc<dyn AnyEntry>>;

fn copied<O: Outcome<Kept: LocalValue>>(
    kept: &dyn Any,
    meta: &mut dyn FnMut() -> Meta,
) -> Option<Arc<dyn AnyEntry>> {
    let kept: &O::Kept = kept.downcast_ref()?;
    let kept = match O::COPIER {
        Some(copy) => copy(kept)?,
        None => kept.clone(),
    };
    Some(Entry::copied_by(O::COPIER, kept, meta()))
}

/// The end of a load that brought nothing to keep. `error` is for those who wait.
pub(super) fn failed(leader: Box<Leader<'static>>, error: Option<SharedError>) {
    leader.count_error();
    leader.tell(&[]);
    leader.fail(error);
}

/// The end of a load that brought a value, of which `copy` makes the entry.
fn brought(
    mut leader: Box<Leader<'static>>,
    ttl: Option<Duration>,
    kept: &dyn Any,
    keep: KeepDecision<'_>,
    copy: ValueCopy,
) -> Option<LoadEnd> {
    // Of what is the caller's alone, only a load that encloses this one asks for the tags.
    let decision = if leader.is_alone() && !context::is_loading() {
        None
    } else {
        Some(match keep {
            KeepDecision::Made(keep) => keep.into(),
            KeepDecision::Asks(ask) => {
                let _inside = leader.enter();
                let old = leader.old().cloned();
                ask(old.as_ref().map(|old| old.any_value() as &dyn Any))
            }
        })
    };
    leader.compare(kept);
    let names = names(decision.as_ref().map_or(&[], |decision| &decision.tags));
    leader.tell(&names);
    let decision = decision.filter(|_| !leader.is_alone());
    let Some(decision) = decision else {
        leader.fail(None);
        return None;
    };
    let mut inside = (!copy.is_plain).then(|| leader.enter());
    let mut keeps = false;
    let entry = (copy.make)(kept, &mut || {
        inside = None;
        let life = life(decision.keep, ttl, leader.rules());
        keeps = life.is_some();
        leader.meta(life.unwrap_or_else(Life::endless), 0, &names)
    });
    let entry = entry.expect("a copy has the type of what is copied");
    Some(LoadEnd {
        leader,
        entry,
        keeps,
    })
}

pub(super) fn names(tags: &[Tag]) -> Vec<Name> {
    tags.iter().map(Tag::name).collect()
}
