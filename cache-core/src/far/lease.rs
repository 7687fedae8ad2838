//! Before a load: leases, and the stamps that its value is to be born under.

use std::time::Duration;

use super::stamps::{standing, with_cache};
use super::{BESIDE, Far, LEASE, SlotState, Snapshot, Stamps, token};
use crate::error::{Error, Result};
use crate::format::blob::Stamped;
use crate::name::{CACHE, Name};
use crate::store::{Put, Token, When, Written};

/// How often a step is tried again that others were faster at.
const TRIES: usize = 16;
/// After so many tries it is rather that something is in the way which the store does not show.
const IN_THE_WAY: usize = 4;

/// The right to write a value under a key, taken before its load.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Where the value is to lie.
    pub(crate) key: Box<[u8]>,
    pub(super) token: Token,
    /// Whether the token is that of an older value, which is to be replaced.
    pub(super) over_value: bool,
    pub(super) names: Vec<Name>,
    pub(super) stamped: Vec<Stamped>,
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

    /// Whether it is the right to replace the value with this token.
    pub(crate) fn replaces(&self, token: Token) -> bool {
        self.over_value && self.token == token
    }

    /// The names and stamps that the value is born under.
    pub(crate) fn stamped(&self) -> &[Stamped] {
        &self.stamped
    }
}

/// A token that is to be put under a key: a lease, or the stamp of a name.
pub(super) struct TokenPut {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
    pub(super) ttl: Duration,
    pub(super) when: When,
}

impl TokenPut {
    pub(super) fn put(&self) -> Put<'_> {
        Put {
            key: &self.key,
            value: &self.value,
            ttl: Some(self.ttl),
            when: self.when,
        }
    }
}

impl Far {
    /// Takes the lease of a key, over what was seen there and is of no use, and makes the stamps that its names lack. It is ours,
    /// or one that we share; a value that another process has written meanwhile comes in its place, unless it is dead already.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn lease(
        &self,
        key: &[u8],
        names: &[Name],
        mut seen: Snapshot,
    ) -> Result<Result<Lease, Snapshot>> {
        let names = with_cache(names.iter().copied());
        for attempt in 0..TRIES {
            if attempt > 0 && seen.standing().is_some() {
                return Ok(Err(seen));
            }
            if attempt == IN_THE_WAY {
                self.make_way(key, &names, &seen).await?;
            }
            let mut stamps = (*seen.stamps).clone();
            if names.contains(&BESIDE) && !stamps.has(BESIDE) {
                // What it was to lie beside is gone, and the key itself is free.
                break;
            }
            let ours = token::fresh();
            let (token, when) = match &seen.state {
                SlotState::Empty => (ours, Some(When::Absent)),
                SlotState::Lease(theirs) => (*theirs, None),
                SlotState::Value { token, .. } => (ours, Some(When::Is(*token))),
            };
            let lease = when.map(|when| TokenPut {
                key: self.space.entry(key),
                value: ours.0.into(),
                ttl: LEASE,
                when,
            });
            if self.place(lease, &names, &mut stamps).await?
                && let Some(stamped) = stamps.stamped(&names)
            {
                return Ok(Ok(Lease {
                    key: key.into(),
                    token,
                    over_value: false,
                    names,
                    stamped,
                }));
            }
            seen = self.snapshot(key, &names).await?;
        }
        Err(self.fault(Error::overtaken()))
    }

    /// The right to replace what is under a key, which stays there until then; where nothing is, a lease is put.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn claim(&self, key: &[u8], names: &[Name]) -> Result<Lease> {
        let seen = self.snapshot(key, names).await?;
        self.claim_over(key, names, seen).await
    }

    /// [`claim`](Self::claim), over what was seen there.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn claim_over(
        &self,
        key: &[u8],
        names: &[Name],
        mut seen: Snapshot,
    ) -> Result<Lease> {
        for attempt in 0..TRIES {
            let SlotState::Value { token, .. } = seen.state else {
                match self.lease(key, names, seen).await? {
                    Ok(lease) => return Ok(lease),
                    Err(value) => seen = value,
                }
                continue;
            };
            let names = with_cache(names.iter().copied());
            if attempt == IN_THE_WAY {
                self.make_way(key, &names, &seen).await?;
            }
            let mut stamps = (*seen.stamps).clone();
            if self.place(None, &names, &mut stamps).await?
                && let Some(stamped) = stamps.stamped(&names)
            {
                return Ok(Lease {
                    key: key.into(),
                    token,
                    over_value: true,
                    names,
                    stamped,
                });
            }
            seen = self.snapshot(key, &names).await?;
        }
        Err(self.fault(Error::overtaken()))
    }

    /// Puts a lease and the stamps that are missing; tells whether all of it was.
    async fn place(
        &self,
        lease: Option<TokenPut>,
        names: &[Name],
        stamps: &mut Stamps,
    ) -> Result<bool> {
        let missing = stamps.missing(names);
        let stamp = |(name, token): &(Name, Token)| TokenPut {
            key: self.space.stamp(*name),
            value: token.0.into(),
            ttl: standing(),
            when: When::Absent,
        };
        let tokens: Vec<TokenPut> = lease.into_iter().chain(missing.iter().map(stamp)).collect();
        if tokens.is_empty() {
            return Ok(true);
        }
        let puts: Vec<Put<'_>> = tokens.iter().map(TokenPut::put).collect();
        let written = self.put(&puts).await?;
        if written.contains(&Written::TooLarge) {
            return Err(self.fault(Error::too_large()));
        }
        for (name, token) in missing {
            stamps.put(name, token);
        }
        let all = written.iter().all(|written| *written == Written::Yes);
        if all {
            self.last.note(stamps);
        }
        Ok(all)
    }

    /// Removes what a store does not show, and writes nothing over where nothing is to be: a list of Redis under a key of
    /// ours. What somebody has put there meanwhile goes along: a lease, which costs a load, or what a hand has set.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    pub(crate) async fn make_way(&self, key: &[u8], names: &[Name], seen: &Snapshot) -> Result<()> {
        let unseen = matches!(seen.state, SlotState::Empty).then_some(key);
        self.remove_unseen(unseen, names, &seen.stamps).await
    }

    async fn remove_unseen(
        &self,
        key: Option<&[u8]>,
        names: &[Name],
        stamps: &Stamps,
    ) -> Result<()> {
        let missing = stamps.missing(names).into_iter();
        let keys = missing.map(|(name, _)| self.space.stamp(name));
        let keys: Vec<Vec<u8>> = key
            .map(|key| self.space.entry(key))
            .into_iter()
            .chain(keys)
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        self.erase(keys).await
    }

    /// The stamps of these names, and of the cache, missing ones made: for values that are set by hand.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn stamps(&self, names: &[Name]) -> Result<Stamps> {
        let names = with_cache(names.iter().copied());
        let seen = self.see(&names).await?;
        self.completed(&names, seen).await
    }

    /// The stamp of the cache as it was seen with a key, made if there was none: for what is written over what was seen.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn stamps_with(&self, seen: &Snapshot) -> Result<Stamps> {
        self.completed(&[CACHE], (*seen.stamps).clone()).await
    }

    /// What was seen for these names, missing stamps made.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(super) async fn completed(&self, names: &[Name], mut stamps: Stamps) -> Result<Stamps> {
        for attempt in 0..TRIES {
            if attempt == IN_THE_WAY {
                self.remove_unseen(None, names, &stamps).await?;
            }
            if self.place(None, names, &mut stamps).await? {
                return Ok(stamps);
            }
            stamps = self.see(names).await?;
        }
        Err(self.fault(Error::overtaken()))
    }

    async fn see(&self, names: &[Name]) -> Result<Stamps> {
        self.deliver().await?;
        let answer = self.look(names).await?;
        let stamps = Stamps::seen(answer.incarnation, names, &answer.found);
        self.last.note(&stamps);
        Ok(stamps)
    }
}
