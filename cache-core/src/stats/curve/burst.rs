//! Bursts: all requests for a while, for the capacities that are too small for a sample of the keys.
//!
//! A capacity of 500 entries is 15 keys of a sample of three percent. Which 15 these are decides about several percentage points. A
//! look at all keys needs to remember no more of them than such a capacity holds, and misses of that kind come so often that a few
//! thousand requests tell how many there are. So the larger capacities have a sample of the keys and the smaller ones a sample of
//! the time.

use super::histogram::{Histogram, RequestSum, bucket};
use super::keys::SampledKeys;

/// The largest capacity that bursts look at; a power of two.
pub(super) const DEPTH: u16 = 1 << 11;

/// How many keys for each sampled one make bursts worth their while.
pub(super) const FROM_SCALE: f64 = 2.0;

/// How many keys a burst remembers until it forgets those that lie too deep.
const KEYS: usize = DEPTH as usize * 9 / 8;

/// How many requests a burst counts.
const COUNTED: u32 = 2 * DEPTH as u32;

/// After how many requests it begins to count, if it has not met [`DEPTH`] keys by then.
const WARM_UP: u32 = 8 * DEPTH as u32;

/// How many bursts it takes until they are believed.
const ENOUGH: f64 = 4.0;

/// The variance of a hit ratio that rests on one sampled key, as measured with skewed keys; that of more keys is smaller by their
/// number.
const VARIANCE_OF_ONE: f64 = 0.02;

/// What bursts have told.
#[derive(Debug)]
pub(super) struct NearSample {
    hits: Histogram,
    /// How many requests were counted.
    counted: f64,
    /// The hit ratios of [`DEPTH`] entries in each burst.
    ratios: BurstRatios,
    /// How many bursts there were.
    bursts: u32,
    /// How many requests have to come before the next burst.
    pause: f64,
    burst: Option<Box<Burst>>,
}

/// A burst.
#[derive(Debug)]
struct Burst {
    keys: SampledKeys,
    /// How many requests came before the first that counts.
    warm_up: u32,
    counted: u32,
    hits: u32,
}

/// A sum of ratios.
#[derive(Debug)]
struct BurstRatios {
    count: f64,
    sum: f64,
    squares: f64,
}

impl NearSample {
    pub(super) const fn new() -> Self {
        Self {
            hits: Histogram::new(1),
            counted: 0.0,
            ratios: BurstRatios {
                count: 0.0,
                sum: 0.0,
                squares: 0.0,
            },
            bursts: 0,
            pause: 0.0,
            burst: None,
        }
    }

    /// Whether a burst is under way.
    pub(super) fn is_looking(&self) -> bool {
        self.burst.is_some()
    }

    /// Counts down to the next burst, where a request of the sample stands for so many.
    pub(super) fn wait(&mut self, requests: f64) {
        self.pause -= requests;
        if self.pause < 0.0 && self.burst.is_none() {
            self.burst = Some(Box::new(Burst {
                keys: SampledKeys::new(0),
                warm_up: 0,
                counted: 0,
                hits: 0,
            }));
        }
    }

    /// A request, which counts if a burst is under way and warm.
    pub(super) fn see(&mut self, hash: u64, lost: bool) {
        let Some(burst) = &mut self.burst else {
            return;
        };
        let distance = burst.distance(hash);
        if burst.counted == 0 && !burst.is_warm() {
            burst.warm_up += 1;
            return;
        }
        burst.counted += 1;
        self.counted += 1.0;
        if let Some(distance) = distance.filter(|&distance| distance < DEPTH && !lost) {
            burst.hits += 1;
            self.hits
                .add(bucket(distance.into()), 0, RequestSum::new(1.0, 1.0));
        }
        if burst.counted == COUNTED {
            self.end();
        }
    }

    fn end(&mut self) {
        let Some(burst) = self.burst.take() else {
            return;
        };
        self.ratios.add(f64::from(burst.hits) / f64::from(COUNTED));
        // Often at first, for a curve soon; then for about one request of seventeen.
        let times = (4 + self.bursts / 4).min(16);
        self.pause = f64::from((burst.warm_up + COUNTED) * times);
        self.bursts += 1;
    }

    /// Makes everything count for half.
    pub(super) fn halve(&mut self) {
        self.hits.halve();
        self.counted /= 2.0;
        self.ratios.halve();
    }

    /// The hit ratios at the start of each bucket up to [`DEPTH`], if there were enough bursts.
    pub(super) fn hit_ratios(&self) -> Option<Vec<f64>> {
        let ratio = |sum: RequestSum| f64::from(sum.requests) / self.counted;
        let buckets = usize::from(bucket(DEPTH.into())) + 1;
        let ratios = || self.hits.up_to(0, buckets).map(ratio).collect();
        (self.ratios.count >= ENOUGH).then(ratios)
    }

    /// How much of the truth they are, where such a capacity holds so many keys of the sample: the better of the two estimates
    /// counts for more, by its variance. Bursts that differ much have missed something between them.
    pub(super) fn weight(&self, sampled_keys: f64) -> f64 {
        let of_sample = VARIANCE_OF_ONE / sampled_keys.max(1.0);
        of_sample / (of_sample + self.ratios.variance_of_mean())
    }

    /// How much memory it uses, in bytes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let burst = self
            .burst
            .as_ref()
            .map_or(0, |burst| size_of::<Burst>() + burst.keys.bytes());
        burst + self.hits.bytes()
    }
}

impl Burst {
    /// Whether all keys that the largest capacity would hold are known, or as good as that.
    fn is_warm(&self) -> bool {
        self.keys.len() >= usize::from(DEPTH) || self.warm_up >= WARM_UP
    }

    /// The distance of a request, if its key is known; it is from now on.
    fn distance(&mut self, hash: u64) -> Option<u16> {
        if let Some(key) = self.keys.find(hash) {
            let distance = self.keys.distance(key);
            self.keys.touch(key);
            return Some(distance);
        }
        if self.keys.len() == KEYS {
            self.keys.forget_oldest(KEYS - usize::from(DEPTH));
        }
        self.keys.insert(hash, KEYS);
        None
    }
}

impl BurstRatios {
    fn add(&mut self, ratio: f64) {
        self.count += 1.0;
        self.sum += ratio;
        self.squares += ratio * ratio;
    }

    fn halve(&mut self) {
        self.count /= 2.0;
        self.sum /= 2.0;
        self.squares /= 2.0;
    }

    /// How far off their mean is likely to be, squared.
    fn variance_of_mean(&self) -> f64 {
        let mean = self.sum / self.count;
        let variance = (self.squares / self.count - mean * mean).max(0.0);
        variance / (self.count - 1.0).max(1.0)
    }
}
