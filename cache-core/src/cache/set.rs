//! Storing by hand.

use std::time::Duration;

use super::Cache;
use crate::clock;
use crate::entry::{AnyEntry, BY_HAND, Entry, Meta};
use crate::error::{Error, Result};
use crate::far::{self, Far, HAND};
use crate::format::blob::{Identity, Stamped, Times};
use crate::format::codec::coder::coder;
use crate::key::{CacheKey, Key};
use crate::policy::Life;
use crate::store::Written;
use crate::value::SharedValue;

/// How often a step is tried again that others were faster at.
pub(super) const TRIES: usize = 64;
/// After so many tries something is in the way that the store does not show. Sooner it may be what another has just added, who
/// was told that he did.
const UNSEEN: usize = 24;

impl Cache {
    /// In the store first, if there is one. The copy here is not replaced but removed: two who set at once may reach the
    /// store in another order than this process.
    pub(super) async fn put<T: SharedValue>(
        &self,
        key: &Key,
        value: &T,
        ttl: Option<Duration>,
    ) -> Result<()> {
        let near = self.near();
        let Some(far) = self.far() else {
            near.set(near.hash(key), &key.store(), &self.by_hand(value, ttl));
            return Ok(());
        };
        let stored = put_far(far, &[(key, value)], ttl).await;
        near.remove(near.hash(key), key);
        stored
    }

    pub(super) async fn put_absent<T: SharedValue>(
        &self,
        key: &Key,
        value: &T,
        ttl: Option<Duration>,
    ) -> Result<bool> {
        let near = self.near();
        let Some(far) = self.far() else {
            let entry = self.by_hand(value, ttl);
            return Ok(near.modify(near.hash(key), &key.store(), |there| {
                there.is_none().then(|| entry.clone())
            }));
        };
        for attempt in 0..TRIES {
            let seen = far.snapshot(key.as_bytes(), &[]).await?;
            if attempt == UNSEEN {
                far.make_way(key.as_bytes(), &[], &seen).await?;
            }
            if far.entry(&seen, None, None).is_some() {
                return Ok(false);
            }
            if ttl == Some(Duration::ZERO) {
                return Ok(true);
            }
            let stamps = far.stamps_with(&seen).await?;
            let bytes = bytes(key, value, ttl, &stamps.of_cache())?;
            let put = [(key.as_bytes(), bytes.as_slice(), seen.over())];
            match far.put_all(&put, &stamps, &[], ttl).await?[0] {
                Written::Yes => {
                    near.remove(near.hash(key), key);
                    return Ok(true);
                }
                Written::No => {}
                Written::TooLarge => return Err(far.fault(Error::too_large())),
            }
        }
        Err(far.fault(Error::overtaken()))
    }

    /// An entry of near for a value that was set by hand.
    pub(super) fn by_hand<T: SharedValue>(
        &self,
        value: &T,
        ttl: Option<Duration>,
    ) -> std::sync::Arc<dyn AnyEntry> {
        let life = Life::new(clock::now(), ttl);
        let generation = self.near().generation(&[]);
        Entry::new(value.clone(), Meta::new(generation, life, BY_HAND, 0))
    }
}

/// Puts values into a store, in place of whatever is there. What the store does not take leaves nothing under its key, and a
/// value that cannot be written leaves nothing under any of them: what was there may be older than what was to be put there.
pub(super) async fn put_far<T: SharedValue>(
    far: &Far,
    values: &[(&Key, &T)],
    ttl: Option<Duration>,
) -> Result<()> {
    let keys: Vec<&[u8]> = values.iter().map(|(key, _)| key.as_bytes()).collect();
    if ttl == Some(Duration::ZERO) {
        return far.remove(&keys).await;
    }
    let write = |stamped: &[Stamped]| {
        let entries = values
            .iter()
            .map(|(key, value)| bytes(key, *value, ttl, stamped));
        entries.collect::<Result<Vec<_>>>()
    };
    let written = match far.set(&keys, ttl, write).await {
        Ok(written) => written,
        Err(error) if error.is_store() => {
            far.delete_later(&keys);
            return Err(error);
        }
        Err(error) => {
            far.remove(&keys).await?;
            return Err(error);
        }
    };
    let too_large: Vec<&[u8]> = keys
        .into_iter()
        .zip(&written)
        .filter(|(_, written)| **written != Written::Yes)
        .map(|(key, _)| key)
        .collect();
    if too_large.is_empty() {
        return Ok(());
    }
    far.remove(&too_large).await?;
    Err(far.fault(Error::too_large()))
}

/// The entry of a value that is set by hand.
fn bytes<T: SharedValue>(
    key: &Key,
    value: &T,
    ttl: Option<Duration>,
    stamped: &[Stamped],
) -> Result<Vec<u8>> {
    let coder = coder::<T>();
    let identity = Identity {
        site: HAND,
        fingerprint: coder.fingerprint(),
        key: key.as_bytes(),
    };
    let times = Times {
        soft: ttl,
        hard: ttl,
        cost: Duration::ZERO,
    };
    let mut draft = far::draft(&identity, &times, stamped);
    let written_by = coder
        .encode(value, draft.body())
        .map_err(|error| Error::value(error.to_string()))?;
    Ok(draft.seal(written_by))
}
