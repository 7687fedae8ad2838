//! The names that entries were seen to carry: whoever asks for one again asks for the stamps of its names in the same round trip.
//!
//! It is a guess, and nothing depends on it. An entry that carries other names by now costs the second round trip that it would have cost
//! without; a name that it carries no more, a stamp that nobody needed.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use lru::LruCache;

use crate::name::Name;
use crate::sync::{AtomicBool, Mutex, Ordering};

/// Of so many keys they are known, those that were asked for last.
const KEYS: usize = 4096;
/// An entry of more names costs a second round trip.
const NAMES: usize = 16;

/// The names of entries beyond those that callers have named.
pub(super) struct KnownNames {
    /// Whether there are any: most caches have no tags, and their look-ups take no lock.
    any: AtomicBool,
    by_key: Mutex<LruCache<u64, Box<[Name]>>>,
    hasher: RandomState,
}

impl Default for KnownNames {
    fn default() -> Self {
        Self {
            any: AtomicBool::new(false),
            // Bounded by hand, so that it takes no room before it is used.
            by_key: Mutex::new(LruCache::unbounded()),
            hasher: RandomState::default(),
        }
    }
}

impl KnownNames {
    /// The names that the entry of a key was last seen to carry. Another key may have the same hash: then they are another's.
    pub(super) fn of(&self, key: &[u8]) -> Vec<Name> {
        if !self.any.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut by_key = self.by_key.lock();
        let names = by_key.get(&self.hasher.hash_one(key));
        names.map_or_else(Vec::new, |names| names.to_vec())
    }

    /// Notes which names the entry of a key carries.
    pub(super) fn note(&self, key: &[u8], names: Vec<Name>) {
        let hash = self.hasher.hash_one(key);
        let mut by_key = self.by_key.lock();
        if names.is_empty() || names.len() > NAMES {
            by_key.pop(&hash);
            return;
        }
        by_key.put(hash, names.into());
        if by_key.len() > KEYS {
            by_key.pop_lru();
        }
        self.any.store(true, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(cache_loom)))]
impl super::Far {
    /// How many names are known of a key.
    pub(super) fn known_names(&self, key: &str) -> usize {
        self.known.of(key.as_bytes()).len()
    }
}

impl std::fmt::Debug for KnownNames {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = self.by_key.lock().len();
        out.debug_struct("KnownNames")
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_keys_and_names_are_noted() {
        let known = KnownNames::default();
        let name = |number: usize| Name::of("tag", &number.to_le_bytes());
        for number in 0..KEYS + 10 {
            known.note(&number.to_le_bytes(), vec![name(number)]);
        }
        assert_eq!(known.by_key.lock().len(), KEYS);
        assert_eq!(known.of(&0_usize.to_le_bytes()), []);
        assert_eq!(known.of(&10_usize.to_le_bytes()), [name(10)]);
        known.note(&10_usize.to_le_bytes(), (0..=NAMES).map(name).collect());
        assert_eq!(known.of(&10_usize.to_le_bytes()), []);
    }
}
