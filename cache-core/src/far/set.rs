//! Setting by hand: values are put under the stamp that this process saw last, while the store is asked whether it is still
//! there.
//!
//! A stamp that was deleted never comes back in the same life of a store. One that is there after the set has begun is thus
//! the stamp of everybody at that moment, and what was put under it is what was to be put, whichever of the two the store has
//! done first. One that is not makes the value a dead one, which nobody can have found after the look; it is then put again,
//! under the stamp that the look has shown. Until that has happened, whoever reads the key finds nothing.

use std::time::Duration;

use super::{Far, NewEntry, Stamps};
use crate::error::{Error, Result};
use crate::format::blob::Stamped;
use crate::name::CACHE;
use crate::store::{Put, When, Written};

impl Far {
    /// Puts values by hand, all with one ttl, in place of whatever is there. What the store does not take leaves nothing under its
    /// key, and a value that cannot be written leaves nothing under any of them: what was there may be older than what was to be
    /// put there.
    ///
    /// One round trip. Others, two or three, if the stamp of the cache is not the one that was seen last, or is to stand longer.
    ///
    /// # Errors
    ///
    /// If a value cannot be written, the store does not take it, or could not be reached: then any of them may have been written,
    /// and their delete is undelivered.
    pub(crate) async fn set(&self, values: &[NewEntry<'_>]) -> Result<()> {
        let keys: Vec<&[u8]> = values.iter().map(|new| new.key).collect();
        let ttl = values.first().and_then(|new| new.ttl);
        if ttl == Some(Duration::ZERO) {
            return self.remove(&keys).await;
        }
        let written = match self.put_values(values, ttl).await {
            Ok(written) => written,
            Err(error) if error.is_store() => {
                self.delete_later(&keys);
                return Err(error);
            }
            Err(error) => {
                self.remove(&keys).await?;
                return Err(error);
            }
        };
        let written = keys.into_iter().zip(written);
        let untaken = written.filter(|(_, written)| *written != Written::Yes);
        let untaken: Vec<&[u8]> = untaken.map(|(key, _)| key).collect();
        if untaken.is_empty() {
            return Ok(());
        }
        self.remove(&untaken).await?;
        Err(self.fault(Error::too_large()))
    }

    /// Puts values, and says of each what became of it.
    pub(super) async fn put_values(
        &self,
        values: &[NewEntry<'_>],
        ttl: Option<Duration>,
    ) -> Result<Vec<Written>> {
        let encoded = |stamped: &[Stamped]| {
            let bytes = values.iter().map(|new| new.encode(stamped));
            bytes.collect::<Result<Vec<_>>>()
        };
        let stamps = match self.last.of_cache() {
            None => self.stamps(&[]).await?,
            Some(born) => {
                self.deliver().await?;
                let (written, now) = self.put_and_look(values, &encoded(&born)?, ttl).await?;
                if born.iter().all(|born| now.confirm(born)) {
                    self.count(&written);
                    // Without it they end sooner, and are there all the same.
                    drop(self.prolong(&now, &[CACHE], ttl).await);
                    return Ok(written);
                }
                self.completed(&[CACHE], now).await?
            }
        };
        let bytes = encoded(&stamps.of_cache())?;
        let entries = values.iter().zip(&bytes);
        let entries: Vec<_> = entries
            .map(|(new, bytes)| (new.key, bytes.as_slice(), When::Always))
            .collect();
        self.put_all(&entries, &stamps, &[], ttl).await
    }

    /// Puts values, and reads the stamp of the cache at the same time.
    async fn put_and_look(
        &self,
        values: &[NewEntry<'_>],
        bytes: &[Vec<u8>],
        ttl: Option<Duration>,
    ) -> Result<(Vec<Written>, Stamps)> {
        let keys: Vec<Vec<u8>> = values.iter().map(|new| self.space.entry(new.key)).collect();
        let puts: Vec<Put<'_>> = keys
            .iter()
            .zip(bytes)
            .map(|(key, value)| Put {
                key,
                value,
                ttl,
                when: When::Always,
            })
            .collect();
        let stamp = self.space.stamp(CACHE);
        let asked = [stamp.as_slice()];
        let (answer, written) = self
            .call("get-and-put", self.store.get_and_put(&asked, &puts))
            .await?;
        let written = self.of_each(&puts, written)?;
        let answer = self.cleaned(&asked, answer).await?;
        let now = Stamps::seen(answer.incarnation, [&CACHE], &answer.found);
        self.last.note(&now);
        Ok((written, now))
    }
}
