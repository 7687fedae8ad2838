//! What a store has, without a load.

use std::sync::Arc;

use super::apart::Apart;
use super::behind::Behind;
use super::request::Request;
use crate::entry::AnyEntry;
use crate::error::Result;
use crate::far::{Ask, Seen};
use crate::near::NearKey;

impl<K: NearKey> Request<'_, K> {
    /// What the store behind has, without a load; a copy of it is kept here.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn peek(&self) -> Result<Option<Arc<dyn AnyEntry>>> {
        let Some(behind) = self.behind else {
            return Ok(None);
        };
        let apart = self.to_apart();
        let key = behind.key_of(&self.key);
        let ask = Ask {
            key: &key,
            names: &self.names,
        };
        let seen = behind.far.read_one(ask, behind.lives(self.near)).await?;
        self.adopt_or_beside(&behind, apart, &seen).await
    }

    /// What makes an older copy give way; where near keeps nothing, no copy can come too late.
    fn to_apart(&self) -> Option<Apart<'_, K>> {
        (!self.near.keeps_nothing()).then(|| Apart::begin(self))
    }

    /// The entry in what was seen, or beside it, kept here.
    async fn adopt_or_beside(
        &self,
        behind: &Behind<'_, K>,
        apart: Option<Apart<'_, K>>,
        seen: &Seen,
    ) -> Result<Option<Arc<dyn AnyEntry>>> {
        let adopted = self.adopt(behind, apart.as_ref(), seen);
        if adopted.is_some() {
            return Ok(adopted);
        }
        let beside = behind.look_beside(self, seen).await?;
        Ok(beside.and_then(|seen| self.adopt(behind, apart.as_ref(), &seen)))
    }

    fn adopt(
        &self,
        behind: &Behind<'_, K>,
        apart: Option<&Apart<'_, K>>,
        seen: &Seen,
    ) -> Option<Arc<dyn AnyEntry>> {
        let Some(apart) = apart else {
            return behind.entry(self, seen, &self.near.generation(&[]));
        };
        let entry = behind.entry(self, seen, apart.generation())?;
        apart.replace(&entry);
        Some(entry)
    }
}

/// [`Request::peek`] for several requests of one tier, in one round trip of the store.
///
/// # Errors
///
/// If the store could not be asked.
pub(crate) async fn peek_many<K: NearKey>(
    requests: &[Request<'_, K>],
) -> Result<Vec<Option<Arc<dyn AnyEntry>>>> {
    let first = requests.first();
    let Some((near, behind)) = first.and_then(|request| Some((request.near, request.behind?)))
    else {
        return Ok(requests.iter().map(|_| None).collect());
    };
    let apart: Vec<_> = requests.iter().map(Request::to_apart).collect();
    let keys: Vec<_> = requests
        .iter()
        .map(|request| behind.key_of(&request.key))
        .collect();
    let asks: Vec<Ask<'_>> = requests
        .iter()
        .zip(&keys)
        .map(|(request, key)| Ask {
            key,
            names: &request.names,
        })
        .collect();
    let seen = behind.far.read(&asks, behind.lives(near)).await?;
    let mut peeked = Vec::with_capacity(requests.len());
    for ((request, apart), seen) in requests.iter().zip(apart).zip(seen) {
        peeked.push(request.adopt_or_beside(&behind, apart, &seen).await?);
    }
    Ok(peeked)
}
