//! Which groups a response under a key is likely to name.

use std::num::NonZeroUsize;

use lru::LruCache;

use crate::name::Name;
use crate::sync::Mutex;

/// By the hash of their key: after a collision one of the two asks the store about groups in vain.
#[derive(Debug)]
pub(super) struct SeenGroups(Mutex<LruCache<u64, Box<[Name]>>>);

impl Default for SeenGroups {
    fn default() -> Self {
        const KEYS: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");
        Self(Mutex::new(LruCache::new(KEYS)))
    }
}

impl SeenGroups {
    pub(super) fn of(&self, key: u64) -> Vec<Name> {
        let mut seen = self.0.lock();
        seen.get(&key)
            .map(|names| names.to_vec())
            .unwrap_or_default()
    }

    pub(super) fn remember(&self, key: u64, names: &[Name]) {
        let mut seen = self.0.lock();
        if names.is_empty() {
            seen.pop(&key);
        } else {
            seen.put(key, names.into());
        }
    }
}
