//! Invalidations of all installed caches.

use super::caches;
use crate::cache::{Batch, Cache, PendingInvalidation, invalidate_in, pending_in};
use crate::error::Result;
use crate::events;
use crate::invalidation::{Change, Invalidates, Invalidation};
use crate::key::Tag;

/// Invalidates everything that carries a tag, in every installed cache; see [`Cache::invalidate_tag`].
///
/// # Errors
///
/// If a store could not be reached; all others have been. The error names each cache that failed ([`Error::others`](crate::Error::others)).
#[track_caller]
pub fn invalidate_tag(tag: impl Into<Tag>) -> PendingInvalidation<'static> {
    let mut stale = Invalidation::new();
    stale.tag(tag);
    let all = caches().all().map(|(_, cache)| cache.clone());
    pending_in(all.collect(), stale)
}

/// Sends an invalidation to every installed cache; see [`Cache::invalidate`].
///
/// # Errors
///
/// If a store could not be reached; all others have been. The error names each cache that failed ([`Error::others`](crate::Error::others)).
pub async fn invalidate(stale: &Invalidation) -> Result<()> {
    let all: Vec<&Cache> = caches().all().map(|(_, cache)| cache).collect();
    invalidate_in(&all, stale).await
}

/// Returns a batch of invalidations for every installed cache; see [`Cache::batch`].
#[track_caller]
pub fn batch() -> Batch {
    Batch::of(caches().all().map(|(_, cache)| cache.clone()).collect())
}

/// Invalidates what this change of `value` makes stale in every installed cache, then notifies the listeners of changes of its
/// type; see [`Cache::changed`].
///
/// # Errors
///
/// If a store could not be reached; all others have been. The error names each cache that failed ([`Error::others`](crate::Error::others)).
#[track_caller]
pub fn changed<T: Invalidates + 'static>(
    value: &T,
    change: Change,
) -> impl Future<Output = Result<()>> {
    let mut stale = Invalidation::new();
    value.stale(change.clone(), &mut stale);
    async move {
        let reached = invalidate(&stale).await;
        events::changed(value, &change);
        reached
    }
}
