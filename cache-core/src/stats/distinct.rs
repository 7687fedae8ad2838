//! How many different values there are, and which part of a key makes it a new key on nearly each request.
//!
//! A part such as a session id or a timestamp **shatters** a key: hardly a request meets what another one has stored. To find it, each
//! part is counted twice, over the requests that miss: how many values it has, and how many keys are left **without** it. A miss
//! whose key is new would have been a hit if another request had had the same key but for that part. So of the misses those go that
//! the part alone makes new. Misses of keys that were there before stay, as they have other reasons.
//!
//! Counts are those of `HyperLogLog` (Flajolet et al., 2007) with the estimator of Ertl ("New cardinality estimation algorithms for
//! `HyperLogLog` sketches", 2017), which needs neither a table against bias nor another method for small numbers.

use std::f64::consts::LN_2;

#[cfg(test)]
mod tests;

/// The most parts of a key that are looked at.
pub(crate) const MOST_PARTS: usize = 8;

/// The bits of a hash that choose a register.
const BITS: u32 = 10;

/// After how many misses a window ends.
const WINDOW: u32 = 1 << 16;

/// After how many nanoseconds it ends at the latest.
const LONGEST_WINDOW: u64 = 24 * 60 * 60 * 1_000_000_000;

/// How many misses say something.
const ENOUGH: u32 = 200;

/// A part with a value of its own for this part of the requests makes hits impossible, whatever the other parts are.
const NEARLY_ALL: f64 = 0.9;

/// The same for a key of one part: there is nothing else that it could be about.
const ALL: f64 = 0.95;

/// A part with so many values for each request is a culprit if the hits without it are [`MUCH`] more.
const MANY: f64 = 0.25;

/// How much more of the requests would hit.
const MUCH: f64 = 0.2;

/// How many different hashes were added, to about three percent, in a kilobyte.
#[derive(Clone, Debug)]
pub(crate) struct Sketch([u8; 1 << BITS]);

impl Sketch {
    pub(crate) const fn new() -> Self {
        Self([0; 1 << BITS])
    }

    /// Adds a value by its hash, all bits of which have to be good.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "ten bits, and at most 55 zeros"
    )]
    pub(crate) fn add(&mut self, hash: u64) {
        let register = &mut self.0[(hash >> (u64::BITS - BITS)) as usize];
        // The bit ends the zeros where the hash has no bits left.
        let zeros = (hash << BITS | 1 << (BITS - 1)).leading_zeros();
        *register = (*register).max(zeros as u8 + 1);
    }

    /// About how many different values were added.
    pub(crate) fn estimate(&self) -> f64 {
        let mut with = [0_u32; u64::BITS as usize];
        for &register in &self.0 {
            with[usize::from(register)] += 1;
        }
        let registers = f64::from(1_u32 << BITS);
        let later = with[1..].iter().rev();
        let sum = later.fold(0.0, |sum, &with| f64::midpoint(sum, f64::from(with)));
        let sum = sum + registers * sigma(f64::from(with[0]) / registers);
        registers * registers / (2.0 * LN_2 * sum)
    }
}

/// What registers without a value add, where this part of them has none: `x + Σ x^(2^k) 2^(k-1)` for `k` from 1.
fn sigma(part: f64) -> f64 {
    if part >= 1.0 {
        return f64::INFINITY;
    }
    let (mut power, mut times, mut sum) = (part, 1.0, part);
    loop {
        power *= power;
        let more = sum + power * times;
        if more <= sum {
            return sum;
        }
        sum = more;
        times += times;
    }
}

/// Watches the parts of the keys of one site, over the last requests that missed. Uses memory from the first of them on.
#[derive(Debug, Default)]
pub(crate) struct KeyParts {
    window: Option<Box<MissWindow>>,
    /// What the window before has told.
    before: Vec<PartReport>,
}

/// What a part of a key does to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PartReport {
    /// Which part it is, from 0.
    pub(crate) index: usize,
    /// Of how many requests the other numbers are.
    pub(crate) requests: u64,
    /// How many values it has had.
    pub(crate) values: u64,
    /// How many keys there would have been without it.
    pub(crate) without: u64,
    /// The part of the requests that hit.
    pub(crate) hit_ratio: f64,
    /// The part that would have hit without it.
    pub(crate) hit_ratio_without: f64,
    /// Whether it shatters the key.
    pub(crate) shatters: bool,
}

/// The misses since a moment.
#[derive(Debug)]
struct MissWindow {
    since: u64,
    /// How many requests the site had had before.
    requests_before: u64,
    misses: u32,
    keys: Sketch,
    parts: Vec<PartSketches>,
}

/// What is counted of a part.
#[derive(Clone, Debug)]
struct PartSketches {
    values: Sketch,
    /// The keys without it.
    without: Sketch,
}

impl KeyParts {
    /// A request that missed, at this time in nanoseconds, with the hashes of the parts of its key. Asks for the number of all
    /// `requests` of the site so far only when a window begins or ends.
    pub(crate) fn see(&mut self, parts: &[u64], now: u64, requests: impl FnOnce() -> u64) {
        if parts.is_empty() {
            return;
        }
        match &mut self.window {
            Some(window) if !window.has_ended(now) => window.see(parts),
            _ => self.begin(now, requests(), parts.len()).see(parts),
        }
    }

    /// Begins a window, and keeps what the last one has told.
    fn begin(&mut self, now: u64, requests: u64, parts: usize) -> &mut MissWindow {
        if let Some(ended) = self.window.take() {
            self.before = ended.report(requests);
        }
        // This request is part of the window.
        let window = MissWindow::new(now, requests.saturating_sub(1), parts);
        self.window.insert(Box::new(window))
    }

    /// What each part does to the key, where the site had so many requests so far. Tells of the window before as long as
    /// this one has seen little.
    pub(crate) fn report(&self, requests: u64) -> Vec<PartReport> {
        match &self.window {
            Some(window) if window.misses >= ENOUGH || self.before.is_empty() => {
                window.report(requests)
            }
            _ => self.before.clone(),
        }
    }
}

impl MissWindow {
    fn new(now: u64, requests_before: u64, parts: usize) -> Self {
        let part = PartSketches {
            values: Sketch::new(),
            without: Sketch::new(),
        };
        Self {
            since: now,
            requests_before,
            misses: 0,
            keys: Sketch::new(),
            parts: vec![part; parts.min(MOST_PARTS)],
        }
    }

    fn has_ended(&self, now: u64) -> bool {
        self.misses >= WINDOW || now.saturating_sub(self.since) >= LONGEST_WINDOW
    }

    fn see(&mut self, parts: &[u64]) {
        self.misses += 1;
        // A sum of hashes that depend on their places: each can be taken out again.
        let place = |(at, &part): (u64, &u64)| mix(mix(part).wrapping_add(at));
        let key = (0..).zip(parts).map(place).fold(0, u64::wrapping_add);
        self.keys.add(mix(key));
        for ((at, value), part) in (0..).zip(parts).zip(&mut self.parts) {
            part.values.add(mix(*value));
            part.without.add(mix(key.wrapping_sub(place((at, value)))));
        }
    }

    fn report(&self, requests: u64) -> Vec<PartReport> {
        let requests = requests
            .saturating_sub(self.requests_before)
            .max(self.misses.into());
        let parts = self.parts.iter().enumerate();
        parts
            .map(|(index, part)| self.report_of(index, part, requests))
            .collect()
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "estimates of counts"
    )]
    fn report_of(&self, index: usize, part: &PartSketches, requests: u64) -> PartReport {
        let (all, misses) = ((requests as f64).max(1.0), f64::from(self.misses));
        let keys = self.keys.estimate().min(misses);
        let values = part.values.estimate().min(keys);
        let without = part.without.estimate().min(keys);
        let (hit_ratio, saved) = (1.0 - misses / all, (keys - without) / all);
        let shatters = match self.parts.len() {
            1 => values >= ALL * all,
            _ => values >= NEARLY_ALL * all || values >= MANY * all && saved >= MUCH,
        };
        PartReport {
            index,
            requests,
            values: values.round() as u64,
            without: without.round() as u64,
            hit_ratio,
            hit_ratio_without: hit_ratio + saved,
            shatters: shatters && self.misses >= ENOUGH,
        }
    }
}

/// Spreads what tells values apart over all bits: the end of `MurmurHash3`.
fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ hash >> 33).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash = (hash ^ hash >> 33).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ hash >> 33
}
