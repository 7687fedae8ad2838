//! Counters of a site, and what is read of them.

use std::time::Duration;

pub(crate) use self::counters::{Counters, Loading};
pub(crate) use self::distinct::PartReport;
pub(crate) use self::durations::Durations;
pub use self::durations::Timings;
pub(crate) use self::history::Period;
pub(crate) use self::history::Window;
pub use self::reason::{MissCounts, MissReason};
#[cfg(feature = "dashboard")]
pub(crate) use self::study::StudyResult;
pub(crate) use self::study::StudyTerms;
pub(crate) use self::watched::{NamedPart, NotedMiss, ReadKey, is_on as is_watched, turn_on};

mod counters;
mod curve;
mod distinct;
mod durations;
#[cfg_attr(
    not(feature = "dashboard"),
    expect(dead_code, reason = "the dashboard alone shows it")
)]
mod history;
mod lanes;
mod reason;
mod studied;
#[cfg_attr(
    not(feature = "dashboard"),
    expect(dead_code, reason = "the dashboard alone shows it")
)]
mod study;
#[cfg_attr(
    not(feature = "dashboard"),
    expect(dead_code, reason = "the dashboard alone shows it")
)]
mod watched;

/// The statistics of a cached function or page since the program began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls that were answered from the cache.
    pub hits: u64,
    /// Those of them whose value came from the store rather than from the memory of this process.
    pub store_hits: u64,
    /// Hits whose value was past its life, or softly invalidated: it served while it was loaded anew, or in place of a load that failed or took
    /// too long.
    pub stale_hits: u64,
    /// Calls that were not answered from the cache.
    pub misses: u64,
    /// The same by their reasons, whose sum they are.
    pub missed: MissCounts,
    /// Misses that were answered by a load of another call, for which they have waited.
    pub coalesced: u64,
    /// Calls that did not ask the cache: a `condition` said so, or the request was one that pages pass by.
    pub bypassed: u64,
    /// Runs of the body to fill the cache.
    pub loads: u64,
    /// How long these took, until a value was there: without the time to write it to a store.
    pub load_times: Timings,
    /// Loads of a value that was there: behind a hit, or by `refresh`.
    pub refreshes: u64,
    /// Loads behind a hit on a value that `refresh = adaptive` found worth a refresh ahead of its end.
    pub early_refreshes: u64,
    /// Those of them whose value nobody asked for before it was replaced, evicted or removed, or had ended.
    pub wasted_refreshes: u64,
    /// Loads of a function or page with `refresh = adaptive` whose value was equal to the one that it replaced.
    pub unchanged: u64,
    /// Loads that failed: an `Err` that is not kept, or a panic.
    pub errors: u64,
    /// Hits that were verified and found right: see `verify = 0.001` of [`cached`](macro@crate::cached).
    pub verified: u64,
    /// Hits that were verified and found wrong: the value was stale, or its key is too short.
    pub wrong_hits: u64,
    /// Hits that were verified and older than the world, as their ttl allows.
    pub aged_hits: u64,
    /// Hits that could not be verified, because the body returns something else each time.
    pub impure: u64,
    /// Entries that were evicted because of a bound.
    pub evictions: u64,
    /// Those of them that had ended or were invalidated before: to evict them cost nothing.
    pub evicted_dead: u64,
    /// Values that were stored again shortly after they were evicted, which a larger capacity would have kept. Some times as many
    /// evicted keys are remembered as entries are kept.
    pub reloads: u64,
    /// Entries now that a call would use. Of more than 16,384, so many are looked at, and the number is an estimate.
    pub entries: u64,
    /// What these weigh, in bytes. Values of functions are not weighed.
    pub bytes: u64,
}

impl Stats {
    /// The part of the calls that asked the cache and were answered from it, from 0 to 1; `None` before the first call.
    ///
    /// ```
    /// #[cache_core::cached]
    /// fn double(n: u64) -> u64 {
    ///     n * 2
    /// }
    ///
    /// assert_eq!(double::stats().hit_ratio(), None);
    /// (double(1), double(1));
    /// assert_eq!(double::stats().hit_ratio(), Some(0.5));
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    pub fn hit_ratio(&self) -> Option<f64> {
        let all = self.hits + self.misses;
        (all > 0).then(|| self.hits as f64 / all as f64)
    }

    /// Whether it was called at all.
    pub(crate) fn was_called(&self) -> bool {
        self.hits + self.misses + self.bypassed + self.loads > 0
    }

    /// The time that hits have saved: each counts as long as loads took on average.
    pub fn saved(&self) -> Duration {
        let per_load = self.load_times.mean().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        Duration::try_from_secs_f64(per_load * self.hits as f64).unwrap_or(Duration::MAX)
    }
}
