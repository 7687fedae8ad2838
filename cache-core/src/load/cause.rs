//! Why a key has nothing to serve: what is known here, and what its store tells.

use super::backing::Backing;
use super::request::LoadRequest;
use super::store::Asked;
use crate::clock;
use crate::context::request;
use crate::far::Snapshot;
use crate::name::HAND;
use crate::near::Tier;
use crate::policy::Life;
use crate::stats::{self, Counters, MissReason, NotedMiss};
use crate::why::MissCause;

/// A request that has found nothing here, and may yet be a hit of the store.
pub(super) struct UncountedMiss<'n> {
    near: &'n dyn Tier,
    hash: u64,
    /// The text of the key, where somebody watches.
    key: Option<Box<[u8]>>,
}

impl UncountedMiss<'_> {
    /// The hash of its key.
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    /// Counts it, and remembers why it was one.
    pub(super) fn count(self, counters: &Counters, cause: MissCause) {
        counters.miss(self.hash, cause.reason());
        request::note_miss();
        self.near.note_death(self.hash, cause);
        if stats::is_watched() {
            counters.note_miss(NotedMiss {
                at: clock::now(),
                key: self.key,
                cause: cause.to_bits(),
            });
        }
    }

    /// Counts one that another call's load has answered, and that has missed for the same cause.
    pub(super) fn count_coalesced(self, counters: &Counters, cause: MissCause) {
        // The leader may have learned more from the store.
        let cause = self.near.noted(self.hash).unwrap_or(cause);
        self.count(counters, cause);
        counters.coalesced();
    }
}

impl<'n> LoadRequest<'n> {
    /// Finds out why there is nothing here under the key.
    pub(super) fn diagnose(&mut self) {
        self.cause = self.near.diagnose(self.hash, &self.key, self.asker);
        if self.cause == MissCause::NEVER_SEEN
            && let Some(hash) = self.variants
        {
            let noted = self.near.noted(hash);
            let variant = noted.and_then(MissCause::of_other_variant);
            self.cause = variant.unwrap_or(self.cause);
        }
    }

    /// Notes that a variant is kept, for calls of others.
    pub(super) fn note_variant(&self, life: Life) {
        if let Some(hash) = self.variants {
            let variant = MissCause::variant_until(life.end());
            self.near.note_death(hash, variant);
        }
    }

    /// Counts a miss, and remembers why it was one.
    pub(super) fn count_miss(&self, counters: &Counters) {
        self.to_miss().count(counters, self.cause);
    }

    /// The request as a miss, which outlives it.
    pub(super) fn to_miss(&self) -> UncountedMiss<'n> {
        let is_watched = stats::is_watched();
        UncountedMiss {
            near: self.near,
            hash: self.hash,
            key: is_watched.then(|| self.key_text()).flatten(),
        }
    }

    /// The text of the key: as it was described, or the key itself where it is text.
    fn key_text(&self) -> Option<Box<[u8]>> {
        let own = || self.key.text().map(Box::from);
        self.described.clone().or_else(own)
    }

    /// Learns from what was asked of the store why the key has nothing to serve.
    pub(super) fn learn_cause(&mut self, backing: &Backing<'_>, asked: &Asked) {
        let reason = match asked {
            Asked::NotYet => None,
            Asked::InVain => Some(MissReason::StoreDown),
            Asked::Stale(..) => Some(MissReason::Expired),
            Asked::Saw(seen) => backing.reason_of(seen),
        };
        // What has ended it here is known more exactly.
        let is_known = !matches!(
            self.cause.reason(),
            MissReason::NeverSeen | MissReason::Expired | MissReason::Evicted | MissReason::Removed
        );
        if let Some(reason) = reason
            && (reason == MissReason::StoreDown || !is_known)
        {
            self.cause = MissCause::of(reason);
        }
    }
}

impl Backing<'_> {
    /// Why what was seen in the store is of no use, if anything was seen.
    fn reason_of(&self, seen: &Snapshot) -> Option<MissReason> {
        let sites = self.site.map(|site| [site, HAND]);
        let sites = sites.as_ref().map(<[_; 2]>::as_slice);
        let fingerprint = (self.format)().fingerprint();
        seen.miss_reason(sites, fingerprint)
    }
}
