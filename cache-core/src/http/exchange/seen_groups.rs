//! Which groups a response of a target is likely to name.

use std::num::NonZeroUsize;

use lru::LruCache;

use crate::name::Name;
use crate::sync::Mutex;

/// The groups of targets, by the hash of their key. Of two with one hash, one is asked about in vain.
#[derive(Debug)]
pub(super) struct SeenGroups(Mutex<LruCache<u64, Box<[Name]>>>);

impl Default for SeenGroups {
    fn default() -> Self {
        const TARGETS: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");
        Self(Mutex::new(LruCache::new(TARGETS)))
    }
}

impl SeenGroups {
    pub(super) fn of(&self, target: u64) -> Vec<Name> {
        let mut seen = self.0.lock();
        seen.get(&target)
            .map(|names| names.to_vec())
            .unwrap_or_default()
    }

    pub(super) fn remember(&self, target: u64, names: &[Name]) {
        let mut seen = self.0.lock();
        if names.is_empty() {
            seen.pop(&target);
        } else {
            seen.put(target, names.into());
        }
    }
}
