//! How long something takes, each time.

use std::time::Duration;

// Nothing depends on counters, so the models leave them out.
use std::sync::atomic::{AtomicU64, Ordering};

/// Two buckets for each doubling, from a microsecond to more than an hour.
const BUCKETS: usize = 64;

/// How long something took, each time: the loads of a function or page, or the calls of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timings {
    /// How many ended.
    pub count: u64,
    /// All of them together.
    pub total: Duration,
    /// What half of them did not exceed, to a quarter exactly.
    pub median: Duration,
    /// What 95 in 100 of them did not exceed, to a quarter exactly.
    pub p95: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Timings {
    /// The mean; zero if none has ended.
    pub fn mean(&self) -> Duration {
        let nanos = self.total.as_nanos().checked_div(self.count.into());
        Duration::from_nanos(nanos.unwrap_or_default().try_into().unwrap_or(u64::MAX))
    }
}

/// The counters behind [`Timings`].
#[derive(Debug)]
pub(crate) struct Durations {
    nanos: AtomicU64,
    longest: AtomicU64,
    buckets: [AtomicU64; BUCKETS],
}

impl Durations {
    pub(crate) const fn new() -> Self {
        Self {
            nanos: AtomicU64::new(0),
            longest: AtomicU64::new(0),
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
        }
    }

    pub(crate) fn add(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        self.longest.fetch_max(nanos, Ordering::Relaxed);
        self.buckets[bucket(nanos)].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Timings {
        let counts = self
            .buckets
            .each_ref()
            .map(|bucket| bucket.load(Ordering::Relaxed));
        let longest = Duration::from_nanos(self.longest.load(Ordering::Relaxed));
        let count: u64 = counts.iter().sum();
        let quantile = |hundredths: u64| {
            let rank = (count * hundredths).div_ceil(100).max(1);
            let mut below = 0;
            let at = counts.iter().position(|bucket| {
                below += bucket;
                below >= rank
            });
            at.map_or(Duration::ZERO, |at| middle(at).min(longest))
        };
        Timings {
            count,
            total: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)),
            median: quantile(50),
            p95: quantile(95),
            longest,
        }
    }
}

/// The bucket of a duration: its highest bit, and the bit below that.
fn bucket(nanos: u64) -> usize {
    let micros = (nanos / 1_000).max(1);
    let high = micros.ilog2() as usize;
    let half = if high == 0 {
        0
    } else {
        (micros >> (high - 1)) as usize & 1
    };
    (high * 2 + half).min(BUCKETS - 1)
}

/// The middle of a bucket.
fn middle(bucket: usize) -> Duration {
    let low = (2 + (bucket as u64 & 1)) << (bucket / 2);
    Duration::from_nanos(low * 500 + (500 << (bucket / 2)) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_a_quarter() {
        let durations = Durations::new();
        for micros in 1..=1_000_u64 {
            durations.add(Duration::from_micros(micros));
        }
        let times = durations.read();
        assert_eq!(times.count, 1_000);
        assert_eq!(times.total, Duration::from_micros(500_500));
        assert_eq!(times.mean(), Duration::from_nanos(500_500));
        assert_eq!(times.longest, Duration::from_millis(1));
        for (quantile, exact) in [(times.median, 500.0), (times.p95, 950.0)] {
            let error = (quantile.as_secs_f64() * 1e6 / exact - 1.0).abs();
            assert!(error <= 0.25, "{quantile:?}");
        }
    }

    #[test]
    fn each_duration_lies_in_the_bucket_around_it() {
        for micros in [1, 2, 3, 4, 5, 7, 8, 100, 1_000_000, 3_600_000_000_u64] {
            let middle = middle(bucket(micros * 1_000)).as_secs_f64() * 1e6;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let ratio = middle / micros as f64;
            assert!((0.7..1.5).contains(&ratio), "{micros}: {middle}");
        }
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_bucket_that_has_counted_four_billion_goes_on() {
        let durations = Durations::new();
        let many = u64::from(u32::MAX);
        durations.buckets[bucket(1_000)].store(many, Ordering::Relaxed);
        durations.add(Duration::from_micros(1));
        assert_eq!(durations.read().count, many + 1);
    }

    #[test]
    fn without_loads_there_is_no_time() {
        assert_eq!(Durations::new().read(), Timings::default());
    }
}
