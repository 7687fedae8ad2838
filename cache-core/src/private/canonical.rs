//! The stored form of derived keys: their canonical text.

use std::hash::{Hash, Hasher};

use crate::key::{CacheKey, Key};

/// The canonical text of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonical(Box<[u8]>);

impl Canonical {
    /// Feeds the canonical text of `value` to a hasher.
    pub fn hash_of<T: CacheKey, H: Hasher>(value: &T, state: &mut H) {
        Hash::hash(text(value).as_bytes(), state);
    }

    /// Whether this is the canonical text of `value`.
    pub fn is<T: CacheKey>(&self, value: &T) -> bool {
        self.has(&text(value))
    }

    /// The canonical text of `value`.
    pub fn of<T: CacheKey>(value: &T) -> Self {
        Self(text(value).as_bytes().into())
    }

    fn has(&self, text: &Key) -> bool {
        text.as_bytes() == &*self.0
    }
}

fn text<T: CacheKey>(value: &T) -> Key {
    let mut key = Key::new();
    key.last(value);
    key
}
