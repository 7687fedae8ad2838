//! Values that a hand sets.

use super::leader::Leader;
use super::request::LoadRequest;
use crate::entry::EntryMaker;
use crate::error::Result;
use crate::far::WriteOutcome;
use crate::name::Name;
use crate::policy::Life;

impl LoadRequest<'_> {
    /// Puts a value that a hand brings in the place of whatever is there, and takes away all that is under way for the key. A
    /// value that the store does not take leaves nothing.
    ///
    /// `names` are those that only the value knows.
    ///
    /// # Errors
    ///
    /// If the store behind does not take it. Nothing is left under the key then.
    pub(crate) async fn set(
        self: Box<Self>,
        value: EntryMaker,
        life: Life,
        names: &[Name],
    ) -> Result<()> {
        let mut leader = Leader::refresh(self, false);
        let Some(backing) = leader.request.backing else {
            let entry = value(leader.meta(life, 0, names).put_by_hand());
            let LoadRequest {
                near, hash, key, ..
            } = &*leader.request;
            near.set(*hash, key, &entry);
            return Ok(());
        };
        let (far, key) = (backing.far, backing.key_of(&leader.request.key));
        let (lease, fault) = match far.claim(&key, &leader.request.names).await {
            Ok(lease) => (Some(lease), None),
            Err(fault) => (None, Some(fault)),
        };
        leader.lease = lease;
        let entry = value(leader.meta(life, 0, names).put_by_hand());
        let kept = backing
            .keep(&leader.request, leader.lease.as_ref(), &entry, leader.begun)
            .await;
        let kept = fault.map_or(kept, Err);
        if !kept.as_ref().is_ok_and(WriteOutcome::is_good) {
            // If it fails it is undelivered: the store is not asked again before it is gone.
            let _ = backing.remove(&leader.request.key).await;
        }
        let stored = match kept {
            Ok(WriteOutcome::NotStored { why, .. }) => Err(why),
            Ok(_) => Ok(()),
            Err(fault) => Err(fault),
        };
        if stored.is_err() {
            entry.generation.kill();
        }
        leader.put(&entry);
        stored
    }

    /// Leaves nothing under the key, whatever is there or under way.
    pub(crate) async fn leave_nothing(self: Box<Self>) {
        self.begin().await.leave_nothing().await;
    }
}
