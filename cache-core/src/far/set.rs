//! Setting by hand: values are put under the stamp that this process saw last, while the store is asked whether it is still
//! there.
//!
//! A stamp that was deleted never comes back in the same life of a store. One that is there after the set has begun is thus
//! the stamp of everybody at that moment, and what was put under it is what was to be put, whichever of the two the store has
//! done first. One that is not makes the value a dead one, which nobody can have found after the look; it is then put again,
//! under the stamp that the look has shown. Until that has happened, whoever reads the key finds nothing.

use std::time::Duration;

use super::{CACHE, Far, Stamps};
use crate::error::Result;
use crate::format::blob::Stamped;
use crate::store::{Put, When, Written};

impl Far {
    /// Puts values under these keys, in place of whatever is there, and says of each what became of it. `write` gives the
    /// bytes of each value, born under these stamps.
    ///
    /// One round trip. Others, two or three, if the stamp of the cache is not the one that was seen last, or is to stand longer.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: then any of them may have been written. Those of `write`.
    pub(crate) async fn set(
        &self,
        keys: &[&[u8]],
        ttl: Option<Duration>,
        write: impl Fn(&[Stamped]) -> Result<Vec<Vec<u8>>>,
    ) -> Result<Vec<Written>> {
        let stamps = match self.last.of_cache() {
            None => self.stamps(&[]).await?,
            Some(born) => {
                self.deliver().await?;
                let (written, now) = self.put_and_look(keys, &write(&born)?, ttl).await?;
                if born.iter().all(|born| now.confirm(born)) {
                    self.count(&written);
                    // Without it they end sooner, and are there all the same.
                    drop(self.prolong(&now, &[CACHE], ttl).await);
                    return Ok(written);
                }
                self.completed(&[CACHE], now).await?
            }
        };
        let values = write(&stamps.of_cache())?;
        let entries = keys.iter().zip(&values);
        let entries: Vec<_> = entries
            .map(|(key, value)| (*key, value.as_slice(), When::Always))
            .collect();
        self.put_all(&entries, &stamps, &[], ttl).await
    }

    /// Puts values, and reads the stamp of the cache at the same time.
    async fn put_and_look(
        &self,
        keys: &[&[u8]],
        values: &[Vec<u8>],
        ttl: Option<Duration>,
    ) -> Result<(Vec<Written>, Stamps)> {
        let keys: Vec<Vec<u8>> = keys.iter().map(|key| self.space.entry(key)).collect();
        let puts: Vec<Put<'_>> = keys
            .iter()
            .zip(values)
            .map(|(key, value)| Put {
                key,
                value,
                ttl,
                when: When::Always,
            })
            .collect();
        let stamp = self.space.stamp(CACHE);
        let asked = [stamp.as_slice()];
        let (answer, written) = self.call(self.store.get_and_put(&asked, &puts)).await?;
        let written = self.of_each(&puts, written)?;
        let answer = self.cleaned(&asked, answer).await?;
        let now = Stamps::seen(answer.incarnation, [&CACHE], &answer.found);
        self.last.note(&now);
        Ok((written, now))
    }
}
