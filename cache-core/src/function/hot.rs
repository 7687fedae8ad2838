//! Look-ups of keys and values that are machine words, of which threads have copies.

use super::{LocalCache, LocalForm, Look, PendingLoad};
use crate::clock;
use crate::context;
use crate::hot::{HotLook, HotSite};
use crate::key::CacheKey;
use crate::marks::marks;
use crate::outcome::Outcome;
use crate::policy::Freshness;
use crate::scope;
use crate::value::LocalValue;

/// Whether threads may have copies of the values of such keys.
#[inline]
pub(super) const fn can_be_copied<O: Outcome, Q: CacheKey>() -> bool {
    O::IS_WORD && Q::BITS <= u64::BITS
}

impl<O: Outcome<Kept: LocalValue>> LocalCache<O> {
    fn hot(&self) -> &'static HotSite {
        &self.instance.site().counters.hot
    }

    /// Looks a key up among the copies of this thread, and then in the tier for an entry that is good, which leaves a copy.
    #[inline]
    pub(super) fn look_hot<Q: CacheKey>(
        &self,
        key: &Q,
        is_good: fn(Freshness) -> bool,
    ) -> Look<O::Ret, PendingLoad<O>> {
        let found = if has_observers() {
            HotLook::Pass
        } else {
            let reading = |part| marks().reading_of_part(part);
            self.hot().find(self.instance.id(), key.bits(), reading)
        };
        let value = match found {
            HotLook::Hit(value) => value,
            HotLook::Sampled(value) => {
                self.sample(key);
                value
            }
            HotLook::Miss => return self.look_and_copy(key, is_good),
            HotLook::Pass => return self.tier().look(self.outcome, key, is_good),
        };
        match O::of_word(value) {
            Some(kept) => Look::Hit(O::whole(kept)),
            None => self.tier().look(self.outcome, key, is_good),
        }
    }

    /// Apart, so that a hit on a copy does not carry the room for it.
    #[inline(never)]
    fn look_and_copy<Q: CacheKey>(
        &self,
        key: &Q,
        is_good: fn(Freshness) -> bool,
    ) -> Look<O::Ret, PendingLoad<O>> {
        let cache = self.cache();
        let hash = cache.near.hash(key);
        let counters = &self.instance.site().counters;
        let core = cache.near.core();
        let clock = || core.has_copies().then(|| core.copies());
        // Taken first: what takes the entry out after this makes the copy worthless.
        let ticket = if counters.is_studied() {
            None
        } else {
            self.hot().ticket(self.instance.id(), clock)
        };
        let found = cache.near.get_if(hash, key, is_good, |found| {
            let offer = ticket.and_then(|_| found.view().offer());
            Some((O::copy(found.value()?)?, offer))
        });
        let Some((kept, offer)) = found else {
            return Look::Miss(cache.pending_at(self.outcome, hash, key));
        };
        counters.hit(hash);
        if let (Some(ticket), Some(offer)) = (ticket, offer) {
            ticket.keep(key.bits(), O::to_word(&kept), offer);
        }
        Look::Hit(O::whole(kept))
    }

    /// Tells the tier that an entry is in use which has copies.
    #[cold]
    #[inline(never)]
    fn sample<Q: CacheKey>(&self, key: &Q) {
        clock::ask();
        let near = self.instance.near::<Q::Stored, LocalForm<O>>();
        near.get(near.hash(key), key, |_| Some(()));
    }
}

/// Whether somebody wants to know what is found here, or a scope has other values.
#[inline]
fn has_observers() -> bool {
    context::is_observed() || scope::here().is_some()
}
