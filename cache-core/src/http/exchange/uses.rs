//! How often what is not stored was asked for, roughly and in little memory.

use crate::sync::{AtomicU8, AtomicU32, Ordering};

/// Counts by the hash of a key. Keys that share a place count together, and all counts are halved now and then.
#[derive(Debug)]
pub(crate) struct Uses {
    counts: Vec<AtomicU8>,
    all: AtomicU32,
}

const PLACES: u64 = 4096;

/// After so many uses all counts are halved.
const LONG: u32 = 10 * 4096;

impl Default for Uses {
    fn default() -> Self {
        let counts = (0..PLACES).map(|_| AtomicU8::new(0)).collect();
        Self {
            counts,
            all: AtomicU32::new(0),
        }
    }
}

impl Uses {
    /// Counts a use; returns how many there were.
    pub(crate) fn count(&self, hash: u64) -> u32 {
        if self.all.fetch_add(1, Ordering::Relaxed) >= LONG {
            self.all.store(0, Ordering::Relaxed);
            for count in &self.counts {
                let half = count.load(Ordering::Relaxed) / 2;
                count.store(half, Ordering::Relaxed);
            }
        }
        let Some(count) = self.counts.get(usize::try_from(hash % PLACES).unwrap_or(0)) else {
            return u32::MAX;
        };
        let uses = count.load(Ordering::Relaxed).saturating_add(1);
        count.store(uses, Ordering::Relaxed);
        u32::from(uses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_counted_by_key_and_forgotten_in_time() {
        let uses = Uses::default();
        assert_eq!((uses.count(1), uses.count(1), uses.count(2)), (1, 2, 1));
        for _ in 0..1_000 {
            uses.count(3);
        }
        assert_eq!(uses.count(3), u32::from(u8::MAX));
        for _ in 0..LONG {
            uses.count(4);
        }
        assert_eq!(uses.count(1), 2, "halved, and counted again");
    }
}
