//! Why keys have nothing to serve.

use super::join::Asker;
use super::table::ShortHash;
use super::{Core, Tier, TierKey};
use crate::clock::{self, Moment};
use crate::entry::EntryRef;
use crate::generation::Validity;
use crate::policy::{self, Freshness};
use crate::stats::MissReason;
use crate::sync::Ordering;
use crate::why::{self, MissCause};

impl dyn Tier {
    /// Why there is nothing for this asker under a key; where there is something, why the last call has found nothing.
    pub(crate) fn diagnose(&self, hash: u64, key: &TierKey, asker: Asker) -> MissCause {
        let Some(shard) = self.shard_if_made(hash) else {
            return MissCause::NEVER_SEEN;
        };
        let shard = shard.read();
        let position = shard.find(hash, key);
        let there = position.and_then(|at| Some((at, shard.cells.entry(at)?)));
        let ended = match there {
            Some((position, _)) if !asker.takes(&shard, position) => {
                Some(MissCause::of(MissReason::Undecodable))
            }
            Some((_, there)) => self.end_of(there),
            None => None,
        };
        let cause = ended.or_else(|| shard.deaths.cause(ShortHash::of(hash)));
        drop(shard);
        cause.unwrap_or(MissCause::NEVER_SEEN)
    }

    /// What is remembered under a hash.
    pub(crate) fn noted(&self, hash: u64) -> Option<MissCause> {
        self.shard_if_made(hash)?
            .read()
            .deaths
            .cause(ShortHash::of(hash))
    }

    /// Remembers why a key has nothing to serve.
    pub(crate) fn note_death(&self, hash: u64, cause: MissCause) {
        if cause != MissCause::NEVER_SEEN && !self.keeps_nothing() {
            let hash_of_key = ShortHash::of(hash);
            self.shard(hash).write().deaths.note(hash_of_key, cause);
        }
    }
}

impl Core {
    /// Why an entry may not be used, if it may not.
    pub(super) fn end_of(&self, entry: EntryRef<'_>) -> Option<MissCause> {
        let validity = self.validity(entry.generation());
        match policy::judge(validity, entry.due(), entry.until()) {
            Freshness::Fresh | Freshness::Due => None,
            Freshness::Expired => Some(MissCause::of(expired(entry))),
            Freshness::Stale | Freshness::Invalid => Some(self.culprit(entry)),
        }
    }

    /// The invalidation that has ended an entry.
    fn culprit(&self, entry: EntryRef<'_>) -> MissCause {
        let generation = entry.generation();
        if self.cleared.load(Ordering::Relaxed) > generation.epoch {
            let number = self.cleared_by.load(Ordering::Relaxed);
            return MissCause::by(MissReason::Invalidated, number);
        }
        let mut marked = generation.marked(self.marks).peekable();
        if marked.peek().is_none() && self.validity(generation) == Validity::Invalid {
            return MissCause::of(MissReason::Removed);
        }
        MissCause::by(MissReason::Invalidated, why::first_of(marked))
    }
}

/// What it means that the use of an entry here has ended. If its life goes on, its store was to confirm it, and has it no more.
fn expired(entry: EntryRef<'_>) -> MissReason {
    let is_alive = clock::now() < entry.life().end();
    if is_alive && entry.bound() != Moment::NEVER {
        MissReason::Removed
    } else {
        MissReason::Expired
    }
}
