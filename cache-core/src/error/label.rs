//! How errors name a cache.

use std::fmt;

use once_cell::sync::OnceCell;

/// A cache that has a store, as errors name it: ``cache `pages` (redis://10.0.0.1:6379/0)``.
#[derive(Debug)]
pub(crate) struct CacheLabel {
    /// The name that the cache was installed under first.
    cache: OnceCell<String>,
    /// Without user names and passwords.
    address: String,
}

impl CacheLabel {
    pub(crate) fn new(address: String) -> Self {
        Self {
            cache: OnceCell::new(),
            address,
        }
    }

    /// The address of its store.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Gives the cache a name. A cache under several names keeps the first.
    pub(crate) fn name(&self, cache: &str) {
        let _ = self.cache.set(cache.to_owned());
    }
}

impl fmt::Display for CacheLabel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cache.get() {
            Some(cache) => write!(out, "cache `{cache}` ({})", self.address),
            None => write!(out, "the cache at {}", self.address),
        }
    }
}
