//! The stamps of names, as a store showed them.

use std::time::Duration;

use super::{BESIDE, token};
use crate::format::blob::Stamped;
use crate::name::Name;
use crate::store::{Found, Token, token_of};
use crate::sync::Mutex;

/// The name that every entry of a cache carries: to forget it is to clear the cache.
pub(crate) const CACHE: Name = Name::from_bytes(*b"the whole cache ");
/// Stands for the life of the store in which an entry was born.
const INCARNATION: Name = Name::from_bytes(*b"era of the store");

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

#[derive(Clone, Copy, Debug)]
struct Stamp {
    token: Token,
    left: Option<Duration>,
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
        let stamp = |found: &Found| {
            let token = token_of(&found.value)?;
            let left = found.left;
            Some(Stamp { token, left })
        };
        let seen = names.into_iter().zip(found);
        let seen = seen.map(|(name, found)| (*name, found.as_ref().and_then(stamp)));
        self.seen.extend(seen);
    }

    pub(super) fn knows(&self, name: Name) -> bool {
        name == INCARNATION || self.seen.iter().any(|(seen, _)| *seen == name)
    }

    fn get(&self, name: Name) -> Option<Stamp> {
        let (_, stamp) = self.seen.iter().find(|(seen, _)| *seen == name)?;
        *stamp
    }

    /// Whether a name has a stamp.
    pub(super) fn has(&self, name: Name) -> bool {
        self.get(name).is_some()
    }

    /// Whether a name still has the stamp that an entry was born under.
    pub(super) fn confirm(&self, born: &Stamped) -> bool {
        if born.name == INCARNATION {
            born.stamp == incarnation_stamp(self.incarnation)
        } else {
            let now = self.get(born.name);
            now.is_some_and(|stamp| stamp.token.0 == born.stamp)
        }
    }

    /// The names that have no stamp, each with a new one to be put there.
    pub(super) fn missing(&self, names: &[Name]) -> Vec<(Name, Token)> {
        let missing = names.iter().filter(|name| self.get(**name).is_none());
        missing.map(|name| (*name, token::fresh())).collect()
    }

    /// A new stamp has been put.
    pub(super) fn put(&mut self, name: Name, token: Token) {
        let left = Some(STANDING);
        self.seen.retain(|(seen, _)| *seen != name);
        self.seen.push((name, Some(Stamp { token, left })));
    }

    /// The names with their stamps, and with the incarnation, as an entry carries them; `None` if one has no stamp.
    pub(crate) fn stamped(&self, names: &[Name]) -> Option<Vec<Stamped>> {
        let incarnation = Stamped {
            name: INCARNATION,
            stamp: incarnation_stamp(self.incarnation),
        };
        let others = names.iter().map(|name| {
            let stamp = self.get(*name)?.token.0;
            Some(Stamped { name: *name, stamp })
        });
        std::iter::once(Some(incarnation)).chain(others).collect()
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
    ) -> Vec<(Name, Token, Duration)> {
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
            ends_early.then_some((*name, stamp.token, stand))
        };
        names.iter().filter_map(short).collect()
    }
}

/// The stamp of the cache that this process saw last, and in which life of the store: most likely the one that it has still.
#[derive(Debug, Default)]
pub(super) struct Last(Mutex<Option<(u64, Token)>>);

impl Last {
    pub(super) fn note(&self, stamps: &Stamps) {
        let stamp = stamps.get(CACHE);
        *self.0.lock() = stamp.map(|stamp| (stamps.incarnation, stamp.token));
    }

    /// As an entry carries them that has no name of its own. None where the store had no stamp, or was not asked yet.
    pub(super) fn of_cache(&self) -> Option<Vec<Stamped>> {
        let (incarnation, token) = (*self.0.lock())?;
        let mut stamps = Stamps::new(incarnation);
        stamps.put(CACHE, token);
        Some(stamps.of_cache())
    }
}

/// The names of an entry, with the one that all carry.
pub(super) fn with_cache(names: &[Name]) -> Vec<Name> {
    let others = names.iter().copied().filter(|name| *name != CACHE);
    std::iter::once(CACHE).chain(others).collect()
}

/// How long a new stamp stands.
pub(super) const fn standing() -> Duration {
    STANDING
}

fn incarnation_stamp(incarnation: u64) -> [u8; Token::LENGTH] {
    u128::from(incarnation).to_le_bytes()
}
