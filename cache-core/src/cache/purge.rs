//! What CDNs are to purge after an invalidation.

use std::borrow::Borrow;

use super::Cache;
use crate::cdn::Purge;
use crate::name::{CACHE, Name};

impl Cache {
    /// The purge that follows an invalidation of these names in this cache.
    pub(super) fn purge(&self, names: impl IntoIterator<Item = Name>) -> Purge {
        purge_in(&[self], names)
    }
}

/// The purge that follows an invalidation of these names in each of these caches.
pub(super) fn purge_in(
    caches: &[impl Borrow<Cache>],
    names: impl IntoIterator<Item = Name>,
) -> Purge {
    let caches = || caches.iter().map(Borrow::borrow);
    let names = names.into_iter().flat_map(|name| {
        // The name of a whole cache is the same in all stores, and CDNs have one store.
        let of_caches = caches()
            .filter(move |_| name == CACHE)
            .map(Cache::whole_name);
        of_caches.chain((name != CACHE).then_some(name))
    });
    Purge::of(names, caches().map(Cache::lag).max().unwrap_or_default())
}
