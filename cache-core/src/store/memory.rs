//! A store in the memory of this process: for tests, and for who wants bytes instead of live values.

use std::fmt;

use bytes::Bytes;
use lru::LruCache;

use super::bounds::StoreBounds;
use super::{Answer, Found, Put, Store, When, Written, token_of};
use crate::address::Address;
use crate::clock::{self, Moment};
use crate::error::Result;
use crate::sync::Mutex;

/// What an entry takes beside its key and its value, roughly.
const OVERHEAD: u64 = 128;

const BOUNDS: StoreBounds = StoreBounds {
    entries: 10_000,
    bytes: 64 << 20,
};

/// Bytes in the memory of this process, bounded; what was used least recently goes first. Copies share nothing and nothing
/// outlives the process.
///
/// Its address is `memory:?max_entries=10000&max_bytes=64MiB`, both of which may be left out.
///
/// ```
/// use cache_core::store::MemoryStore;
///
/// let store = MemoryStore::bounded(10_000, 64 << 20);
/// # drop(store);
/// ```
pub struct MemoryStore {
    bounds: StoreBounds,
    state: Mutex<MemoryState>,
}

struct MemoryState {
    entries: LruCache<Box<[u8]>, MemoryEntry>,
    bytes: u64,
}

struct MemoryEntry {
    value: Bytes,
    expires: Moment,
}

impl MemoryStore {
    /// A store of at most so many entries, which take at most so many bytes with their keys and what it takes to keep them
    /// (some 128 bytes each). A value that alone takes more than that is refused as [`Written::TooLarge`].
    pub fn bounded(entries: usize, bytes: u64) -> Self {
        Self {
            bounds: StoreBounds { entries, bytes },
            state: Mutex::new(MemoryState {
                entries: LruCache::unbounded(),
                bytes: 0,
            }),
        }
    }

    /// The same, of at most so many entries.
    pub(crate) fn holding(mut self, entries: usize) -> Self {
        self.bounds.entries = entries;
        self
    }

    /// Opens `memory:?max_entries=…&max_bytes=…`.
    ///
    /// # Errors
    ///
    /// If something else stands there.
    pub(crate) async fn open(address: &mut Address) -> Result<Self> {
        let bounds = StoreBounds::take(address, BOUNDS)?;
        Ok(Self::bounded(bounds.entries, bounds.bytes))
    }

    fn put_one(&self, put: &Put<'_>) -> Written {
        let now = clock::now();
        let mut state = self.state.lock();
        state.expire(put.key, now);
        let there = state.entries.peek(put.key);
        let met = match put.when {
            When::Always => true,
            When::Absent => there.is_none(),
            When::Is(token) => there.is_some_and(|kept| token_of(&kept.value) == Some(token)),
        };
        if !met {
            return Written::No;
        }
        if self.bounds.entries == 0 || size(put.key, put.value) > self.bounds.bytes {
            return Written::TooLarge;
        }
        state.remove(put.key);
        let kept = MemoryEntry {
            value: Bytes::copy_from_slice(put.value),
            expires: put.ttl.map_or(Moment::NEVER, |ttl| now.after(ttl)),
        };
        state.bytes += size(put.key, put.value);
        state.entries.put(put.key.into(), kept);
        state.evict(self.bounds);
        Written::Yes
    }
}

impl MemoryState {
    fn remove(&mut self, key: &[u8]) {
        if let Some(kept) = self.entries.pop(key) {
            self.bytes -= size(key, &kept.value);
        }
    }

    /// Removes what is under the key if its life is over.
    fn expire(&mut self, key: &[u8], now: Moment) {
        if self
            .entries
            .peek(key)
            .is_some_and(|kept| kept.expires <= now)
        {
            self.remove(key);
        }
    }

    fn evict(&mut self, bounds: StoreBounds) {
        while self.entries.len() > bounds.entries || self.bytes > bounds.bytes {
            let Some((key, kept)) = self.entries.pop_lru() else {
                return;
            };
            self.bytes -= size(&key, &kept.value);
        }
    }
}

fn size(key: &[u8], value: &[u8]) -> u64 {
    OVERHEAD + key.len() as u64 + value.len() as u64
}

impl Store for MemoryStore {
    fn address(&self) -> String {
        "memory:".to_owned()
    }

    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let found = keys.iter().map(|key| {
            let now = clock::now();
            let mut state = self.state.lock();
            state.expire(key, now);
            let kept = state.entries.get(*key)?;
            let expires = kept.expires;
            Some(Found {
                value: kept.value.clone(),
                left: (expires != Moment::NEVER).then(|| expires.since(now)),
            })
        });
        Ok(found.collect::<Vec<_>>().into())
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        Ok(puts.iter().map(|put| self.put_one(put)).collect())
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        let mut state = self.state.lock();
        for key in keys {
            state.remove(key);
        }
        Ok(())
    }

    async fn sweep(&self) -> Result<()> {
        let now = clock::now();
        let mut state = self.state.lock();
        let over = state.entries.iter().filter(|(_, kept)| kept.expires <= now);
        let over: Vec<_> = over.map(|(key, _)| key.clone()).collect();
        for key in over {
            state.remove(&key);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        out.debug_struct("MemoryStore")
            .field("entries", &state.entries.len())
            .field("bytes", &state.bytes)
            .field("bounds", &self.bounds)
            .finish()
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests;
