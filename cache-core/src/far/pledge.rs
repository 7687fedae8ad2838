//! Keys whose removal must reach the store, now or later.

#[cfg(all(feature = "runtime", not(test)))]
use std::time::Duration;

use super::{CACHE, Far};
use crate::error::Result;
#[cfg(all(feature = "runtime", not(test)))]
use crate::monitor::pause;
#[cfg(all(feature = "runtime", not(test)))]
use crate::sync::Ordering;

/// How often a store that does not answer is told again what it is owed.
#[cfg(all(feature = "runtime", not(test)))]
const AGAIN: Duration = Duration::from_millis(200);

impl Far {
    /// These keys could not be written: what lies under them may be older than what was to be put there, so its removal is
    /// owed.
    pub(crate) fn owe(&self, keys: &[&[u8]]) {
        drop(self.pledge(keys.iter().map(|key| self.space.entry(key)).collect()));
    }

    pub(super) async fn erase(&self, keys: Vec<Vec<u8>>) -> Result<()> {
        self.pledge(keys).redeem().await
    }

    pub(super) fn pledge(&self, keys: Vec<Vec<u8>>) -> Pledge<'_> {
        Pledge { far: self, keys }
    }

    /// Keeps at it until everything that is owed is delivered. Where no thread of ours runs, the next call that uses the
    /// store delivers it; so it does in the models, which put every call in its place themselves.
    #[cfg(all(feature = "runtime", not(test)))]
    fn settle_behind(&self) {
        if !self.settling.swap(true, Ordering::AcqRel) {
            let itself = self.itself.clone();
            let settling = async move {
                while let Some(far) = itself.upgrade() {
                    if far.settle().await.is_ok() {
                        far.settling.store(false, Ordering::Release);
                        // What was owed in between saw that somebody is at it.
                        if far.debt.some().is_empty() || far.settling.swap(true, Ordering::AcqRel) {
                            return;
                        }
                    }
                    drop(far);
                    pause(AGAIN).await;
                }
            };
            if crate::store::runtime::spawn(settling).is_err() {
                self.settling.store(false, Ordering::Release);
            }
        }
    }
}

/// Keys whose removal is under way: owed, unless it is said that they have been removed.
#[must_use = "what is pledged and not redeemed is owed"]
pub(crate) struct Pledge<'a> {
    far: &'a Far,
    keys: Vec<Vec<u8>>,
}

impl Pledge<'_> {
    /// Removes the keys. What fails, or is dropped halfway, is owed.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    pub(crate) async fn redeem(mut self) -> Result<()> {
        let keys: Vec<&[u8]> = self.keys.iter().map(Vec::as_slice).collect();
        self.far.guarded(self.far.store.delete(&keys)).await?;
        self.keys.clear();
        Ok(())
    }
}

impl Drop for Pledge<'_> {
    fn drop(&mut self) {
        if !self.keys.is_empty() {
            let keys = std::mem::take(&mut self.keys);
            self.far.debt.owe(keys, || self.far.space.stamp(CACHE));
            #[cfg(all(feature = "runtime", not(test)))]
            self.far.settle_behind();
        }
    }
}
