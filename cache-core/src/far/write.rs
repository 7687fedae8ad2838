//! Writing: values over the leases of their loads, and values by hand.

use std::time::Duration;

use super::stamps::with_cache;
use super::{Far, Lease, Lives, Snapshot, Stamps, token};
use crate::error::{Error, Result};
use crate::format::blob::{EntryWriter, Identity, Stamped, Times};
use crate::name::Name;
use crate::store::{Answer, Found, Put, Token, When, Written, token_of};

/// What a write to the store came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteOutcome {
    /// The value is good: nothing that it depends on was invalidated until after the load.
    Good,
    /// It is not stored, and nothing older is there. If it is not `good`, its key may have been removed meanwhile.
    NotStored { good: bool, why: NotStoredReason },
    /// Its key or one of its names was invalidated meanwhile.
    Invalidated,
    /// It is not stored, and its key may have been removed meanwhile.
    Unknown,
}

/// Why a good value is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotStoredReason {
    /// It is too large for the store, or the store is full.
    TooLarge,
    /// No codec can write it.
    Unwritable,
}

/// An entry to be written, with the token before it.
pub(crate) fn draft(identity: &Identity<'_>, times: &Times, stamped: &[Stamped]) -> EntryWriter {
    EntryWriter::new(token::fresh().0.to_vec(), identity, times, stamped)
}

impl Far {
    /// The error for a value that is not stored.
    pub(crate) fn not_stored(&self, why: NotStoredReason) -> Error {
        match why {
            NotStoredReason::TooLarge => self.fault(Error::too_large()),
            NotStoredReason::Unwritable => Error::value("no codec can encode it"),
        }
    }

    /// Writes a loaded value over its lease, and says whether it is good: it may be kept and shared only then.
    ///
    /// # Errors
    ///
    /// If the store could not be asked: then nobody can say whether it is.
    pub(crate) async fn write(
        &self,
        lease: &Lease,
        key: &[u8],
        value: Option<&[u8]>,
        ttl: Option<Duration>,
    ) -> Result<WriteOutcome> {
        self.deliver().await?;
        let written = match value {
            Some(value) => Some(self.put_over(lease, key, value, ttl).await?),
            None => None,
        };
        let unstored = match written {
            Some(Written::Yes) => None,
            Some(Written::TooLarge) => Some(NotStoredReason::TooLarge),
            None => Some(NotStoredReason::Unwritable),
            Some(Written::No) => {
                self.counters.refused();
                return Ok(WriteOutcome::Invalidated);
            }
        };
        match unstored {
            None => self.counters.write(),
            Some(NotStoredReason::TooLarge) => self.counters.too_large(),
            Some(NotStoredReason::Unwritable) => self.counters.unwritable(),
        }
        let (kept, stamps) = self.confirm(lease, key, unstored.is_some()).await?;
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
                self.withdraw(lease, key).await?;
                let good = kept == WriteOutcome::Good;
                Ok(WriteOutcome::NotStored { good, why })
            }
        }
    }

    /// Removes the older value that a lease was to replace, if there is one.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: then the delete is undelivered.
    pub(crate) async fn withdraw(&self, lease: &Lease, key: &[u8]) -> Result<()> {
        if lease.over_value {
            self.remove(&[key]).await?;
        }
        Ok(())
    }

    async fn put_over(
        &self,
        lease: &Lease,
        key: &[u8],
        value: &[u8],
        ttl: Option<Duration>,
    ) -> Result<Written> {
        let put = Put {
            key: &self.space.entry(key),
            value,
            ttl,
            when: When::Is(lease.token),
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
            let puts: Vec<_> = prolonged.iter().map(Prolonged::put).collect();
            self.put(&puts).await?;
        }
        Ok(())
    }

    fn prolonged(&self, stamps: &Stamps, names: &[Name], ttl: Option<Duration>) -> Vec<Prolonged> {
        let longer = stamps.to_prolong(names, ttl).into_iter();
        let prolonged = longer.map(|(name, token, ttl)| Prolonged {
            key: self.space.stamp(name),
            token,
            ttl,
        });
        prolonged.collect()
    }

    /// Whether a loaded value that is not to be stored is good: it may be shared only then.
    ///
    /// # Errors
    ///
    /// If the store could not be asked: then nobody can say whether it is.
    pub(crate) async fn is_good(&self, lease: &Lease, key: &[u8]) -> Result<bool> {
        self.deliver().await?;
        let (kept, _) = self.confirm(lease, key, true).await?;
        Ok(kept == WriteOutcome::Good)
    }

    /// Whether the stamps of a lease are still what they were before the load. A value that could not be written has not
    /// shown that its lease still stands: then its key is asked for as well.
    async fn confirm(
        &self,
        lease: &Lease,
        key: &[u8],
        unwritten: bool,
    ) -> Result<(WriteOutcome, Stamps)> {
        let itself = unwritten.then(|| self.space.entry(key));
        let stamps = lease.names.iter().map(|name| self.stamp_of(*name, key));
        let keys = itself.into_iter().chain(stamps).collect();
        let Answer {
            incarnation,
            mut found,
        } = self.look_at(keys, Lives::Asked).await?;
        let stamps = found.split_off(usize::from(unwritten));
        let now = Stamps::seen(incarnation, &lease.names, &stamps);
        let stands = |there: &Option<Found>| {
            let token = there.as_ref().and_then(|there| token_of(&there.value));
            token == Some(lease.token)
        };
        let kept = if !lease.stamped.iter().all(|born| now.confirm(born)) {
            WriteOutcome::Invalidated
        } else if !found.iter().all(stands) {
            WriteOutcome::Unknown
        } else {
            WriteOutcome::Good
        };
        Ok((kept, now))
    }

    /// Writes a value by hand over what was seen under its key; it carries these names.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: then it may have been written.
    pub(crate) async fn replace(
        &self,
        seen: &Snapshot,
        key: &[u8],
        value: &[u8],
        stamped: &[Stamped],
        ttl: Option<Duration>,
    ) -> Result<Written> {
        let put = [(key, value, seen.over())];
        let names: Vec<Name> = stamped.iter().map(|born| born.name).collect();
        Ok(self.put_all(&put, &seen.stamps, &names, ttl).await?[0])
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
        let names = with_cache(names);
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
        puts.extend(prolonged.iter().map(Prolonged::put));
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

/// A stamp that is to stand longer.
struct Prolonged {
    key: Vec<u8>,
    token: Token,
    ttl: Duration,
}

impl Prolonged {
    fn put(&self) -> Put<'_> {
        Put {
            key: &self.key,
            value: &self.token.0,
            ttl: Some(self.ttl),
            when: When::Is(self.token),
        }
    }
}
