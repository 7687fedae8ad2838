//! Storing by hand.

use std::sync::Arc;
use std::time::Duration;

use super::Cache;
use crate::clock;
use crate::entry::{AnyEntry, BY_HAND, Entry, Meta};
use crate::error::Result;
use crate::far::NewEntry;
use crate::format::codec::coder::coder;
use crate::key::Key;
use crate::name::HAND;
use crate::policy::Life;
use crate::value::SharedValue;

impl Cache {
    /// Writes to the store first, if there is one. The copy here is removed rather than replaced: two concurrent calls may reach the
    /// store in the other order than this process.
    pub(super) async fn put<T: SharedValue>(
        &self,
        key: &Key,
        value: &T,
        ttl: Option<Duration>,
    ) -> Result<()> {
        let near = self.near();
        let Some(far) = self.far() else {
            near.set(near.hash(key), &near.key(key), &self.by_hand(value, ttl));
            return Ok(());
        };
        let stored = far.set(&[for_store(key, value, ttl)]).await;
        near.remove(near.hash(key), &near.key(key), 0);
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
            return Ok(near.modify(near.hash(key), &near.key(key), |there| {
                there.is_none().then(|| entry.clone())
            }));
        };
        let added = far.add(&for_store(key, value, ttl)).await?;
        if added {
            near.remove(near.hash(key), &near.key(key), 0);
        }
        Ok(added)
    }

    /// A near entry for a value that was set by hand.
    pub(super) fn by_hand<T: SharedValue>(
        &self,
        value: &T,
        ttl: Option<Duration>,
    ) -> Arc<dyn AnyEntry> {
        let life = Life::new(clock::now(), ttl);
        let generation = self.near().generation(&[]);
        let meta = Meta::new(generation, life, BY_HAND, 0).named(Vec::new);
        Entry::new(value.clone(), meta)
    }
}

/// A value that was set by hand, for the store.
pub(super) fn for_store<'v, T: SharedValue>(
    key: &'v Key,
    value: &'v T,
    ttl: Option<Duration>,
) -> NewEntry<'v> {
    NewEntry {
        key: key.as_bytes(),
        site: HAND,
        format: coder::<T>(),
        value,
        ttl,
        stale_for: Duration::ZERO,
        cost: Duration::ZERO,
    }
}
