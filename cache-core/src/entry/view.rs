//! What is known of an entry, wherever it lies.

use super::cost::LoadCost;
use super::inline::InlineRef;
use super::meta::Meta;
use super::origin::Origin;
use super::uses::UseCount;
use crate::cdn::ANY;
use crate::clock::{self, Moment};
use crate::format::blob::Stamped;
use crate::generation::GenerationRef;
use crate::marks::Marks;
use crate::name::Name;
use crate::policy::{Life, RefreshPlan};

/// What is known of an entry beside its value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EntryRef<'a> {
    /// It lies apart.
    Whole(&'a Meta),
    /// It lies in the table of its tier.
    Inline(InlineRef<'a>),
}

impl Meta {
    /// The same, wherever an entry has it.
    #[inline]
    pub(crate) fn view(&self) -> EntryRef<'_> {
        EntryRef::Whole(self)
    }
}

impl<'a> EntryRef<'a> {
    /// Whether no clock of its marks has moved since it was found valid.
    #[inline]
    pub(crate) fn is_unmarked(self, marks: &Marks) -> bool {
        match self {
            Self::Whole(meta) => meta.generation.is_unmarked(marks),
            Self::Inline(entry) => entry.is_unmarked(marks),
        }
    }

    pub(crate) fn generation(self) -> GenerationRef<'a> {
        match self {
            Self::Whole(meta) => meta.generation.view(),
            Self::Inline(entry) => entry.generation(),
        }
    }

    /// When look-ups look closer.
    #[inline]
    pub(crate) fn due(self) -> Moment {
        match self {
            Self::Whole(meta) => meta.due(),
            Self::Inline(entry) => entry.until(),
        }
    }

    /// Whether it is surely not due yet; if not, it may be. Where a store has a part in it, what other processes were promised hangs on the
    /// moment, so the system's clock decides, and not the published one, which may lag.
    #[inline]
    pub(crate) fn is_surely_early(self) -> bool {
        match self {
            Self::Whole(meta) if meta.bound() == Moment::NEVER => {
                clock::is_surely_before(meta.due())
            }
            Self::Whole(meta) => clock::now() < meta.due(),
            Self::Inline(entry) => clock::is_surely_before(entry.until()),
        }
    }

    /// When its use here ends.
    pub(crate) fn until(self) -> Moment {
        match self {
            Self::Whole(meta) => meta.until(),
            Self::Inline(entry) => entry.until(),
        }
    }

    /// When it was stored and how long it may be used.
    pub(crate) fn life(self) -> Life {
        match self {
            Self::Whole(meta) => meta.life,
            Self::Inline(entry) => entry.life(),
        }
    }

    pub(crate) fn origin(self) -> Origin {
        match self {
            Self::Whole(meta) => meta.origin,
            Self::Inline(entry) => entry.origin(),
        }
    }

    /// What it costs to keep, in bytes.
    pub(crate) fn weight(self) -> usize {
        match self {
            Self::Whole(meta) => meta.weight,
            Self::Inline(entry) => entry.weight(),
        }
    }

    /// What its load took.
    pub(crate) fn cost(self) -> LoadCost {
        match self {
            Self::Whole(meta) => meta.cost,
            Self::Inline(entry) => entry.cost(),
        }
    }

    #[inline]
    pub(super) fn uses(self) -> &'a UseCount {
        match self {
            Self::Whole(meta) => &meta.uses,
            Self::Inline(entry) => entry.uses(),
        }
    }

    /// Notes a use for eviction.
    #[inline]
    pub(crate) fn touch(self) {
        self.uses().count();
    }

    /// Whether there is a use that eviction has not seen yet; from now on it has seen that one.
    pub(crate) fn take_use(self) -> bool {
        self.uses().take()
    }

    /// Whether there is a use that eviction has not seen yet.
    pub(crate) fn is_used(self) -> bool {
        self.uses().is_unseen()
    }

    /// Whether threads may have copies of it.
    pub(crate) fn is_copied(self) -> bool {
        self.uses().is_copied()
    }

    /// [`is_copied`](Self::is_copied), for somebody who ends the copy.
    pub(crate) fn take_copy(self) -> bool {
        self.uses().take_copy()
    }

    /// All there is, of an entry that lies apart: no other has anything to do with a store, or learns when it is due.
    pub(crate) fn whole(self) -> Option<&'a Meta> {
        match self {
            Self::Whole(meta) => Some(meta),
            Self::Inline(_) => None,
        }
    }

    /// When a store must be asked again; [`Moment::NEVER`] where no store has a part in it.
    pub(crate) fn bound(self) -> Moment {
        self.whole().map_or(Moment::NEVER, Meta::bound)
    }

    /// When it is due, if its function learns that.
    pub(crate) fn plan(self) -> RefreshPlan {
        self.whole().map_or(RefreshPlan::NONE, Meta::plan)
    }

    /// The stamps that it was born under; `None` if it lies in no store.
    pub(crate) fn stamps(self) -> Option<&'a [Stamped]> {
        self.whole()?.stamps()
    }

    /// The names that invalidate it; [`ANY`] if nobody has noted them.
    pub(crate) fn names(self) -> &'a [Name] {
        self.whole().map_or(&[ANY], Meta::names)
    }

    /// Whether it was made of something stale.
    pub(crate) fn is_tainted(self) -> bool {
        self.whole().is_some_and(Meta::is_tainted)
    }

    /// Whether it, or something that it was made of, ends with its life alone: it has no name but that of its function.
    pub(crate) fn ages(self) -> bool {
        match self {
            Self::Whole(meta) => meta.ages(),
            Self::Inline(entry) => {
                entry.until() != Moment::NEVER && entry.generation().slots.len() <= 1
            }
        }
    }
}
