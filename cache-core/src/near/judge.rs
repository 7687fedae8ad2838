//! What an entry is good for now.

use super::Core;
use super::shard::Shard;
use super::table::Position;
use crate::clock;
use crate::entry::{EntryRef, InlineGroup, InlineMeta, InlineRef, Meta};
use crate::generation::{GenerationRef, Validity};
use crate::policy::{self, Freshness};

impl Core {
    /// What an entry is good for now.
    #[expect(
        clippy::inline_always,
        reason = "what is known of it would be handed over in memory, and read before it has got there"
    )]
    #[inline(always)]
    pub(crate) fn judge(&self, entry: EntryRef<'_>) -> Freshness {
        if entry.is_unmarked(self.marks) && entry.is_surely_early() {
            return Freshness::Fresh;
        }
        // Handed over in parts, which go in registers: as a whole, each hit would write it to memory.
        match entry {
            EntryRef::Whole(meta) => self.judge_whole(meta),
            EntryRef::Inline(InlineRef { meta, groups }) => self.judge_inline(meta, groups),
        }
    }

    #[cold]
    #[inline(never)]
    fn judge_whole(&self, meta: &Meta) -> Freshness {
        self.judge_closer(EntryRef::Whole(meta))
    }

    #[cold]
    #[inline(never)]
    fn judge_inline(&self, meta: &InlineMeta, groups: &[InlineGroup]) -> Freshness {
        self.judge_closer(EntryRef::Inline(InlineRef { meta, groups }))
    }

    /// What an entry is good for that is not simply fresh. Where its use here seems to have ended, it may be that the store has
    /// reported no change since.
    #[inline(never)]
    fn judge_closer(&self, entry: EntryRef<'_>) -> Freshness {
        let validity = self.validity(entry.generation());
        let freshness = policy::judge(validity, entry.due(), entry.until());
        if freshness != Freshness::Expired {
            // Where the time is published, the next hit need not ask the system for it.
            clock::ask();
            return freshness;
        }
        let is_confirmed = entry.whole().is_some_and(|entry| !entry.is_unconfirmed());
        if is_confirmed && clock::now() < entry.until() {
            // Judged anew, because a change that was reported before this session's end was looked up has marked the entry.
            let validity = self.validity(entry.generation());
            return policy::judge(validity, entry.due(), entry.until());
        }
        freshness
    }

    /// Whether it may be used.
    #[inline]
    pub(super) fn is_usable(&self, entry: EntryRef<'_>) -> bool {
        self.judge(entry).is_usable()
    }

    /// Whether there is an entry at a position that may be used.
    pub(super) fn is_usable_at(&self, shard: &Shard, position: Position) -> bool {
        let entry = shard.cells.entry(position);
        entry.is_some_and(|entry| self.is_usable(entry))
    }

    /// What the marks say of an entry, or a load, of this generation.
    #[inline]
    pub(crate) fn validity(&self, generation: GenerationRef<'_>) -> Validity {
        generation.validity(self.marks, &self.cleared)
    }

    /// Whether nothing that the entry depends on was invalidated since its load began.
    pub(crate) fn is_live(&self, entry: EntryRef<'_>) -> bool {
        self.validity(entry.generation()) != Validity::Invalid
    }
}
