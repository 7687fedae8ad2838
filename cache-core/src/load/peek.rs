//! What a store has, without a load.

use std::sync::Arc;

use super::backing::Backing;
use super::intent::WriteIntent;
use super::request::LoadRequest;
use crate::entry::AnyEntry;
use crate::error::Result;
use crate::far::Snapshot;
use crate::name::Name;

impl LoadRequest<'_> {
    /// What the store behind has, without a load; a copy of it is kept here.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn peek(&self) -> Result<Option<Arc<dyn AnyEntry>>> {
        let Some(backing) = self.backing else {
            return Ok(None);
        };
        let intent = self.to_intent();
        let key = backing.key_of(&self.key);
        let with_ttl = backing.wants_ttl(self.near);
        let seen = backing.far.read_one(&key, &self.names, with_ttl).await?;
        self.adopt_or_beside(&backing, intent, &seen).await
    }

    /// What makes an older copy give way; where near keeps nothing, no copy can come too late.
    fn to_intent(&self) -> Option<WriteIntent<'_>> {
        (!self.near.keeps_nothing()).then(|| WriteIntent::begin(self))
    }

    /// The entry in what was seen, or beside it, kept here.
    async fn adopt_or_beside(
        &self,
        backing: &Backing<'_>,
        intent: Option<WriteIntent<'_>>,
        seen: &Snapshot,
    ) -> Result<Option<Arc<dyn AnyEntry>>> {
        let adopted = self.adopt(backing, intent.as_ref(), seen);
        if adopted.is_some() {
            return Ok(adopted);
        }
        let beside = backing.look_beside(self, seen).await?;
        Ok(beside.and_then(|seen| self.adopt(backing, intent.as_ref(), &seen)))
    }

    fn adopt(
        &self,
        backing: &Backing<'_>,
        intent: Option<&WriteIntent<'_>>,
        seen: &Snapshot,
    ) -> Option<Arc<dyn AnyEntry>> {
        let Some(intent) = intent else {
            return backing.entry(self, seen, &self.near.generation(&[]));
        };
        let entry = backing.entry(self, seen, intent.generation())?;
        intent.replace(&entry);
        Some(entry)
    }
}

/// [`LoadRequest::peek`] for several requests of one tier, in one round trip of the store.
///
/// # Errors
///
/// If the store could not be asked.
pub(crate) async fn peek_many(
    requests: &[Box<LoadRequest<'_>>],
) -> Result<Vec<Option<Arc<dyn AnyEntry>>>> {
    let first = requests.first();
    let Some((near, backing)) = first.and_then(|request| Some((request.near, request.backing?)))
    else {
        return Ok(requests.iter().map(|_| None).collect());
    };
    let intent: Vec<_> = requests.iter().map(|request| request.to_intent()).collect();
    let keys: Vec<_> = requests
        .iter()
        .map(|request| backing.key_of(&request.key))
        .collect();
    let entries: Vec<(&[u8], &[Name])> = requests
        .iter()
        .zip(&keys)
        .map(|(request, key)| (&**key, &*request.names))
        .collect();
    let seen = backing.far.read(&entries, backing.wants_ttl(near)).await?;
    let mut peeked = Vec::with_capacity(requests.len());
    for ((request, intent), seen) in requests.iter().zip(intent).zip(seen) {
        peeked.push(request.adopt_or_beside(&backing, intent, &seen).await?);
    }
    Ok(peeked)
}
