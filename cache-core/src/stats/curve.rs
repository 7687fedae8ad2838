//! What a site would hit with another capacity or another ttl: its miss-ratio curve, from a sample of its keys.
//!
//! The model is **LRU with an end of life**: the capacity holds the keys that were asked for last, an entry lives for the ttl from its
//! load and a hit does not prolong it, and an entry that has ended keeps its place until it is evicted or loaded again. A request
//! hits a cache of `C` entries if fewer than `C` other keys were asked for since the last request of its key. This number is its
//! **reuse distance**, so one histogram of distances holds the hit ratios of all capacities at once.
//!
//! - **The sample** is that of fixed-size SHARDS (Waldspurger et al., "Efficient MRC Construction with SHARDS", FAST 2015). A key is
//!   sampled if its hash is below a threshold. Distances and counts in the sample, divided by the part of the keys that it
//!   holds, estimate those of all. The threshold falls when there are too many keys, down to where the sample spans the largest
//!   capacity that is asked about. From there on the keys that lie deeper are forgotten, and nothing that was once asked for makes
//!   the sample poorer for ever.
//! - **The misses** are what is scaled up, not the hits (SHARDS-adj). Whether the hottest keys are in the sample decides how many
//!   requests it has, but not how many misses, as these keys hardly miss. See [`read`] for what the requests that the sample lacks
//!   are taken for.
//! - **Small capacities** see only few of the sampled keys. For them all requests are looked at now and then, see [`burst`].
//! - **Ttls** cost a stamp a key and candidate: when the entry would have been loaded. See [`ttl`]. Loads depend on the capacity
//!   too. What is kept is the load with the largest one, and how far the last request reached: capacities below that loaded there.
//! - **The old fades.** All counts halve after so many requests of the sample, and each day.

mod burst;
mod histogram;
mod keys;
mod order;
mod read;
mod ttl;

#[cfg(test)]
mod tests;

use burst::NearSample;
use histogram::{Histogram, RequestSum, bucket};
use keys::SampledKeys;
pub(crate) use read::Curve;
use ttl::CandidateTtls;

/// The most keys in a sample: 7/8 of a power of two, which is what a hash table of that size holds.
const MOST_KEYS: usize = 7 << 9;

/// How many keys go at once when there are too many.
const CUT: usize = MOST_KEYS / 8;

/// After how many requests of the sample the counts halve.
const FADES_AFTER: u32 = 1 << 20;

/// After how many nanoseconds they halve at the latest.
const FADES_WITHIN: u64 = 24 * 60 * 60 * 1_000_000_000;

/// The bucket of a request that no capacity in question would have answered.
const BEYOND: u16 = u16::MAX;

/// Watches the requests of one site.
#[derive(Debug)]
pub(crate) struct CurveSampler {
    ttls: CandidateTtls,
    /// The largest capacity in question.
    most_entries: u64,
    /// Keys with a hash below this are sampled.
    threshold: u64,
    /// How many keys there are for each one that is sampled.
    scale: f64,
    keys: SampledKeys,
    /// The hits by distance: with each ttl, then without one.
    hits: Histogram,
    /// All requests.
    all: SampleTotal,
    near: NearSample,
    /// How many requests the site had that have faded away.
    faded: u64,
    /// When the counts last halved.
    faded_at: Option<u64>,
    /// Where between two sampled keys a distance is taken to end.
    dither: u32,
}

/// What all requests of the sample add up to.
#[derive(Clone, Copy, Debug, Default)]
struct SampleTotal {
    /// How many there were.
    sampled: u32,
    /// For how many requests of the site they stand.
    requests: f64,
    /// The same, each request times the number of requests that its key has had by then.
    popularity: f64,
}

impl CurveSampler {
    /// Nothing seen yet. The curve will have these ttls, in nanoseconds and up to [`ttl::MOST`] of them, and capacities up to
    /// `most_entries`. The smaller this is, the better is the curve: a few times the present capacity is a good choice.
    pub(crate) const fn new(ttls: &[u64], most_entries: u64) -> Self {
        let ttls = CandidateTtls::new(ttls);
        Self {
            most_entries,
            threshold: u64::MAX,
            scale: 1.0,
            keys: SampledKeys::new(ttls.len()),
            hits: Histogram::new(ttls.len() + 1),
            all: SampleTotal {
                sampled: 0,
                requests: 0.0,
                popularity: 0.0,
            },
            near: NearSample::new(),
            faded: 0,
            faded_at: None,
            dither: 0,
            ttls,
        }
    }

    /// Requests of keys with a hash below this are to be given to [`see`](Self::see). Each call of that may change it.
    pub(crate) fn threshold(&self) -> u64 {
        if self.near.is_looking() {
            u64::MAX
        } else {
            self.threshold
        }
    }

    /// A request of the key with this hash, at this time in nanoseconds. It is `lost` if its entry had been invalidated: no capacity
    /// and no ttl would have made it hit. Asks for the number of all `requests` of the site so far only when counts halve.
    pub(crate) fn see(&mut self, hash: u64, now: u64, lost: bool, requests: impl FnOnce() -> u64) {
        self.near.see(hash, lost);
        if hash >= self.threshold {
            return;
        }
        if self.is_time_to_fade(now) {
            self.fade(now, requests());
        }
        let (key, bucket) = if let Some(key) = self.keys.find(hash) {
            let distance = self.keys.distance(key);
            self.keys.touch(key);
            (key, self.bucket(distance))
        } else {
            self.make_room();
            if hash >= self.threshold {
                return;
            }
            (self.keys.insert(hash, MOST_KEYS), BEYOND)
        };
        self.count(key, now, if lost { BEYOND } else { bucket });
        if self.scale > burst::FROM_SCALE {
            self.near.wait(self.scale);
        }
    }

    /// The hit ratios by capacity and ttl, where the site had so many requests so far.
    pub(crate) fn curve(&self, requests: u64) -> Curve {
        Curve::of(self, requests.saturating_sub(self.faded))
    }

    /// The bucket of a distance in sampled keys.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a distance is not negative, and a part of a key is none"
    )]
    fn bucket(&mut self, sampled: u16) -> u16 {
        // Among all keys it ends anywhere before the next sampled one. Steps of the golden ratio spread that evenly.
        self.dither = self.dither.wrapping_add(0x9E37_79B9);
        let between = f64::from(self.dither) / (f64::from(u32::MAX) + 1.0);
        let distance = ((f64::from(sampled) + between) * self.scale) as u64;
        if distance < self.most_entries {
            bucket(distance)
        } else {
            BEYOND
        }
    }

    /// Counts a request of a sampled key.
    fn count(&mut self, key: u16, now: u64, bucket: u16) {
        let (key, loads) = self.keys.get(key);
        key.requests += 1;
        let popularity = self.scale * f64::from(key.requests);
        self.all.sampled += 1;
        self.all.requests += self.scale;
        self.all.popularity += popularity;

        let request = RequestSum::new(self.scale, popularity);
        let without_ttl = loads.len();
        if bucket < BEYOND {
            self.hits.add(bucket, without_ttl, request);
        }
        for (line, (ttl, load)) in self.ttls.as_slice().iter().zip(loads).enumerate() {
            if bucket < BEYOND && ttl.lives(*load, key.last, now) {
                self.hits.add(bucket, line, request);
                continue;
            }
            if bucket < key.bucket && ttl.is_above(key.last, now) {
                // Capacities that reach this request but not the last one loaded there.
                self.hits.add(bucket, line, request);
                if key.bucket < BEYOND {
                    self.hits.subtract(key.bucket, line, request);
                }
            }
            *load = ttl.stamp(now);
        }
        key.last = now;
        key.bucket = bucket;
    }

    /// Makes room for another key, if there is none. That may lower the threshold.
    fn make_room(&mut self) {
        if self.keys.len() < MOST_KEYS {
            return;
        }
        let kept = MOST_KEYS - CUT;
        let threshold = self.keys.hash_at(kept).max(self.lowest_threshold());
        if threshold < self.threshold {
            self.threshold = threshold;
            self.scale = scale(threshold);
            self.keys.keep_below(threshold);
        }
        let too_many = self.keys.len().saturating_sub(kept);
        self.keys.forget_oldest(too_many);
    }

    /// Where the sample spans the largest capacity, even after a cut.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "what is too much is capped, and a rough threshold will do"
    )]
    fn lowest_threshold(&self) -> u64 {
        ((MOST_KEYS - CUT) as f64 / self.most_entries as f64 * HASHES) as u64
    }

    fn is_time_to_fade(&mut self, now: u64) -> bool {
        let since = *self.faded_at.get_or_insert(now);
        self.all.sampled >= FADES_AFTER || now.saturating_sub(since) >= FADES_WITHIN
    }

    /// Has everything so far count for half.
    fn fade(&mut self, now: u64, requests: u64) {
        self.faded += requests.saturating_sub(self.faded) / 2;
        self.faded_at = Some(now);
        self.all.sampled /= 2;
        self.all.requests /= 2.0;
        self.all.popularity /= 2.0;
        self.hits.halve();
        self.near.halve();
        self.keys.halve();
    }
}

/// How many hashes there are.
const HASHES: f64 = 18_446_744_073_709_551_616.0;

/// How many keys there are for each one with a hash below the threshold.
#[expect(
    clippy::cast_precision_loss,
    reason = "a hash is random in its last bits"
)]
fn scale(threshold: u64) -> f64 {
    HASHES / threshold.max(1) as f64
}
