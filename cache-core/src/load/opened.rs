//! What a request comes to.

use std::sync::Arc;

use super::cause::UncountedMiss;
use super::leader::Leader;
use crate::context::{self, Deps, request};
use crate::entry::{AnyEntry, Meta};
use crate::near::{Core, SharedError};
use crate::policy::Freshness;
use crate::stats::Counters;
use crate::why::MissCause;

/// What a request came to.
pub(crate) enum Opened<'n> {
    /// A value is there.
    Ready(Arc<dyn AnyEntry>, How),
    /// A value is there, and this load is to run behind the caller.
    Behind(Arc<dyn AnyEntry>, How, Box<Leader<'n>>),
    /// The caller loads.
    Run(Box<Leader<'n>>),
    /// The load that the caller has waited for has failed. A caller who cannot use the error loads alone.
    Failed(SharedError, Box<Leader<'n>>),
    /// The caller has waited for as long as it wanted to.
    /// If it does not give up, it loads by itself.
    TimedOut(Box<Leader<'n>>),
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// It was there.
    Hit,
    /// From a load that this call has waited for.
    Coalesced,
    /// It was there, and is past its life.
    Stale,
}

impl How {
    /// How a value serves that was there.
    pub(super) fn of(freshness: Freshness) -> Self {
        if freshness.is_usable() {
            Self::Hit
        } else {
            Self::Stale
        }
    }

    fn count_stale(self, counters: &Counters) {
        if self == Self::Stale {
            counters.stale();
            request::note_stale();
        }
    }

    /// Tells the load that encloses this call, if there is one, that it depends on a value that serves so.
    pub(crate) fn tell(self, near: &Core, entry: &Meta) {
        if context::is_loading() {
            let deps = Deps::of_entry(near, entry.view());
            context::depend(&deps.tainted_if(self == Self::Stale));
        }
    }
}

impl Opened<'_> {
    /// Counts what near has brought.
    pub(super) fn counted_here(self, counters: Option<&Counters>, hash: u64) -> Self {
        if let (Some(counters), Opened::Ready(_, how) | Opened::Behind(_, how, _)) =
            (counters, &self)
        {
            counters.hit(hash);
            request::note_hit();
            how.count_stale(counters);
        }
        self
    }

    /// Counts what a miss has come to.
    pub(super) fn counted_late(self, counters: &Counters) -> Self {
        match &self {
            Opened::Ready(_, How::Coalesced) => counters.coalesced(),
            Opened::Ready(_, how) | Opened::Behind(_, how, _) => how.count_stale(counters),
            Opened::Run(_) | Opened::Failed(..) | Opened::TimedOut(_) => {}
        }
        self
    }

    /// Counts it as a hit of the store or as a miss. `cause` is why near had nothing.
    pub(super) fn counted_behind_store(
        self,
        counters: &Counters,
        miss: UncountedMiss<'_>,
        cause: MissCause,
    ) -> Self {
        match &self {
            Opened::Run(leader) | Opened::Failed(_, leader) | Opened::TimedOut(leader) => {
                leader.request.count_miss(counters);
            }
            Opened::Ready(_, How::Coalesced) => {
                miss.count_coalesced(counters, cause);
            }
            Opened::Ready(_, how) | Opened::Behind(_, how, _) => {
                counters.store_hit(miss.hash());
                request::note_hit();
                how.count_stale(counters);
            }
        }
        self
    }
}
