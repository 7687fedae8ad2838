//! The counters of a site.

// Nothing depends on counters, so the models leave them out.
use std::sync::atomic::{AtomicU64, Ordering};

/// The statistics of a cached function or page since the program began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls that were answered from the cache.
    pub hits: u64,
    /// Calls that were not answered from the cache.
    pub misses: u64,
    /// Hits whose value was past its life, or softly invalidated: it served while it was loaded anew, or in place of a load that failed or took
    /// too long.
    pub stale_hits: u64,
    /// Runs of the body to fill the cache.
    pub loads: u64,
    /// Loads behind a hit on a value that `refresh = adaptive` found worth a refresh ahead of its end.
    pub early_refreshes: u64,
    /// Those of them whose value nobody asked for before it was replaced, evicted or removed, or had ended.
    pub wasted_refreshes: u64,
    /// Loads of a function or page with `refresh = adaptive` whose value was equal to the one that it replaced.
    pub unchanged: u64,
    /// Loads that failed: an `Err` that is not kept, or a panic.
    pub errors: u64,
    /// Entries that were evicted because of a bound.
    pub evictions: u64,
    /// Values that were stored again shortly after they were evicted, which a larger capacity would have kept. About as many evicted
    /// keys are remembered as entries are kept.
    pub reloads: u64,
    /// Entries now, including expired ones that no call has looked up since.
    pub entries: u64,
}

/// The counters behind [`Stats`].
#[derive(Debug)]
pub(crate) struct Counters {
    hits: [Lane; LANES],
    misses: AtomicU64,
    stale_hits: AtomicU64,
    loads: AtomicU64,
    early_refreshes: AtomicU64,
    wasted_refreshes: AtomicU64,
    unchanged: AtomicU64,
    errors: AtomicU64,
}

/// A running load.
#[must_use = "held while the load runs"]
pub(crate) struct Loading<'a>(&'a Counters);

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.error();
        }
    }
}

/// Hits are counted in lanes, so that threads that read different keys do not share a cache line.
const LANES: usize = 8;

#[derive(Debug)]
#[repr(align(128))]
struct Lane(AtomicU64);

impl Counters {
    pub(crate) const fn new() -> Self {
        Self {
            hits: [const { Lane(AtomicU64::new(0)) }; LANES],
            misses: AtomicU64::new(0),
            stale_hits: AtomicU64::new(0),
            loads: AtomicU64::new(0),
            early_refreshes: AtomicU64::new(0),
            wasted_refreshes: AtomicU64::new(0),
            unchanged: AtomicU64::new(0),
            errors: AtomicU64::new(0),
        }
    }

    /// Counts a hit of the key with this hash.
    #[inline]
    pub(crate) fn hit(&self, hash: u64) {
        self.hits[(hash >> 40) as usize & (LANES - 1)]
            .0
            .fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a value that serves past its life.
    pub(crate) fn stale(&self) {
        self.stale_hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a load; one that panics is an error.
    pub(crate) fn load(&self) -> Loading<'_> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        Loading(self)
    }

    /// Counts a load that is a refresh ahead of its time.
    pub(crate) fn early(&self) {
        self.early_refreshes.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts such a refresh whose value nobody has used.
    pub(crate) fn wasted(&self) {
        self.wasted_refreshes.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a load that has changed nothing.
    pub(crate) fn unchanged(&self) {
        self.unchanged.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn error(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Stats {
        Stats {
            hits: self
                .hits
                .iter()
                .map(|lane| lane.0.load(Ordering::Relaxed))
                .sum(),
            misses: self.misses.load(Ordering::Relaxed),
            stale_hits: self.stale_hits.load(Ordering::Relaxed),
            loads: self.loads.load(Ordering::Relaxed),
            early_refreshes: self.early_refreshes.load(Ordering::Relaxed),
            wasted_refreshes: self.wasted_refreshes.load(Ordering::Relaxed),
            unchanged: self.unchanged.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            ..Stats::default()
        }
    }
}
