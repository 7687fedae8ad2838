//! Writing: values over the leases of their loads, and values by hand.

use std::time::Duration;

use super::lease::TokenPut;
use super::stamps::with_cache;
use super::{Far, Lease, NewEntry, Stamps};
use crate::error::{Error, Result};
use crate::name::Name;
use crate::rule::{self, Rule};
use crate::store::{Answer, Found, Put, When, Written, token_of};

/// What a write to the store came to.
#[derive(Debug)]
pub(crate) enum WriteOutcome {
    /// The value is good: nothing that it depends on was invalidated until after the load.
    Good,
    /// It is not stored, because no codec can write it or the store does not take it, and nothing older is there. If it is not
    /// `good`, its key may have been removed meanwhile.
    NotStored { good: bool, why: Error },
    /// Its key or one of its names was invalidated meanwhile.
    Invalidated,
    /// It is not stored, and its key may have been removed meanwhile.
    Unknown,
}

impl WriteOutcome {
    /// Whether the value is good.
    pub(crate) fn is_good(&self) -> bool {
        matches!(self, Self::Good)
    }
}

impl Far {
    /// Writes a loaded value over its lease, and says whether it is good: it may be kept and shared only then.
    ///
    /// # Errors
    ///
    /// If the store could not be asked: then nobody can say whether it is.
    pub(crate) async fn write(&self, lease: &Lease, new: &NewEntry<'_>) -> Result<WriteOutcome> {
        self.deliver().await?;
        let ttl = new.kept_for();
        let unstored = match new.encode(&lease.stamped) {
            Ok(bytes) => match self.put_over(lease, &bytes, ttl).await? {
                Written::Yes => {
                    self.counters.write();
                    None
                }
                Written::TooLarge => {
                    self.counters.too_large();
                    Some(self.fault(Error::too_large()))
                }
                Written::No => {
                    self.counters.refused();
                    return Ok(WriteOutcome::Invalidated);
                }
            },
            Err(unwritable) => {
                self.counters.unwritable();
                Some(unwritable)
            }
        };
        let (kept, stamps) = self.confirm(lease, unstored.is_some()).await?;
        match (kept, unstored) {
            (WriteOutcome::Invalidated, _) => {
                self.counters.refused();
                Ok(WriteOutcome::Invalidated)
            }
            (kept, None) => {
                // Whoever it fails for has its value all the same.
                drop(self.prolong(&stamps, &lease.names, ttl).await);
                Ok(kept)
            }
            (kept, Some(why)) => {
                self.withdraw(lease).await?;
                let good = kept.is_good();
                Ok(WriteOutcome::NotStored { good, why })
            }
        }
    }

    /// Removes the older value that a lease was to replace, if there is one.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: then the delete is undelivered.
    pub(crate) async fn withdraw(&self, lease: &Lease) -> Result<()> {
        if lease.over_value {
            self.remove(&[&lease.key]).await?;
        }
        Ok(())
    }

    async fn put_over(
        &self,
        lease: &Lease,
        value: &[u8],
        ttl: Option<Duration>,
    ) -> Result<Written> {
        let put = Put {
            key: &self.space.entry(&lease.key),
            value,
            ttl,
            when: rule::asks_for(Rule::LeaseIsFence, When::Is(lease.token), When::Always),
        };
        Ok(self.put(&[put]).await?[0])
    }

    /// Gives a longer life to the stamps that would end before a value that was just written under them.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: then the value ends with the first of them.
    pub(super) async fn prolong(
        &self,
        stamps: &Stamps,
        names: &[Name],
        ttl: Option<Duration>,
    ) -> Result<()> {
        let prolonged = self.prolonged(stamps, names, ttl);
        if !prolonged.is_empty() {
            let puts: Vec<_> = prolonged.iter().map(TokenPut::put).collect();
            self.put(&puts).await?;
        }
        Ok(())
    }

    fn prolonged(&self, stamps: &Stamps, names: &[Name], ttl: Option<Duration>) -> Vec<TokenPut> {
        let longer = stamps.to_prolong(names, ttl).into_iter();
        let prolonged = longer.map(|(name, stamp, ttl)| TokenPut {
            key: self.space.stamp(name),
            value: stamp.to_bytes(),
            ttl,
            when: rule::asks_for(Rule::ProlongsWhatItSaw, stamp.when(), When::Always),
        });
        prolonged.collect()
    }

    /// Whether a loaded value that is not to be stored is good: it may be shared only then.
    ///
    /// # Errors
    ///
    /// If the store could not be asked: then nobody can say whether it is.
    pub(crate) async fn is_good(&self, lease: &Lease) -> Result<bool> {
        self.deliver().await?;
        let (kept, _) = self.confirm(lease, true).await?;
        Ok(kept.is_good())
    }

    /// Whether the stamps of a lease are still what they were before the load: what has expired meanwhile is stale from the start. A
    /// value that could not be written has not shown that its lease still stands: then its key is asked for as well.
    async fn confirm(&self, lease: &Lease, unwritten: bool) -> Result<(WriteOutcome, Stamps)> {
        let itself = unwritten.then(|| self.space.entry(&lease.key));
        let names = lease.names.iter();
        let stamps = names.map(|name| self.stamp_of(*name, &lease.key));
        let keys: Vec<Vec<u8>> = itself.into_iter().chain(stamps).collect();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let Answer {
            incarnation,
            mut found,
        } = self.get(&keys, true).await?;
        let stamps = found.split_off(usize::from(unwritten));
        let now = Stamps::seen(incarnation, &lease.names, &stamps);
        let stands = |there: &Option<Found>| {
            let token = there.as_ref().and_then(|there| token_of(&there.value));
            token == Some(lease.token)
        };
        let is_confirmed = lease.stamped.iter().all(|born| now.confirm(born));
        let kept = if !rule::holds(Rule::StampsConfirmed, is_confirmed) {
            WriteOutcome::Invalidated
        } else if !found.iter().all(stands) {
            WriteOutcome::Unknown
        } else {
            WriteOutcome::Good
        };
        Ok((kept, now))
    }

    /// Writes values by hand, each under its condition, and says of each what became of it.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: then any of them may have been written.
    pub(crate) async fn put_all(
        &self,
        entries: &[(&[u8], &[u8], When)],
        stamps: &Stamps,
        names: &[Name],
        ttl: Option<Duration>,
    ) -> Result<Vec<Written>> {
        let names = with_cache(names.iter().copied());
        let keys: Vec<Vec<u8>> = entries
            .iter()
            .map(|(key, ..)| self.space.entry(key))
            .collect();
        let prolonged = self.prolonged(stamps, &names, ttl);
        let mut puts: Vec<Put<'_>> = entries
            .iter()
            .zip(&keys)
            .map(|((_, value, when), key)| Put {
                key,
                value,
                ttl,
                when: *when,
            })
            .collect();
        puts.extend(prolonged.iter().map(TokenPut::put));
        let mut written = self.put(&puts).await?;
        written.truncate(entries.len());
        self.count(&written);
        Ok(written)
    }

    pub(super) fn count(&self, written: &[Written]) {
        for written in written {
            match written {
                Written::Yes => self.counters.write(),
                Written::TooLarge => self.counters.too_large(),
                Written::No => {}
            }
        }
    }
}
