//! How many requests had which reuse distance.

/// The bits of a distance below its highest one that a bucket tells apart.
const BITS: u32 = 4;

/// How many buckets there are for each doubling of the distance.
const PER_DOUBLING: u64 = 1 << BITS;

/// Sums of requests by distance, in several lines. The first sixteen distances have a bucket each; the others share buckets that are
/// a sixteenth of their distance wide, or less.
#[derive(Debug)]
pub(super) struct Histogram {
    lines: usize,
    /// The lines of the first bucket, then those of the next.
    sums: Vec<RequestSum>,
}

/// What a number of requests add up to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RequestSum {
    /// The requests.
    pub(super) requests: f32,
    /// The requests, each times the number of requests that its key has had by then.
    pub(super) popularity: f32,
}

impl RequestSum {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "counts are halved before they are too large to add to"
    )]
    pub(super) const fn new(requests: f64, popularity: f64) -> Self {
        Self {
            requests: requests as f32,
            popularity: popularity as f32,
        }
    }

    fn add(&mut self, more: Self) {
        self.requests += more.requests;
        self.popularity += more.popularity;
    }

    fn scale(&mut self, by: f32) {
        self.requests *= by;
        self.popularity *= by;
    }
}

impl Histogram {
    pub(super) const fn new(lines: usize) -> Self {
        Self {
            lines,
            sums: Vec::new(),
        }
    }

    /// Counts a request.
    pub(super) fn add(&mut self, bucket: u16, line: usize, request: RequestSum) {
        let at = usize::from(bucket) * self.lines;
        if at >= self.sums.len() {
            self.sums.resize(at + self.lines, RequestSum::default());
        }
        self.sums[at + line].add(request);
    }

    /// Takes a request out of a bucket again.
    pub(super) fn subtract(&mut self, bucket: u16, line: usize, mut request: RequestSum) {
        request.scale(-1.0);
        self.add(bucket, line, request);
    }

    /// Makes everything count for half.
    pub(super) fn halve(&mut self) {
        self.sums.iter_mut().for_each(|sum| sum.scale(0.5));
    }

    /// How many buckets are in use.
    pub(super) fn len(&self) -> usize {
        self.sums.len() / self.lines
    }

    /// What a line adds up to before each of the first buckets.
    pub(super) fn up_to(&self, line: usize, buckets: usize) -> impl Iterator<Item = RequestSum> {
        let mut all = RequestSum::default();
        (0..buckets).map(move |bucket| {
            let before = all;
            all.add(
                self.sums
                    .get(bucket * self.lines + line)
                    .copied()
                    .unwrap_or_default(),
            );
            before
        })
    }

    /// How much memory it uses, in bytes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.sums.capacity() * size_of::<RequestSum>()
    }
}

/// The bucket of a distance.
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are less than 1,000 buckets"
)]
pub(super) const fn bucket(distance: u64) -> u16 {
    let Some(doublings) = (distance | 1).ilog2().checked_sub(BITS) else {
        return distance as u16;
    };
    let within = (distance >> doublings) - PER_DOUBLING;
    ((doublings as u64 + 1) * PER_DOUBLING + within) as u16
}

/// The least distance in a bucket.
pub(super) const fn start(bucket: usize) -> u64 {
    let (doublings, within) = (bucket as u64 / PER_DOUBLING, bucket as u64 % PER_DOUBLING);
    match doublings.checked_sub(1) {
        None => within,
        Some(doublings) => (PER_DOUBLING + within) << doublings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_distance_is_in_the_bucket_that_starts_last_before_it() {
        for distance in (0..5_000).chain([1 << 20, (1 << 20) - 1, 1 << 40, u64::MAX >> 1]) {
            let found = usize::from(bucket(distance));
            assert!(
                start(found) <= distance && distance < start(found + 1),
                "{distance}"
            );
        }
        assert!((0..900).all(|at| usize::from(bucket(start(at))) == at));
    }

    #[test]
    fn lines_add_up_on_their_own() {
        let mut histogram = Histogram::new(2);
        histogram.add(3, 0, RequestSum::new(1.0, 5.0));
        histogram.add(1, 1, RequestSum::new(2.0, 2.0));
        histogram.subtract(3, 1, RequestSum::new(2.0, 2.0));
        histogram.halve();
        let requests =
            |line| -> Vec<f32> { histogram.up_to(line, 5).map(|sum| sum.requests).collect() };
        assert_eq!(requests(0), [0.0, 0.0, 0.0, 0.0, 0.5]);
        assert_eq!(requests(1), [0.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(histogram.len(), 4);
    }
}
