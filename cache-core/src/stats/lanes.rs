//! The counters of hits, in lanes.

// Nothing depends on counters, so the models leave them out.
use std::sync::atomic::{AtomicU64, Ordering};

/// Hits are counted in lanes, so that threads that read different keys do not share a cache line.
const LANES: usize = 8;

/// One in so many hits of a lane is a sample.
const SAMPLE: u64 = 64;

/// Hits, and which keys are studied.
#[derive(Debug)]
pub(super) struct Lanes([Lane; LANES]);

#[derive(Debug)]
#[repr(align(128))]
struct Lane {
    hits: AtomicU64,
    /// Requests of keys with a hash below this are studied. It stands beside what some hits write to anyway.
    studied: AtomicU64,
}

impl Lanes {
    pub(super) const fn new() -> Self {
        Self(
            [const {
                Lane {
                    hits: AtomicU64::new(0),
                    studied: AtomicU64::new(0),
                }
            }; LANES],
        )
    }

    /// Counts a hit of the key with this hash; returns whether it is a sample.
    #[inline]
    pub(super) fn hit(&self, hash: u64) -> bool {
        let lane = &self.0[(hash >> 40) as usize & (LANES - 1)];
        let before = lane.hits.fetch_add(1, Ordering::Relaxed);
        before % SAMPLE == SAMPLE - 1
    }

    /// Whether requests of the key with this hash are studied.
    #[inline]
    pub(super) fn is_studied(&self, hash: u64) -> bool {
        let lane = &self.0[(hash >> 40) as usize & (LANES - 1)];
        hash < lane.studied.load(Ordering::Relaxed)
    }

    /// Has the requests of keys with a hash below this studied.
    pub(super) fn study_below(&self, hash: u64) {
        for lane in &self.0 {
            lane.studied.store(hash, Ordering::Relaxed);
        }
    }

    /// All hits so far.
    pub(super) fn total(&self) -> u64 {
        let hits = self.0.iter().map(|lane| lane.hits.load(Ordering::Relaxed));
        hits.sum()
    }
}
