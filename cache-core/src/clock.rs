//! Time: the only file that reads a clock.
//!
//! A hit goes by a published time (`published.rs`), or where that is not known by the system's coarse monotonic clock, which steps every
//! few milliseconds: ample for lives that are counted in seconds. Tests turn the clock by hand, with `testing::Clock`.

use std::time::{Duration, Instant, SystemTime};

#[cfg(not(cache_loom))]
pub(crate) use self::published::{ask, is_surely_before, published};

#[cfg(not(cache_loom))]
mod published;
#[cfg(not(cache_loom))]
pub(crate) mod stopped;

/// A moment on this process's monotonic clock, in units of 2⁻³² seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

/// The bits of a moment that are less than a sixteenth of a second.
pub(crate) const SIXTEENTH: u32 = 28;

impl Moment {
    /// Later than any moment that will come.
    pub const NEVER: Self = Self(u64::MAX);

    /// As a number, for atomics.
    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    /// The moment that [`to_bits`](Self::to_bits) gave.
    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The moment `life` after this one; [`Moment::NEVER`] if that is beyond what the clock can count (136 years).
    pub fn after(self, life: Duration) -> Self {
        let whole = life.as_secs().checked_mul(1 << 32);
        let part = (u64::from(life.subsec_nanos()) << 32) / 1_000_000_000;
        Self(
            whole
                .and_then(|whole| whole.checked_add(part))
                .and_then(|life| self.0.checked_add(life))
                .unwrap_or(u64::MAX),
        )
    }

    /// The moment `age` before this one; the clock's beginning if that was later.
    pub fn before(self, age: Duration) -> Self {
        let whole = age.as_secs().saturating_mul(1 << 32);
        let part = (u64::from(age.subsec_nanos()) << 32) / 1_000_000_000;
        Self(self.0.saturating_sub(whole.saturating_add(part)))
    }

    /// How long `self` lies after `earlier`; zero if it does not.
    pub fn since(self, earlier: Self) -> Duration {
        let ticks = self.0.saturating_sub(earlier.0);
        let part = ((ticks & 0xffff_ffff) * 1_000_000_000) >> 32;
        Duration::from_secs(ticks >> 32) + Duration::from_nanos(part)
    }
}

/// The moment now.
#[cfg(not(cache_loom))]
#[inline]
pub(crate) fn now() -> Moment {
    if published::is_running() {
        running()
    } else {
        stopped_or_running()
    }
}

#[cfg(not(cache_loom))]
#[inline]
fn running() -> Moment {
    Moment(coarsetime::Instant::now_without_cache_update().as_ticks())
}

/// Apart, so that a hit does not carry the room for it.
#[cfg(not(cache_loom))]
#[cold]
fn stopped_or_running() -> Moment {
    stopped::here().map_or_else(running, |stopped| stopped.now())
}

/// Time stands still in the model checker.
#[cfg(cache_loom)]
pub(crate) fn now() -> Moment {
    Moment(1)
}

#[cfg(cache_loom)]
pub(crate) fn published() -> u64 {
    1
}

#[cfg(cache_loom)]
pub(crate) fn ask() {}

#[cfg(cache_loom)]
pub(crate) fn is_surely_before(moment: Moment) -> bool {
    now() < moment
}

/// The date and time of day now, for `Date` and `Expires`, and for files, which outlive this process's clock; never used
/// to decide whether an entry is fresh.
#[cfg(not(cache_loom))]
pub(crate) fn wall() -> SystemTime {
    match stopped::here() {
        None => SystemTime::now(),
        Some(stopped) => stopped.wall(),
    }
}

/// Measures how long something takes, finer than the steps of [`now`].
#[derive(Debug)]
pub(crate) struct Stopwatch {
    since: Instant,
    #[cfg(not(cache_loom))]
    stopped: Option<Moment>,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            since: Instant::now(),
            #[cfg(not(cache_loom))]
            stopped: stopped::here().map(|stopped| stopped.now()),
        }
    }

    /// The same by real time, whatever tests have stopped.
    pub(crate) fn of_real_time() -> Self {
        Self {
            since: Instant::now(),
            #[cfg(not(cache_loom))]
            stopped: None,
        }
    }

    /// The time since then; by the stopped clock, if it began under one.
    pub(crate) fn elapsed(&self) -> Duration {
        #[cfg(not(cache_loom))]
        if let Some(since) = self.stopped {
            return now().since(since);
        }
        self.since.elapsed()
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_moment_counts_forward_and_back() {
        let start = Moment(7 << 32);
        let later = start.after(Duration::from_millis(1500));
        assert_eq!(
            later.since(start).as_millis(),
            1500 - u128::from(later.since(start) < Duration::from_millis(1500))
        );
        assert_eq!(start.since(later), Duration::ZERO);
    }

    #[test]
    fn a_life_beyond_the_clock_never_ends() {
        assert_eq!(Moment(1).after(Duration::MAX), Moment::NEVER);
        assert_eq!(
            Moment(u64::MAX - 1).after(Duration::from_secs(1)),
            Moment::NEVER
        );
    }
}
