//! The counters behind [`Stats`].

// Nothing depends on counters, so the models leave them out.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::durations::Durations;
use super::lanes::Lanes;
use super::watched::{NotedMiss, Watched};
use super::{MissCounts, MissReason, Stats};
use crate::clock::{self, Stopwatch};
use crate::hot::HotSite;
use crate::trace;

/// The counters behind [`Stats`].
#[derive(Debug)]
pub(crate) struct Counters {
    /// The path of the function, for spans and metrics.
    name: &'static str,
    pub(super) hits: Lanes,
    /// Hits that threads have counted in tables of their own, which are in no lane.
    pub(crate) hot: HotSite,
    store_hits: AtomicU64,
    stale_hits: AtomicU64,
    missed: [AtomicU64; MissReason::ALL.len()],
    coalesced: AtomicU64,
    bypassed: AtomicU64,
    loads: AtomicU64,
    load_times: Durations,
    refreshes: AtomicU64,
    early_refreshes: AtomicU64,
    wasted_refreshes: AtomicU64,
    unchanged: AtomicU64,
    errors: AtomicU64,
    verified: AtomicU64,
    wrong: AtomicU64,
    aged: AtomicU64,
    impure: AtomicU64,
    watched: OnceCell<Box<Watched>>,
}

/// A running load.
#[must_use = "held while the load runs"]
pub(crate) struct Loading<'a> {
    counters: &'a Counters,
    since: Stopwatch,
    /// How long it took, once it has brought a value.
    took: Option<Duration>,
    /// Whether it has begun while another panic unwinds.
    in_panic: bool,
}

impl Loading<'_> {
    /// How long it took, or has run so far.
    pub(crate) fn elapsed(&self) -> Duration {
        self.took.unwrap_or_else(|| self.since.elapsed())
    }

    /// It has brought a value: its time ends. Returns how long it took.
    pub(crate) fn end(&mut self) -> Duration {
        let took = self.elapsed();
        self.took = Some(took);
        took
    }
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        let took = self.elapsed();
        // First the error: whoever reads in between must not take the load for a good one.
        if std::thread::panicking() && !self.in_panic {
            self.counters.error();
        }
        self.counters.load_times.add(took);
        trace::loaded(self.counters.name, took);
    }
}

/// After so many hits that could not be verified, no more may be expected of a function's differences.
const IMPURE: u64 = 3;

/// Fewer misses of one reason may be chance.
const FEW: u64 = 100;

#[inline]
fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[inline]
fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Counters {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            hits: Lanes::new(),
            hot: HotSite::new(),
            store_hits: AtomicU64::new(0),
            stale_hits: AtomicU64::new(0),
            missed: [const { AtomicU64::new(0) }; MissReason::ALL.len()],
            coalesced: AtomicU64::new(0),
            bypassed: AtomicU64::new(0),
            loads: AtomicU64::new(0),
            load_times: Durations::new(),
            refreshes: AtomicU64::new(0),
            early_refreshes: AtomicU64::new(0),
            wasted_refreshes: AtomicU64::new(0),
            unchanged: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            verified: AtomicU64::new(0),
            wrong: AtomicU64::new(0),
            aged: AtomicU64::new(0),
            impure: AtomicU64::new(0),
            watched: OnceCell::new(),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// What is noted beside these, where somebody watches.
    pub(crate) fn watched(&self) -> &Watched {
        self.watched.get_or_init(Watched::boxed)
    }

    /// Counts a hit of the key with this hash.
    #[inline]
    pub(crate) fn hit(&self, hash: u64) {
        let is_sample = self.hot.count_without_copy();
        if is_sample.unwrap_or_else(|| self.hits.hit(hash)) {
            self.sampled(is_sample.is_none());
        }
        if self.hits.is_studied(hash) {
            self.study(hash, false);
        }
    }

    /// One of few hits. If it was counted in a lane that threads share, this thread gets a table of its own.
    #[cold]
    fn sampled(&self, is_shared: bool) {
        // Hits go by the published time: now and then one sees to it that it does not lag.
        clock::ask();
        if is_shared {
            self.hot.count_here();
        }
    }

    /// Counts a hit of a value that the store had.
    pub(crate) fn store_hit(&self, hash: u64) {
        self.hit(hash);
        count(&self.store_hits);
    }

    /// Counts a miss of the key with this hash.
    pub(crate) fn miss(&self, hash: u64, reason: MissReason) {
        count(&self.missed[reason.index()]);
        if self.hits.is_studied(hash) {
            let lost = matches!(reason, MissReason::Invalidated | MissReason::Removed);
            self.study(hash, lost);
        }
        if cfg!(debug_assertions) && reason == MissReason::Evicted {
            self.warn_of_evictions();
        }
    }

    /// Says once, in debug builds, that values are evicted which are asked for again.
    fn warn_of_evictions(&self) {
        let reloads = read(&self.missed[MissReason::Evicted.index()]);
        if reloads == FEW && reloads >= read(&self.loads) / 10 {
            trace::evicts_too_early(self.name, reloads);
        }
    }

    /// Notes a miss, for those who watch.
    #[cold]
    #[inline(never)]
    pub(crate) fn note_miss(&self, miss: NotedMiss) {
        self.watched().note_miss(miss, || self.requests());
    }

    fn all_hits(&self) -> u64 {
        self.hits.total() + self.hot.hits()
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.all_hits() + self.missed.iter().map(read).sum::<u64>()
    }

    /// Counts a miss that waited for the load of another call.
    pub(crate) fn coalesced(&self) {
        count(&self.coalesced);
    }

    /// Counts a call that did not ask the cache.
    pub(crate) fn bypassed(&self) {
        count(&self.bypassed);
    }

    /// Counts a value that serves past its life.
    pub(crate) fn stale(&self) {
        count(&self.stale_hits);
    }

    /// Counts a load; one that panics is an error.
    pub(crate) fn load(&self) -> Loading<'_> {
        count(&self.loads);
        Loading {
            counters: self,
            since: Stopwatch::start(),
            took: None,
            in_panic: std::thread::panicking(),
        }
    }

    /// Counts a load of a value that is there.
    pub(crate) fn refresh(&self) {
        count(&self.refreshes);
    }

    /// Counts a load that is a refresh ahead of its time.
    pub(crate) fn early(&self) {
        count(&self.early_refreshes);
    }

    /// Counts such a refresh whose value nobody has used.
    pub(crate) fn wasted(&self) {
        count(&self.wasted_refreshes);
    }

    /// Counts a load that has changed nothing.
    pub(crate) fn unchanged(&self) {
        count(&self.unchanged);
    }

    /// Counts a hit that was verified and found right.
    pub(crate) fn verified(&self) {
        count(&self.verified);
    }

    /// Counts a hit that was verified and found wrong.
    pub(crate) fn wrong(&self) {
        count(&self.wrong);
    }

    /// Counts a hit that was older than the world, as its ttl allows.
    pub(crate) fn aged(&self) {
        count(&self.aged);
    }

    /// Whether the body has shown that it returns something else each time. A few races among many hits that were found right do not
    /// show it.
    pub(crate) fn is_impure(&self) -> bool {
        let impure = read(&self.impure);
        impure >= IMPURE && impure >= read(&self.verified)
    }

    /// Counts a hit that could not be verified, because the body returns something else each time.
    pub(crate) fn impure(&self) {
        count(&self.impure);
    }

    pub(crate) fn error(&self) {
        count(&self.errors);
    }

    pub(crate) fn read(&self) -> Stats {
        let missed = MissCounts(self.missed.each_ref().map(read));
        // A part is read before its whole: a hit in between counts in the whole alone.
        let store_hits = read(&self.store_hits);
        Stats {
            hits: self.all_hits(),
            store_hits,
            stale_hits: read(&self.stale_hits),
            misses: missed.total(),
            missed,
            coalesced: read(&self.coalesced),
            bypassed: read(&self.bypassed),
            loads: read(&self.loads),
            load_times: self.load_times.read(),
            refreshes: read(&self.refreshes),
            early_refreshes: read(&self.early_refreshes),
            wasted_refreshes: read(&self.wasted_refreshes),
            unchanged: read(&self.unchanged),
            errors: read(&self.errors),
            verified: read(&self.verified),
            wrong_hits: read(&self.wrong),
            aged_hits: read(&self.aged),
            impure: read(&self.impure),
            ..Stats::default()
        }
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::testing::Clock;

    #[test]
    fn the_time_of_a_load_ends_with_its_value() {
        let clock = Clock::freeze();
        let counters: &'static Counters = Box::leak(Box::new(Counters::new("load")));
        let mut good = counters.load();
        let bad = counters.load();
        clock.advance(Duration::from_secs(2));
        assert_eq!(good.end(), Duration::from_secs(2));
        clock.advance(Duration::from_secs(1));
        drop((good, bad));
        assert_eq!(counters.read().load_times.total, Duration::from_secs(5));
    }
}
