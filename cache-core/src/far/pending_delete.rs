//! Deletes that must reach the store, now or later.

#[cfg(all(feature = "runtime", not(test)))]
use std::time::Duration;

use super::{CACHE, Far};
use crate::error::Result;
#[cfg(all(feature = "runtime", not(test)))]
use crate::sync::Ordering;
#[cfg(all(feature = "runtime", not(test)))]
use crate::wait::pause;

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
        self.far.call(self.far.store.delete(&keys)).await?;
        self.keys.clear();
        Ok(())
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
