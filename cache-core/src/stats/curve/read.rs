//! Reading the curve.
//!
//! The sample stands for `W` requests of the site, and `M` of them miss. The site had `N`. What lies between `W` and `N` is the luck
//! of which keys were sampled: a hot key more or less is many requests more or less. If all keys are alike, these requests miss as the
//! others do, and the miss ratio is `M / W`. If they are those of hot keys, they hit, and it is `M / N`. So they are counted as misses
//! in the part `p` in which requests of popular keys miss: the miss ratio is `(M + p (N - W)) / N`. For `p` each request in the
//! sample is weighed with the requests that its key has had, and the result is squared, because a sample that lacks the hottest keys
//! takes the others for them.
//!
//! Bursts correct small capacities. How far off the largest of these was also corrects the larger ones, the less the larger they
//! are: the same keys are behind both errors.

use super::burst::NearSample;
use super::histogram::{Histogram, RequestSum, bucket, start};
use super::{CurveSampler, SampleTotal};

/// The hit ratios of a site by capacity and ttl.
#[derive(Debug)]
pub(crate) struct Curve {
    lines: Vec<CurveLine>,
    sampled: u32,
}

/// The hit ratios with one ttl by capacity.
#[derive(Debug)]
pub(crate) struct CurveLine {
    ttl: Option<u64>,
    /// The hit ratio of a capacity that is the least distance of each bucket; after the last one nothing is won.
    hit_ratios: Vec<f64>,
}

impl Curve {
    /// What the sampler knows after so many requests of the site, without those that have faded.
    pub(super) fn of(sampler: &CurveSampler, requests: u64) -> Self {
        let ttls = sampler.ttls.as_slice();
        let line = |line| with_missing(&sampler.hits, line, sampler.all, requests);
        let rough = line(ttls.len());
        let without_ttl = corrected(&rough, &sampler.near, sampler.scale);
        let with_ttl = ttls.iter().enumerate().map(|(at, ttl)| {
            let ratios = line(at).into_iter().zip(rough.iter().zip(&without_ttl));
            // A ttl takes the same part of the hits away.
            let ratios = ratios.map(|(ratio, (&before, &after))| {
                let part = ratio / before.max(f64::MIN_POSITIVE);
                part.min(1.0) * after
            });
            CurveLine::new(Some(ttl.nanos()), ratios.collect())
        });
        let mut lines: Vec<CurveLine> = with_ttl.collect();
        lines.push(CurveLine::new(None, without_ttl));
        Self {
            lines,
            sampled: sampler.all.sampled,
        }
    }

    /// The lines with each ttl, as they were given, then the one without a ttl.
    pub(crate) fn lines(&self) -> &[CurveLine] {
        &self.lines
    }

    /// The hit ratio with this capacity and this ttl, in nanoseconds, if it is one of the candidates.
    pub(crate) fn hit_ratio(&self, entries: u64, ttl: Option<u64>) -> Option<f64> {
        let line = self.lines.iter().find(|line| line.ttl == ttl)?;
        Some(line.hit_ratio(entries))
    }

    /// On how many requests the curve rests, without those that have faded. A few thousand make a good one.
    pub(crate) fn sampled(&self) -> u32 {
        self.sampled
    }
}

impl CurveLine {
    /// Ratios that never fall.
    fn new(ttl: Option<u64>, mut hit_ratios: Vec<f64>) -> Self {
        let mut most = 0.0_f64;
        for ratio in &mut hit_ratios {
            most = most.max(*ratio);
            *ratio = most;
        }
        Self { ttl, hit_ratios }
    }

    /// The ttl in nanoseconds.
    pub(crate) fn ttl(&self) -> Option<u64> {
        self.ttl
    }

    /// The hit ratio with this capacity. From the largest one in question on it stays the same.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a part of a bucket need not be exact"
    )]
    pub(crate) fn hit_ratio(&self, entries: u64) -> f64 {
        let at = usize::from(bucket(entries));
        let [from, to, ..] = self.hit_ratios[at.min(self.hit_ratios.len())..] else {
            return self.hit_ratios.last().copied().unwrap_or(0.0);
        };
        let part = (entries - start(at)) as f64 / (start(at + 1) - start(at)) as f64;
        from + (to - from) * part
    }
}

/// The hit ratios at the start of each bucket, with the requests that the sample lacks.
#[expect(clippy::cast_precision_loss, reason = "a ratio need not be exact")]
fn with_missing(hits: &Histogram, line: usize, all: SampleTotal, requests: u64) -> Vec<f64> {
    let requests = (requests as f64).max(1.0);
    let ratio = |hits: RequestSum| {
        let misses = all.requests - f64::from(hits.requests);
        let of_popular = 1.0 - f64::from(hits.popularity) / all.popularity.max(1.0);
        let missing = of_popular.clamp(0.0, 1.0).powi(2) * (requests - all.requests);
        (1.0 - (misses + missing) / requests).clamp(0.0, 1.0)
    };
    let mut ratios: Vec<f64> = hits.up_to(line, hits.len() + 1).map(ratio).collect();
    // No capacity, no hits, whatever is missing.
    ratios[0] = 0.0;
    ratios
}

/// What the sample says, with what bursts have told. There are `scale` keys for each one in the sample.
#[expect(
    clippy::cast_precision_loss,
    reason = "the larger, the less it matters"
)]
fn corrected(sampled: &[f64], near: &NearSample, scale: f64) -> Vec<f64> {
    let Some(told) = near.hit_ratios() else {
        return sampled.to_vec();
    };
    let at = |bucket: usize| {
        sampled
            .get(bucket)
            .or(sampled.last())
            .copied()
            .unwrap_or(0.0)
    };
    let off = |bucket: usize| {
        let within = bucket.min(told.len() - 1);
        let entries = start(within) as f64;
        // Beyond what was looked at, the larger the less.
        let less = entries.max(1.0) / start(bucket).max(1) as f64;
        (told[within] - at(within)) * near.weight(entries / scale) * less
    };
    let buckets = sampled.len().max(told.len());
    (0..buckets)
        .map(|bucket| (at(bucket) + off(bucket)).clamp(0.0, 1.0))
        .collect()
}
