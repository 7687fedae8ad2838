//! What a store has, without a load.

use std::sync::Arc;

use super::{Behind, Miss, Refresh};
use crate::entry::Entry;
use crate::error::Result;
use crate::far::{Ask, Seen};

impl<K: Eq + Clone + 'static, V: ?Sized + 'static> Miss<'_, K, V> {
    /// What the store behind has, without a load; a copy of it is kept here.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn peek(&self) -> Result<Option<Arc<Entry<V>>>> {
        let Some(behind) = self.behind else {
            return Ok(None);
        };
        let refresh = self.to_refresh();
        let key = behind.key_of(&self.key);
        let ask = Ask {
            key: &key,
            names: &self.names,
        };
        let seen = behind.far.read_one(ask, behind.lives(self.near)).await?;
        self.adopt_or_beside(&behind, refresh, &seen).await
    }

    /// What makes an older copy give way; where near keeps nothing, no copy can come too late.
    fn to_refresh(&self) -> Option<Refresh<'_, K, V>> {
        (!self.near.keeps_nothing()).then(|| Refresh::of(self))
    }

    /// The entry in what was seen, or beside it, kept here.
    async fn adopt_or_beside(
        &self,
        behind: &Behind<'_, K, V>,
        refresh: Option<Refresh<'_, K, V>>,
        seen: &Seen,
    ) -> Result<Option<Arc<Entry<V>>>> {
        let adopted = self.adopt(behind, refresh.as_ref(), seen);
        if adopted.is_some() {
            return Ok(adopted);
        }
        let beside = behind.look_beside(self, seen).await?;
        Ok(beside.and_then(|seen| self.adopt(behind, refresh.as_ref(), &seen)))
    }

    fn adopt(
        &self,
        behind: &Behind<'_, K, V>,
        refresh: Option<&Refresh<'_, K, V>>,
        seen: &Seen,
    ) -> Option<Arc<Entry<V>>> {
        let Some(refresh) = refresh else {
            return behind.entry(self, seen, &self.birth());
        };
        let entry = behind.entry(self, seen, &refresh.birth())?;
        refresh.adopt(&entry);
        Some(entry)
    }
}

/// [`Miss::peek`] for several misses of one tier, in one round trip of the store.
///
/// # Errors
///
/// If the store could not be asked.
pub(crate) async fn peek_many<K: Eq + Clone + 'static, V: ?Sized + 'static>(
    misses: &[Miss<'_, K, V>],
) -> Result<Vec<Option<Arc<Entry<V>>>>> {
    let first = misses.first();
    let Some((near, behind)) = first.and_then(|miss| Some((miss.near, miss.behind?))) else {
        return Ok(misses.iter().map(|_| None).collect());
    };
    let refreshes: Vec<_> = misses.iter().map(Miss::to_refresh).collect();
    let keys: Vec<_> = misses.iter().map(|miss| behind.key_of(&miss.key)).collect();
    let asks: Vec<Ask<'_>> = misses
        .iter()
        .zip(&keys)
        .map(|(miss, key)| Ask {
            key,
            names: &miss.names,
        })
        .collect();
    let seen = behind.far.read(&asks, behind.lives(near)).await?;
    let mut peeked = Vec::with_capacity(misses.len());
    for ((miss, refresh), seen) in misses.iter().zip(refreshes).zip(seen) {
        peeked.push(miss.adopt_or_beside(&behind, refresh, &seen).await?);
    }
    Ok(peeked)
}
