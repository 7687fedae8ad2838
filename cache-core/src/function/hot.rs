//! Look-ups of keys and values that are machine words, of which there are copies.

use std::any::TypeId;

use super::{LocalCache, Look, PendingLoad};
use crate::clock;
use crate::context;
use crate::hot::{CopiedWord, place_of_copy};
use crate::key::CacheKey;
use crate::marks::marks;
use crate::outcome::Outcome;
use crate::policy::Freshness;
use crate::scope;
use crate::site::Site;
use crate::value::LocalValue;

/// Whether there may be copies of the values of such keys.
#[inline]
pub(super) const fn can_be_copied<O: Outcome, Q: CacheKey>() -> bool {
    O::IS_WORD && Q::BITS <= u64::BITS
}

/// The copy of the value of a key, if it answers. Compiled once, for all functions.
#[inline(never)]
fn find(site: &'static Site, instance: TypeId, key: u64) -> Option<u64> {
    if has_observers() {
        return None;
    }
    let reading = |part| marks().reading_of_part(part);
    site.counters.hot.find(instance, key, reading)
}

impl<O: Outcome<Kept: LocalValue>> LocalCache<O> {
    /// Looks a key up among the copies, and then in the tier for an entry that is good, which leaves a copy.
    #[inline]
    pub(super) fn look_hot<Q: CacheKey>(
        &self,
        key: &Q,
        is_good: fn(Freshness) -> bool,
    ) -> Look<O::Ret, PendingLoad<O>> {
        let word = find(self.instance.site(), self.instance.id(), key.bits());
        match word.and_then(O::of_word) {
            Some(kept) => Look::Hit(O::whole(kept)),
            None => self.look_and_copy(key, is_good),
        }
    }

    /// Apart, so that a hit on a copy does not carry the room for it.
    #[inline(never)]
    fn look_and_copy<Q: CacheKey>(
        &self,
        key: &Q,
        is_good: fn(Freshness) -> bool,
    ) -> Look<O::Ret, PendingLoad<O>> {
        if has_observers() {
            return self.tier().look(self.outcome, key, is_good);
        }
        let cache = self.cache();
        let hash = cache.near.hash(key);
        let counters = &self.instance.site().counters;
        let core = cache.near.core();
        let instance = self.instance.id();
        let copies = || core.has_copies().then(|| core.copies(instance));
        let ticket = counters.hot.ticket(instance, &copies);
        // In this order: who begins to study the site ends all copies after that.
        let ticket = ticket.filter(|_| !counters.is_studied());
        let (mut is_offered, mut is_copied) = (false, false);
        let found = cache.near.get_if(hash, key, is_good, |found| {
            let kept = O::copy(found.value()?)?;
            // While the entry is locked: whoever takes it out after this ends its copy.
            if let Some(ticket) = ticket
                && let Some(offer) = found.view().offer()
            {
                is_offered = true;
                is_copied = ticket.keep(CopiedWord {
                    place: place_of_copy(hash),
                    key: key.bits(),
                    value: O::to_word(&kept),
                    offer,
                });
            }
            Some(kept)
        });
        let Some(kept) = found else {
            return Look::Miss(cache.pending_at(self.outcome, hash, key));
        };
        counters.hit(hash);
        if is_copied {
            clock::ask();
        }
        if let Some(ticket) = ticket.filter(|_| is_offered) {
            ticket.make_room(core.len());
        }
        Look::Hit(O::whole(kept))
    }
}

/// Whether somebody wants to know what is found here, or a scope has other values.
#[inline]
fn has_observers() -> bool {
    context::is_observed() || scope::here().is_some()
}
