//! The values of a function in a cache that it shares with others, and that may have a store.

use std::pin::Pin;
use std::sync::Arc;

use super::site::FunctionSite;
use super::{Compared, FunctionCache, Look, PendingLoad, VerifiedHit, tell};
use crate::entry::{AnyEntry, AnyForm, BY_HAND};
use crate::error::Invalidated;
use crate::key::Key;
use crate::load::LoadRequest;
use crate::outcome::Outcome;
use crate::policy::Freshness;
use crate::site::Instance;
use crate::sync::OnDrop;
use crate::value::SharedValue;
use crate::verify::WantedHits;
use crate::wait::block_on;
use crate::why::Why;

/// A stored key.
type Bytes = Box<[u8]>;

/// The cache that a function shares. What asks the store has a form that waits on this thread, and one that is awaited.
pub struct SharedCache<O> {
    instance: Instance,
    outcome: O,
}

/// The cache that a function shares.
#[inline]
pub fn shared<O: Outcome>(instance: Instance, outcome: O) -> SharedCache<O> {
    SharedCache { instance, outcome }
}

impl<O: Outcome> SharedCache<O> {
    fn cache(&self) -> FunctionCache<Bytes, AnyForm>
    where
        O::Kept: SharedValue,
    {
        let cache = self.instance.site().cache();
        FunctionCache {
            near: cache.near(),
            own: FunctionSite {
                site: self.instance.site(),
                ttl: cache.ttl(),
                backing: cache.backing::<O::Kept>(Some(self.instance.own_name())),
                origin: Some(self.instance.origin()),
            },
        }
    }

    /// Looks a key up in this process; a miss asks the store when it is opened.
    #[inline]
    pub fn look(self, key: &Key) -> Look<O::Ret, PendingLoad<O>>
    where
        O::Kept: SharedValue,
    {
        self.cache()
            .look_if(self.outcome, key, Freshness::is_usable)
    }

    /// Looks a key up in this process for a value that is not due for a refresh.
    #[inline]
    pub fn look_fresh(self, key: &Key) -> Look<O::Ret, PendingLoad<O>>
    where
        O::Kept: SharedValue,
    {
        self.cache().look_if(self.outcome, key, Freshness::is_fresh)
    }

    /// The return value that is kept for a key.
    pub fn peek(self, key: &Key) -> Option<O::Ret>
    where
        O::Kept: SharedValue,
    {
        match self.peek_near(key) {
            Ok(ret) => Some(ret),
            Err(from_store) => self.read(&*block_on(from_store?)?),
        }
    }

    /// [`peek`](Self::peek), awaited.
    pub async fn peek_async(self, key: &Key) -> Option<O::Ret>
    where
        O::Kept: SharedValue,
    {
        match self.peek_near(key) {
            Ok(ret) => Some(ret),
            Err(from_store) => self.read(&*from_store?.await?),
        }
    }

    /// What is kept in this process; or what asks the store, if there is one.
    fn peek_near(&self, key: &Key) -> Result<O::Ret, Option<FromStore>>
    where
        O::Kept: SharedValue,
    {
        let cache = self.cache();
        let hash = cache.near.hash(key);
        let kept = cache.get_if(self.outcome, hash, key, Freshness::is_usable);
        kept.map(O::whole).ok_or_else(|| {
            cache.own.backing?;
            let pending = cache.pending(self.outcome, key);
            Some(from_store(cache, pending.request))
        })
    }

    fn read(&self, entry: &dyn AnyEntry) -> Option<O::Ret>
    where
        O::Kept: SharedValue,
    {
        let _ = self.outcome;
        let kept: Option<&O::Kept> = entry.value_as();
        kept.cloned().map(O::whole)
    }

    /// The hit on a key, if it is verified.
    pub fn verify(self, key: &Key, wanted: WantedHits, how: Compared) -> Option<VerifiedHit<O>>
    where
        O::Kept: SharedValue,
    {
        self.cache().verified(self.outcome, key, wanted, how)
    }

    /// Why the last look-up of a key missed.
    pub fn why(self, key: &Key) -> Why
    where
        O::Kept: SharedValue,
    {
        let cache = self.cache();
        cache.why::<O::Kept>(&cache.near.key(key), cache.near.hash(key))
    }

    /// The right to load anew, whatever is kept.
    pub fn refresh(self, key: &Key) -> PendingLoad<O>
    where
        O::Kept: SharedValue,
    {
        self.cache().pending(self.outcome, key).anew()
    }

    /// The right to load anew and to store for everybody who asks for the key, whatever function that is.
    pub fn put(self, key: &Key) -> PendingLoad<O>
    where
        O::Kept: SharedValue,
    {
        let mut cache = self.cache();
        cache.own.backing = self.instance.site().cache().backing::<O::Kept>(None);
        cache.own.origin = Some(BY_HAND);
        cache.pending(self.outcome, key).put()
    }

    /// Removes what is kept for a key.
    pub fn invalidate(self, key: &Key) -> Invalidated
    where
        O::Kept: SharedValue,
    {
        block_on(invalidate(self.cache(), key))
    }

    /// [`invalidate`](Self::invalidate), awaited.
    pub async fn invalidate_async(self, key: &Key) -> Invalidated
    where
        O::Kept: SharedValue,
    {
        invalidate(self.cache(), key).await
    }
}

/// What the store has, as a future of one type for all functions.
type FromStore = Pin<Box<dyn Future<Output = Option<Arc<dyn AnyEntry>>> + Send>>;

/// Asks the store. An error of the store is counted there.
fn from_store(
    cache: FunctionCache<Bytes, AnyForm>,
    request: Box<LoadRequest<'static>>,
) -> FromStore {
    Box::pin(async move {
        let entry = request.peek().await.ok()??;
        tell(cache.near.core(), || entry.meta().view());
        Some(entry)
    })
}

/// Removes from the store first: whoever reads here meanwhile must not bring back what the store still had.
async fn invalidate(cache: FunctionCache<Bytes, AnyForm>, key: &Key) -> Invalidated {
    let _removed = OnDrop(|| {
        cache
            .near
            .remove(cache.near.hash(key), &cache.near.key(key), 0);
    });
    match &cache.own.backing {
        Some(backing) => backing.remove(&cache.near.key(key)).await.into(),
        None => Ok(()).into(),
    }
}
