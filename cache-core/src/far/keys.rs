//! The keys of one question to a store.

use super::stamps::with_cache;
use super::{Far, KeySpace};
use crate::name::Name;

/// Keys, one behind the other: a question about many takes three pieces of memory.
pub(super) struct StoreKeys<'s> {
    space: &'s KeySpace,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Far {
    /// Room for so many keys.
    pub(super) fn keys(&self, count: usize) -> StoreKeys<'_> {
        StoreKeys {
            space: &self.space,
            bytes: Vec::with_capacity(count * ROOM),
            ends: Vec::with_capacity(count),
        }
    }
}

/// Of most keys, with what stands before them.
const ROOM: usize = 48;

impl StoreKeys<'_> {
    /// Adds the key of an entry.
    pub(super) fn entry(&mut self, key: &[u8]) {
        self.space.write_entry(key, &mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// Adds the keys of the stamps of these names.
    pub(super) fn stamps(&mut self, names: &[Name]) {
        for name in names {
            self.space.write_stamp(*name, &mut self.bytes);
            self.ends.push(self.bytes.len());
        }
    }

    /// All of them, in the order in which they were added.
    pub(super) fn all(&self) -> Vec<&[u8]> {
        let mut begin = 0;
        let keys = self.ends.iter().map(|end| {
            let key = &self.bytes[begin..*end];
            begin = *end;
            key
        });
        keys.collect()
    }
}

/// Each of these names once, behind the one that all entries carry.
pub(super) fn with_cache_once(all: impl Iterator<Item = Name>) -> Vec<Name> {
    let mut names = with_cache(all);
    names[1..].sort_unstable();
    names.dedup();
    names
}
