//! Writing: leases before a load, values over them, and values by hand.

use std::time::Duration;

use super::stamps::standing;
use super::{Ask, CACHE, Far, LEASE, Seen, Stamps, There, token};
use crate::blob::{Draft, Identity, Stamped, Times};
use crate::error::{Error, Result};
use crate::marks::Name;
use crate::store::{Answer, Found, Put, Token, When, Written, token_of};

/// How often a step is tried again that others were faster at.
const TRIES: usize = 16;

/// The right to write a value under a key, taken before its load.
#[derive(Debug)]
pub(crate) struct Lease {
    token: Token,
    names: Vec<Name>,
    stamps: Stamps,
    stamped: Vec<Stamped>,
}

impl Lease {
    /// The value depends on these as well: names that the store showed with these stamps before they went into the load.
    pub(crate) fn also(&mut self, stamped: impl IntoIterator<Item = Stamped>) {
        for stamped in stamped {
            if !self.stamped.contains(&stamped) {
                self.names.push(stamped.name);
                self.stamped.push(stamped);
            }
        }
    }

    /// The names and stamps that the value is born under.
    pub(crate) fn stamped(&self) -> &[Stamped] {
        &self.stamped
    }
}

/// What came of asking for a lease.
#[derive(Debug)]
pub(crate) enum Leased {
    /// It is there, ours or one that we share.
    Yes(Lease),
    /// Somebody has written a value in the meantime.
    There(Seen),
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is good: nothing that it depends on was invalidated until after the load. It may have been too large to be stored.
    Good,
    /// Its key or one of its names was invalidated meanwhile.
    Invalidated,
    /// It is not stored, and nobody can say whether its key was removed meanwhile.
    Unknown,
}

/// An entry to be written, with the token before it.
pub(crate) fn draft(identity: &Identity<'_>, times: &Times, stamped: &[Stamped]) -> Draft {
    Draft::new(token::fresh().0.to_vec(), identity, times, stamped)
}

impl Far {
    /// Takes the lease of a key, over what was seen there and is of no use, and makes the stamps that its names lack.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn lease(&self, key: &[u8], names: &[Name], mut seen: Seen) -> Result<Leased> {
        let names = with_cache(names);
        for attempt in 0..TRIES {
            if attempt > 0 && matches!(seen.there, There::Value { .. }) {
                return Ok(Leased::There(seen));
            }
            let mut stamps = (*seen.stamps).clone();
            let ours = token::fresh();
            let (token, when) = match &seen.there {
                There::Nothing => (ours, Some(When::Absent)),
                There::Lease(theirs) => (*theirs, None),
                There::Value { token, .. } => (ours, Some(When::Is(*token))),
            };
            let lease = when.map(|when| (self.space.entry(key), ours, LEASE, when));
            if self.place(lease, &names, &mut stamps).await?
                && let Some(stamped) = stamps.stamped(&names)
            {
                return Ok(Leased::Yes(Lease {
                    token,
                    names,
                    stamps,
                    stamped,
                }));
            }
            let ask = Ask { key, names: &names };
            seen = self.read(&[ask]).await?.swap_remove(0);
        }
        Err(Error::store("others were faster every time"))
    }

    /// The right to replace what was seen under a key, which stays there until then; where nothing is, a lease is put.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn claim(&self, key: &[u8], names: &[Name], mut seen: Seen) -> Result<Lease> {
        for _ in 0..TRIES {
            let There::Value { token, .. } = seen.there else {
                match self.lease(key, names, seen).await? {
                    Leased::Yes(lease) => return Ok(lease),
                    Leased::There(value) => seen = value,
                }
                continue;
            };
            let names = with_cache(names);
            let mut stamps = (*seen.stamps).clone();
            if self.place(None, &names, &mut stamps).await?
                && let Some(stamped) = stamps.stamped(&names)
            {
                return Ok(Lease {
                    token,
                    names,
                    stamps,
                    stamped,
                });
            }
            let ask = Ask { key, names: &names };
            seen = self.read(&[ask]).await?.swap_remove(0);
        }
        Err(Error::store("others were faster every time"))
    }

    /// Puts a lease and the stamps that are missing; tells whether all of it was.
    async fn place(
        &self,
        lease: Option<(Vec<u8>, Token, Duration, When)>,
        names: &[Name],
        stamps: &mut Stamps,
    ) -> Result<bool> {
        let missing = stamps.missing(names);
        let stamp = |(name, token): &(Name, Token)| {
            (self.space.stamp(*name), *token, standing(), When::Absent)
        };
        let tokens: Vec<_> = lease.into_iter().chain(missing.iter().map(stamp)).collect();
        if tokens.is_empty() {
            return Ok(true);
        }
        let puts: Vec<Put<'_>> = tokens
            .iter()
            .map(|(key, token, ttl, when)| Put {
                key,
                value: &token.0,
                ttl: Some(*ttl),
                when: *when,
            })
            .collect();
        let written = self.put(&puts).await?;
        if written.contains(&Written::TooLarge) {
            return Err(Error::too_large());
        }
        for (name, token) in missing {
            stamps.put(name, token);
        }
        Ok(written.iter().all(|written| *written == Written::Yes))
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
    ) -> Result<Kept> {
        self.settle().await?;
        let written = match value {
            Some(value) => Some(self.put_over(lease, key, value, ttl).await?),
            None => None,
        };
        match written {
            Some(Written::Yes) => self.counters.write(),
            Some(Written::TooLarge) => self.counters.too_large(),
            None => self.counters.unwritable(),
            Some(Written::No) => {
                self.counters.refused();
                return Ok(Kept::Invalidated);
            }
        }
        let stored = written == Some(Written::Yes);
        let kept = self.confirm(lease, (!stored).then_some(key)).await?;
        if kept == Kept::Invalidated {
            self.counters.refused();
        }
        Ok(kept)
    }

    /// One trip: the value, and a longer life for the stamps that would end before it.
    async fn put_over(
        &self,
        lease: &Lease,
        key: &[u8],
        value: &[u8],
        ttl: Option<Duration>,
    ) -> Result<Written> {
        let key = self.space.entry(key);
        let prolonged = self.prolonged(&lease.stamps, &lease.names, ttl);
        let mut puts = vec![Put {
            key: &key,
            value,
            ttl,
            when: When::Is(lease.token),
        }];
        puts.extend(prolonged.iter().map(Prolonged::put));
        Ok(self.put(&puts).await?[0])
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

    /// Whether the stamps of a lease are still what they were before the load. A value that could not be written has not
    /// shown that its lease still stands: then its key is asked for as well.
    async fn confirm(&self, lease: &Lease, unwritten: Option<&[u8]>) -> Result<Kept> {
        let keys = unwritten.map(|key| self.space.entry(key));
        let Answer { era, mut found } = self.look(keys.into_iter().collect(), &lease.names).await?;
        let stamps = found.split_off(usize::from(unwritten.is_some()));
        let mut now = Stamps::new(era);
        for (name, found) in lease.names.iter().zip(&stamps) {
            now.see(*name, found.as_ref());
        }
        let stands = |there: &Option<Found>| {
            let token = there.as_ref().and_then(|there| token_of(&there.value));
            token == Some(lease.token)
        };
        Ok(if !lease.stamped.iter().all(|born| now.confirm(born)) {
            Kept::Invalidated
        } else if !found.iter().all(stands) {
            Kept::Unknown
        } else {
            Kept::Good
        })
    }

    /// Writes a value by hand over what was seen under its key.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: then it may have been written.
    pub(crate) async fn replace(
        &self,
        seen: &Seen,
        key: &[u8],
        value: &[u8],
        ttl: Option<Duration>,
    ) -> Result<Written> {
        let put = [(key, value, seen.over())];
        Ok(self.put_all(&put, &seen.stamps, &[], ttl).await?[0])
    }

    /// The stamps of these names, and of the cache, missing ones made: for values that are set by hand.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn stamps(&self, names: &[Name]) -> Result<Stamps> {
        let names = with_cache(names);
        for _ in 0..TRIES {
            self.settle().await?;
            let keys: Vec<Vec<u8>> = names.iter().map(|name| self.space.stamp(*name)).collect();
            let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
            let answer = self.get(&keys).await?;
            let mut stamps = Stamps::new(answer.era);
            for (name, found) in names.iter().zip(&answer.found) {
                stamps.see(*name, found.as_ref());
            }
            if self.place(None, &names, &mut stamps).await? {
                return Ok(stamps);
            }
        }
        Err(Error::store("others were faster every time"))
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
        for written in &written {
            match written {
                Written::Yes => self.counters.write(),
                Written::TooLarge => self.counters.too_large(),
                Written::No => {}
            }
        }
        Ok(written)
    }
}

/// The names of an entry, with the one that all carry.
fn with_cache(names: &[Name]) -> Vec<Name> {
    let others = names.iter().copied().filter(|name| *name != CACHE);
    std::iter::once(CACHE).chain(others).collect()
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
