//! The stamps of names, as a store showed them.

use std::time::Duration;

use super::{BESIDE, Far, token};
use crate::format::blob::Stamped;
use crate::generation::Validity;
use crate::name::{CACHE, Name};
use crate::store::{Found, Token, When, token_of};
use crate::sync::Mutex;

/// How long a stamp stands that nothing long-lived carries.
const STANDING: Duration = Duration::from_secs(86_400);
/// How long one stands that an entry without end carries.
const LONG: Duration = Duration::from_secs(30 * 86_400);

/// What a store showed for some names. A name that is not among them was not asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stamps {
    incarnation: u64,
    seen: Vec<(Name, Option<Stamp>)>,
}

/// What lies under a name's key: a token, or two of them. The **first** changes when the name expires, and so every write over a
/// stamp, which is conditional on it, is of the stamp that was seen. The second is the one that the first began as: while it is
/// there, what was born under it is not invalidated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    soft: Token,
    token: Token,
    pub(super) left: Option<Duration>,
}

impl Stamp {
    fn new(token: Token, left: Option<Duration>) -> Self {
        Self {
            soft: token,
            token,
            left,
        }
    }

    pub(super) fn of(found: &Found) -> Option<Self> {
        let soft = token_of(&found.value)?;
        let token = match found.value.get(Token::LENGTH..) {
            // What is longer is a value, by whose token others know it.
            Some(token) if token.len() == Token::LENGTH => token_of(token)?,
            _ => soft,
        };
        Some(Self {
            soft,
            token,
            left: found.left,
        })
    }

    /// The same stamp, expired.
    pub(super) fn expired(self) -> Self {
        Self {
            soft: token::fresh(),
            ..self
        }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        if self.soft == self.token {
            self.soft.0.into()
        } else {
            [self.soft.0, self.token.0].concat()
        }
    }

    /// The condition under which it may be written over.
    pub(super) fn when(self) -> When {
        When::Is(self.soft)
    }

    /// As an entry carries it that is born in this life of the store: in another one, the same stamp is another.
    fn under(self, name: Name, incarnation: u64) -> Stamped {
        let life = u128::from(incarnation);
        let in_life = |token: Token| {
            let bytes = (u128::from_le_bytes(token.0) ^ life).to_le_bytes();
            std::array::from_fn(|at| bytes[at])
        };
        Stamped {
            name,
            stamp: in_life(self.token),
            soft: in_life(self.soft),
        }
    }
}

impl Stamps {
    pub(super) fn new(incarnation: u64) -> Self {
        Self {
            incarnation,
            seen: Vec::new(),
        }
    }

    /// What was found under the keys of these names, in this life of the store.
    pub(super) fn seen<'n>(
        incarnation: u64,
        names: impl IntoIterator<Item = &'n Name>,
        found: &[Option<Found>],
    ) -> Self {
        let mut stamps = Self::new(incarnation);
        stamps.see(names, found);
        stamps
    }

    pub(super) fn incarnation(&self) -> u64 {
        self.incarnation
    }

    /// Notes what was found under the keys of these names.
    pub(super) fn see<'n>(
        &mut self,
        names: impl IntoIterator<Item = &'n Name>,
        found: &[Option<Found>],
    ) {
        let seen = names.into_iter().zip(found);
        let seen = seen.map(|(name, found)| (*name, found.as_ref().and_then(Stamp::of)));
        self.seen.extend(seen);
    }

    /// Whether the stamp of a name lies under a key of its own.
    pub(super) fn is_under_a_key(name: Name) -> bool {
        name != BESIDE
    }

    pub(super) fn knows(&self, name: Name) -> bool {
        self.seen.iter().any(|(seen, _)| *seen == name)
    }

    fn get(&self, name: Name) -> Option<Stamp> {
        let (_, stamp) = self.seen.iter().find(|(seen, _)| *seen == name)?;
        *stamp
    }

    /// Whether a name has a stamp.
    pub(super) fn has(&self, name: Name) -> bool {
        self.get(name).is_some()
    }

    /// What the stamp of a name says of an entry that was born under this one.
    pub(super) fn judge(&self, born: &Stamped) -> Validity {
        match self.under(born.name) {
            Some(now) if now == *born => Validity::Valid,
            Some(now) if now.stamp == born.stamp => Validity::SoftInvalidated,
            _ => Validity::Invalid,
        }
    }

    fn under(&self, name: Name) -> Option<Stamped> {
        Some(self.get(name)?.under(name, self.incarnation))
    }

    /// Whether a name still has the stamp that an entry was born under.
    pub(super) fn confirm(&self, born: &Stamped) -> bool {
        self.judge(born) == Validity::Valid
    }

    /// The names that have no stamp, each with a new one to be put there.
    pub(super) fn missing(&self, names: &[Name]) -> Vec<(Name, Token)> {
        let missing = names.iter().filter(|name| self.get(**name).is_none());
        missing.map(|name| (*name, token::fresh())).collect()
    }

    /// A new stamp has been put.
    pub(super) fn put(&mut self, name: Name, token: Token) {
        self.put_stamp(name, Stamp::new(token, Some(STANDING)));
    }

    fn put_stamp(&mut self, name: Name, stamp: Stamp) {
        self.seen.retain(|(seen, _)| *seen != name);
        self.seen.push((name, Some(stamp)));
    }

    /// The names with their stamps, as an entry carries them; `None` if one has no stamp.
    pub(crate) fn stamped(&self, names: &[Name]) -> Option<Vec<Stamped>> {
        names.iter().map(|name| self.under(*name)).collect()
    }

    /// What an entry carries that has no name of its own.
    pub(crate) fn of_cache(&self) -> Vec<Stamped> {
        self.stamped(&[CACHE]).unwrap_or_default()
    }

    /// The stamps that would end before an entry of this life does, and how long each must stand.
    pub(super) fn to_prolong(
        &self,
        names: &[Name],
        life: Option<Duration>,
    ) -> Vec<(Name, Stamp, Duration)> {
        let stand = life.map_or(LONG, |life| {
            life.saturating_mul(2).clamp(STANDING, LONG.max(life))
        });
        let least = life.unwrap_or(LONG / 2);
        let short = |name: &Name| {
            if *name == BESIDE {
                // It is the value of another type.
                return None;
            }
            let stamp = self.get(*name)?;
            let ends_early = stamp.left.is_some_and(|left| left < least);
            ends_early.then_some((*name, stamp, stand))
        };
        names.iter().filter_map(short).collect()
    }
}

/// The stamp of the cache that this process saw last, and in which life of the store: most likely the one that it has still.
#[derive(Debug, Default)]
pub(super) struct Last(Mutex<Option<(u64, Stamp)>>);

impl Last {
    pub(super) fn note(&self, stamps: &Stamps) {
        let stamp = stamps.get(CACHE);
        *self.0.lock() = stamp.map(|stamp| (stamps.incarnation, stamp));
    }

    /// As an entry carries them that has no name of its own. None where the store had no stamp, or was not asked yet.
    pub(super) fn of_cache(&self) -> Option<Vec<Stamped>> {
        let (incarnation, stamp) = (*self.0.lock())?;
        let mut stamps = Stamps::new(incarnation);
        stamps.put_stamp(CACHE, stamp);
        Some(stamps.of_cache())
    }
}

/// The names of what is kept in front of a store, if there is one: with the name by which a clear of the cache by another process
/// reaches it.
pub(crate) fn names_over(far: Option<&Far>, names: &[Name]) -> impl Iterator<Item = Name> {
    names.iter().copied().chain(far.map(|_| CACHE))
}

/// The names of an entry, with the one that all carry.
pub(super) fn with_cache(names: impl IntoIterator<Item = Name>) -> Vec<Name> {
    let others = names.into_iter().filter(|name| *name != CACHE);
    std::iter::once(CACHE).chain(others).collect()
}

/// How long a new stamp stands.
pub(super) const fn standing() -> Duration {
    STANDING
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_in(incarnation: u64, stamp: &[u8]) -> Stamps {
        let found = Found {
            value: stamp.to_vec().into(),
            left: None,
        };
        Stamps::seen(incarnation, [&CACHE], &[Some(found)])
    }

    /// A server that came back with what it had: its stamps are the same, and what was born under them counts no more.
    #[test]
    fn a_stamp_of_another_life_of_the_store_is_another() {
        let (one, other) = ([7; 16], [8; 16]);
        let born = seen_in(1, &one).of_cache()[0];
        assert!(seen_in(1, &one).confirm(&born));
        for (incarnation, stamp) in [(2, one), (0, one), (u64::MAX, one), (1, other), (2, other)] {
            let now = seen_in(incarnation, &stamp);
            assert_eq!(
                now.judge(&born),
                Validity::Invalid,
                "{incarnation} {stamp:?}"
            );
        }
        // Expired in the same life: the first half has changed.
        let expired = seen_in(1, &[[9; 16], one].concat());
        assert_eq!(expired.judge(&born), Validity::SoftInvalidated);
        let expired = seen_in(2, &[[9; 16], one].concat());
        assert_eq!(expired.judge(&born), Validity::Invalid);
    }
}
