//! Deletes that must reach the store, now or later.

use std::time::Duration;

use super::Far;
use super::stamps::Stamp;
use crate::error::Result;
use crate::name::CACHE;
use crate::rule::{self, Rule};
use crate::store::{Put, When, Written};
#[cfg(all(feature = "runtime", not(test)))]
use crate::sync::Ordering;
#[cfg(all(feature = "runtime", not(test)))]
use crate::wait::pause;

/// How often a stamp is written that others write meanwhile.
const TRIES: usize = 4;

/// How long to wait before undelivered invalidations are sent again.
#[cfg(all(feature = "runtime", not(test)))]
const AGAIN: Duration = Duration::from_millis(200);

impl Far {
    /// Deletes these keys before the store is used again: they could not be written, so what lies under them may be older than
    /// what was to be put there.
    pub(crate) fn delete_later(&self, keys: &[&[u8]]) {
        drop(self.pending_delete(keys.iter().map(|key| self.space.entry(key)).collect()));
    }

    pub(super) async fn erase(&self, keys: Vec<Vec<u8>>) -> Result<()> {
        self.pending_delete(keys).send().await
    }

    pub(super) fn pending_delete(&self, keys: Vec<Vec<u8>>) -> PendingDelete<'_> {
        PendingDelete { far: self, keys }
    }

    /// Sends what is undelivered, again and again until the store has taken it all. Without the `runtime` feature there is no
    /// thread for it, and the next call that uses the store sends it. So it is in the models, which schedule every call.
    #[cfg(all(feature = "runtime", not(test)))]
    fn deliver_in_background(&self) {
        if !self.delivering.swap(true, Ordering::AcqRel) {
            let itself = self.itself.clone();
            let delivering = async move {
                while let Some(far) = itself.upgrade() {
                    if far.deliver().await.is_ok() {
                        far.delivering.store(false, Ordering::Release);
                        // What was added in between found the delivery still running.
                        if far.undelivered.next_batch().is_empty()
                            || far.delivering.swap(true, Ordering::AcqRel)
                        {
                            return;
                        }
                    }
                    drop(far);
                    pause(AGAIN).await;
                }
            };
            if crate::store::runtime::spawn(delivering).is_err() {
                self.delivering.store(false, Ordering::Release);
            }
        }
    }
}

/// A delete that was decided on. If it is dropped before it was sent with success, it is undelivered.
#[must_use = "a pending delete that is not sent counts as undelivered"]
pub(crate) struct PendingDelete<'a> {
    far: &'a Far,
    keys: Vec<Vec<u8>>,
}

impl PendingDelete<'_> {
    /// Sends the delete. If it fails, or is dropped halfway, it is undelivered.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    pub(crate) async fn send(mut self) -> Result<()> {
        let keys: Vec<&[u8]> = self.keys.iter().map(Vec::as_slice).collect();
        self.far
            .call("delete", self.far.store.delete(&keys))
            .await?;
        self.keys.clear();
        Ok(())
    }
}

impl PendingDelete<'_> {
    /// Has these stamps expire in place of being deleted: what was born under them is stale, and others may serve it. What cannot
    /// be written is deleted. If that fails, or is dropped halfway, all of them are undelivered deletes.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    pub(crate) async fn expire(mut self) -> Result<()> {
        self.far.deliver().await?;
        let mut left = self.keys.clone();
        for _ in 0..TRIES {
            left = self.expire_once(left).await?;
            if left.is_empty() {
                self.keys.clear();
                return Ok(());
            }
        }
        self.keys = left;
        self.send().await
    }

    /// Writes new stamps over those that are there; gives the keys over which others were faster.
    async fn expire_once(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        let asked: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let found = self.far.get(&asked, true).await?.found;
        let there = keys.into_iter().zip(found);
        let there = there.filter_map(|(key, found)| Some((key, Stamp::of(&found?)?)));
        let (ending, there): (Vec<_>, Vec<_>) =
            there.partition(|(_, stamp)| stamp.left == Some(Duration::ZERO));
        let expired: Vec<_> = there
            .iter()
            .map(|(_, stamp)| stamp.expired().to_bytes())
            .collect();
        let puts: Vec<_> = there
            .iter()
            .zip(&expired)
            .map(|((key, stamp), value)| Put {
                key,
                value,
                ttl: stamp.left,
                when: rule::asks_for(Rule::ExpiresWhatItSaw, stamp.when(), When::Always),
            })
            .collect();
        let written = if puts.is_empty() {
            Vec::new()
        } else {
            self.far.put(&puts).await?
        };
        let refused = puts.iter().zip(&written);
        let refused = refused.filter(|(_, written)| **written == Written::TooLarge);
        let refused = refused.map(|(put, _)| put.key);
        let deleted: Vec<&[u8]> = ending
            .iter()
            .map(|(key, _)| key.as_slice())
            .chain(refused)
            .collect();
        if !deleted.is_empty() {
            self.far
                .call("delete", self.far.store.delete(&deleted))
                .await?;
        }
        let again = there.into_iter().zip(written);
        let again = again.filter(|(_, written)| *written == Written::No);
        Ok(again.map(|((key, _), _)| key).collect())
    }
}

impl Drop for PendingDelete<'_> {
    fn drop(&mut self) {
        if !self.keys.is_empty() {
            let keys = std::mem::take(&mut self.keys);
            self.far
                .undelivered
                .add(keys, || self.far.space.stamp(CACHE));
            #[cfg(all(feature = "runtime", not(test)))]
            self.far.deliver_in_background();
        }
    }
}
