//! The values that a function keeps for itself, in this process.

use super::hot::can_be_copied;
use super::site::FunctionSite;
use super::{Compared, FunctionCache, LocalForm, Look, PendingLoad, VerifiedHit, get_if};
use crate::entry::{EntryForm, Holds};
use crate::error::Invalidated;
use crate::key::CacheKey;
use crate::near::{Near, NearKey};
use crate::outcome::Outcome;
use crate::policy::Freshness;
use crate::site::{Instance, Site};
use crate::value::LocalValue;
use crate::verify::WantedHits;
use crate::why::Why;

/// The cache of a function that keeps its values for itself. It has no store, so nothing in it is awaited.
pub struct LocalCache<O> {
    pub(super) instance: Instance,
    pub(super) outcome: O,
}

/// The cache of a function that keeps its values for itself.
#[inline]
pub fn local<O: Outcome>(instance: Instance, outcome: O) -> LocalCache<O> {
    LocalCache { instance, outcome }
}

/// Where a function keeps its values for itself: two pointers, which a call hands over in registers.
pub(super) struct LocalTier<K: NearKey, E: EntryForm> {
    near: &'static Near<K, E>,
    site: &'static Site,
}

impl<K: NearKey, E: EntryForm> LocalTier<K, E> {
    #[inline]
    fn cache(self) -> FunctionCache<K, E> {
        FunctionCache {
            near: self.near,
            own: FunctionSite {
                site: self.site,
                ttl: None,
                backing: None,
                origin: None,
            },
        }
    }

    /// Looks a key up for a value of which `is_good` holds.
    #[inline(never)]
    pub(super) fn look<O, Q>(
        self,
        outcome: O,
        key: &Q,
        is_good: fn(Freshness) -> bool,
    ) -> Look<O::Ret, PendingLoad<O>>
    where
        O: Outcome<Kept: LocalValue>,
        E: Holds<O::Kept>,
        Q: CacheKey<Stored = K>,
    {
        // Without the cache, which a miss alone needs: on the stack it would slow down hits.
        let hash = self.near.hash(key);
        match get_if(outcome, self.near, |_| true, (hash, key), is_good) {
            Some(kept) => {
                self.site.counters.hit(hash);
                Look::Hit(O::whole(kept))
            }
            None => Look::Miss(self.cache().pending_at(outcome, hash, key)),
        }
    }
}

impl<O: Outcome> LocalCache<O> {
    #[inline]
    pub(super) fn tier<K: NearKey>(&self) -> LocalTier<K, LocalForm<O>>
    where
        O::Kept: LocalValue,
    {
        LocalTier {
            near: self.instance.near(),
            site: self.instance.site(),
        }
    }

    #[inline]
    pub(super) fn cache<K: NearKey>(&self) -> FunctionCache<K, LocalForm<O>>
    where
        O::Kept: LocalValue,
    {
        self.tier().cache()
    }

    /// Looks a key up.
    #[inline]
    pub fn look<Q>(self, key: &Q) -> Look<O::Ret, PendingLoad<O>>
    where
        O::Kept: LocalValue,
        Q: CacheKey,
    {
        self.look_if(key, Freshness::is_usable)
    }

    /// Looks a key up for a value that is not due for a refresh.
    #[inline]
    pub fn look_fresh<Q>(self, key: &Q) -> Look<O::Ret, PendingLoad<O>>
    where
        O::Kept: LocalValue,
        Q: CacheKey,
    {
        self.look_if(key, Freshness::is_fresh)
    }

    /// By reference: to copy the instance, word for word as it was written, would hold up the call until its caller's words have left
    /// the processor's store buffer.
    #[inline]
    fn look_if<Q>(&self, key: &Q, is_good: fn(Freshness) -> bool) -> Look<O::Ret, PendingLoad<O>>
    where
        O::Kept: LocalValue,
        Q: CacheKey,
    {
        if const { can_be_copied::<O, Q>() } {
            self.look_hot(key, is_good)
        } else {
            self.tier().look(self.outcome, key, is_good)
        }
    }

    /// The return value that is kept for a key.
    pub fn peek<Q>(self, key: &Q) -> Option<O::Ret>
    where
        O::Kept: LocalValue,
        Q: CacheKey,
    {
        let cache = self.cache();
        let hash = cache.near.hash(key);
        let kept = cache.get_if(self.outcome, hash, key, Freshness::is_usable);
        kept.map(O::whole)
    }

    /// The hit on a key, if it is verified.
    pub fn verify<Q>(self, key: &Q, wanted: WantedHits, how: Compared) -> Option<VerifiedHit<O>>
    where
        O::Kept: LocalValue,
        Q: CacheKey,
    {
        self.cache().verified(self.outcome, key, wanted, how)
    }

    /// Why the last look-up of a key missed.
    pub fn why<Q>(self, key: &Q) -> Why
    where
        O::Kept: LocalValue,
        Q: CacheKey,
    {
        let cache = self.cache();
        cache.why::<O::Kept>(&cache.near.key(key), cache.near.hash(key))
    }

    /// The right to load anew, whatever is kept.
    pub fn refresh<Q>(self, key: &Q) -> PendingLoad<O>
    where
        O::Kept: LocalValue,
        Q: CacheKey,
    {
        self.cache().pending(self.outcome, key).anew()
    }

    /// Removes what is kept for a key.
    pub fn invalidate<Q>(self, key: &Q) -> Invalidated
    where
        O::Kept: LocalValue,
        Q: CacheKey,
    {
        let near = self.cache().near;
        near.remove(near.hash(key), &near.key(key), 0);
        Ok(()).into()
    }
}
