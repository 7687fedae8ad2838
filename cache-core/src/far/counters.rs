//! Counters of one cache's dealings with its store.

use crate::format::blob;
use crate::sync::{AtomicU64, Ordering};

/// What has happened between a cache and its store since the program began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStats {
    /// Entries that were found and used.
    pub hits: u64,
    /// Entries that were looked for and not there, or invalidated.
    pub misses: u64,
    /// Values that were written.
    pub writes: u64,
    /// Values that were loaded and not written, because their key or a name of theirs was invalidated meanwhile.
    pub refused: u64,
    /// Values that were too large for the store, or that a full store did not take.
    pub too_large: u64,
    /// Values that no codec could write.
    pub unwritable: u64,
    /// Bytes under a key that were no entry of ours or of another key, or were cut short or changed: misses.
    pub broken: u64,
    /// Entries of another site, another version, or another shape of the type: misses.
    pub foreign: u64,
    /// Calls of the store that failed or took too long.
    pub failures: u64,
    /// Calls that were not made, because the store kept failing and was left alone.
    pub skipped: u64,
}

#[derive(Debug, Default)]
pub(crate) struct StoreCounters {
    hits: AtomicU64,
    misses: AtomicU64,
    writes: AtomicU64,
    refused: AtomicU64,
    too_large: AtomicU64,
    unwritable: AtomicU64,
    broken: AtomicU64,
    foreign: AtomicU64,
    failures: AtomicU64,
    skipped: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl StoreCounters {
    pub(super) fn hit(&self) {
        count(&self.hits);
    }

    pub(super) fn miss(&self) {
        count(&self.misses);
    }

    pub(super) fn write(&self) {
        count(&self.writes);
    }

    pub(super) fn refused(&self) {
        count(&self.refused);
    }

    pub(super) fn too_large(&self) {
        count(&self.too_large);
    }

    pub(super) fn unwritable(&self) {
        count(&self.unwritable);
    }

    pub(super) fn failed(&self) {
        count(&self.failures);
    }

    pub(super) fn skipped(&self) {
        count(&self.skipped);
    }

    /// Counts bytes that are not the entry that was looked for.
    pub(super) fn unusable(&self, why: blob::BlobMismatch) {
        match why {
            blob::BlobMismatch::Foreign | blob::BlobMismatch::Torn => count(&self.broken),
            _ => count(&self.foreign),
        }
    }

    /// Counts an entry whose body its codec does not read.
    pub(super) fn broken(&self) {
        count(&self.broken);
    }

    pub(super) fn read(&self) -> StoreStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StoreStats {
            hits: read(&self.hits),
            misses: read(&self.misses),
            writes: read(&self.writes),
            refused: read(&self.refused),
            too_large: read(&self.too_large),
            unwritable: read(&self.unwritable),
            broken: read(&self.broken),
            foreign: read(&self.foreign),
            failures: read(&self.failures),
            skipped: read(&self.skipped),
        }
    }
}
