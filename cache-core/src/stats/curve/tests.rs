use super::*;

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        hash(self.0)
    }

    /// From 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a random number")]
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The end of splitmix64.
fn hash(mut key: u64) -> u64 {
    key = (key ^ key >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    key = (key ^ key >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    key ^ key >> 31
}

/// A request each microsecond.
const RHYTHM: u64 = 1_000;

/// Requests of keys, the first of which are the most popular.
fn zipf(keys: u32, skew: f64, requests: usize, seed: u64) -> Vec<u64> {
    let mut sum = 0.0;
    let add = |rank: u32| {
        sum += f64::from(rank).powf(-skew);
        sum
    };
    let sums: Vec<f64> = (1..=keys).map(add).collect();
    let mut random = Random(seed);
    let mut draw = || {
        let at = random.unit() * sum;
        sums.partition_point(|&sum| sum < at) as u64
    };
    (0..requests).map(|_| draw()).collect()
}

/// What a cache with such a capacity and ttl hits of these requests.
#[expect(clippy::cast_precision_loss, reason = "small")]
fn replayed(requests: &[u64], entries: usize, ttl: Option<u64>) -> f64 {
    let mut cache = lru::Lru::new(entries);
    let times = (0..).step_by(usize::try_from(RHYTHM).expect("small"));
    let hits = requests
        .iter()
        .zip(times)
        .filter(|&(&key, now)| cache.hits(key, now, ttl))
        .count();
    hits as f64 / requests.len() as f64
}

/// The simplest cache there is.
mod lru {
    use std::collections::{BTreeMap, HashMap};

    pub(super) struct Lru {
        entries: usize,
        /// When each key was last asked for, and loaded.
        keys: HashMap<u64, (u64, u64)>,
        /// The keys by the first of these.
        order: BTreeMap<u64, u64>,
    }

    impl Lru {
        pub(super) fn new(entries: usize) -> Self {
            Self {
                entries,
                keys: HashMap::new(),
                order: BTreeMap::new(),
            }
        }

        pub(super) fn hits(&mut self, key: u64, now: u64, ttl: Option<u64>) -> bool {
            let found = self.keys.get(&key).copied();
            let loaded = found.filter(|found| ttl.is_none_or(|ttl| now - found.1 < ttl));
            if let Some((last, _)) = found {
                self.order.remove(&last);
            } else if self.keys.len() == self.entries {
                let (_, oldest) = self.order.pop_first().expect("full");
                self.keys.remove(&oldest);
            }
            self.order.insert(now, key);
            self.keys
                .insert(key, (now, loaded.map_or(now, |found| found.1)));
            loaded.is_some()
        }
    }
}

/// A sampler that has seen these requests, with the number of all.
fn watch(requests: &[u64], ttls: &[u64], most_entries: u64) -> (CurveSampler, u64) {
    let mut sampler = CurveSampler::new(ttls, most_entries);
    let mut all = 0;
    for &key in requests {
        if hash(key) < sampler.threshold() {
            sampler.see(hash(key), all * RHYTHM, false, || all);
        }
        all += 1;
    }
    (sampler, all)
}

/// Asserts that the curve is as near to the replay as that.
fn assert_near(requests: &[u64], ttls: &[u64], entries: &[usize], most_off: f64) {
    let most = *entries.iter().max().expect("some");
    let (sampler, all) = watch(requests, ttls, 2 * most as u64);
    let curve = sampler.curve(all);
    for &entries in entries {
        for ttl in ttls.iter().copied().map(Some).chain([None]) {
            let found = curve.hit_ratio(entries as u64, ttl).expect("a candidate");
            let expected = replayed(requests, entries, ttl);
            assert!(
                (found - expected).abs() <= most_off,
                "{entries} entries, {ttl:?}: {found}, not {expected}"
            );
        }
    }
}

#[test]
fn nothing_is_allocated_before_the_first_request() {
    let sampler = CurveSampler::new(&[1, 2, 3], 1_000);
    assert_eq!(sampler.bytes(), 0);
    assert_eq!(
        (sampler.threshold(), sampler.curve(0).sampled()),
        (u64::MAX, 0)
    );
    assert!(
        sampler
            .curve(0)
            .lines()
            .iter()
            .all(|line| line.hit_ratio(100) < 1e-9)
    );
}

#[test]
fn few_keys_give_the_exact_curve() {
    let requests = zipf(2_000, 0.9, 40_000, 1);
    assert_near(&requests, &[], &[1, 2, 16, 64, 512, 1_024, 2_000], 1e-6);
}

#[test]
fn many_keys_give_the_curve_to_a_percentage_point() {
    let requests = zipf(30_000, 0.9, 200_000, 2);
    assert_near(&requests, &[], &[300, 3_000, 12_000], 0.01);
}

#[test]
fn ttls_of_entries_that_stay_are_exact_but_for_what_a_stamp_leaves_out() {
    let requests = zipf(2_000, 0.9, 40_000, 3);
    let ttls = [500, 2_000, 8_000, 32_000].map(|requests| requests * RHYTHM);
    assert_near(&requests, &ttls, &[2_000], 0.001);
}

#[test]
fn ttls_of_entries_that_are_evicted_are_good_to_a_percentage_point() {
    let requests = zipf(3_000, 0.8, 50_000, 4);
    let ttls = [1_000, 4_000, 16_000].map(|requests| requests * RHYTHM);
    assert_near(&requests, &ttls, &[100, 1_000, 2_000], 0.01);
}

#[test]
fn ttls_of_a_sample_are_good_to_two_percentage_points() {
    let requests = zipf(30_000, 0.9, 150_000, 5);
    let ttls = [5_000, 40_000].map(|requests| requests * RHYTHM);
    assert_near(&requests, &ttls, &[500, 8_000], 0.02);
}

#[test]
fn a_loop_larger_than_the_capacity_never_hits() {
    for keys in [120, 12_000] {
        let requests: Vec<u64> = (0..10 * keys).map(|at| at % keys).collect();
        let (sampler, all) = watch(&requests, &[], 2 * keys);
        let curve = sampler.curve(all);
        let ratio = |entries| curve.hit_ratio(entries, None).expect("a candidate");
        assert!(
            ratio(keys * 10 / 12) < 0.01,
            "{keys}: {}",
            ratio(keys * 10 / 12)
        );
        assert!(
            (ratio(keys * 12 / 10) - 0.9).abs() < 0.01,
            "{keys}: {}",
            ratio(keys * 12 / 10)
        );
    }
}

#[test]
fn a_ttl_that_the_requests_of_a_key_outlast_never_hits() {
    let ttls = [99, 101, 199, 201].map(|requests| requests * RHYTHM);
    let requests: Vec<u64> = (0..10_000).map(|at| at % 100).collect();
    let (sampler, all) = watch(&requests, &ttls, 100);
    let ratios = ttls.map(|ttl| {
        sampler
            .curve(all)
            .hit_ratio(100, Some(ttl))
            .expect("a candidate")
    });
    assert!(ratios[0] < 1e-6, "{ratios:?}");
    assert!(
        (ratios[1] - 0.5).abs() < 0.01 && (ratios[2] - 0.5).abs() < 0.01,
        "{ratios:?}"
    );
    assert!(
        (ratios[3] - 0.66).abs() < 0.01,
        "hits do not prolong a life: {ratios:?}"
    );
}

#[test]
fn a_request_that_was_lost_misses_with_every_capacity_and_ttl() {
    let mut sampler = CurveSampler::new(&[u64::MAX], 100);
    for at in 0..1_000 {
        sampler.see(7, at, at % 4 == 0, || at);
    }
    for line in sampler.curve(1_000).lines() {
        assert!((line.hit_ratio(100) - 0.75).abs() < 1e-6, "{line:?}");
    }
}

#[test]
fn requests_that_never_come_again_leave_the_sample_large_enough() {
    let mut random = Random(6);
    let popular = zipf(2_000, 0.7, 100_000, 7);
    let requests: Vec<u64> = popular
        .iter()
        .map(|&key| {
            if random.unit() < 0.5 {
                key
            } else {
                random.next()
            }
        })
        .collect();
    let (sampler, all) = watch(&requests, &[], 10_000);
    assert!(sampler.threshold > u64::MAX / 4, "{}", sampler.threshold);
    for entries in [500, 8_000] {
        let found = sampler
            .curve(all)
            .hit_ratio(entries, None)
            .expect("a candidate");
        let expected = replayed(&requests, usize::try_from(entries).expect("small"), None);
        assert!(
            (found - expected).abs() < 0.02,
            "{entries}: {found}, not {expected}"
        );
    }
}

#[test]
fn what_a_site_did_days_ago_fades() {
    let mut sampler = CurveSampler::new(&[], 1_000);
    let mut all = 0;
    let mut see = |sampler: &mut CurveSampler, hash, day: u64| {
        all += 1;
        sampler.see(hash, day * FADES_WITHIN, false, || all);
    };
    let mut random = Random(8);
    (0..2_000).for_each(|_| see(&mut sampler, random.next(), 0));
    for day in 1..8 {
        (0..2_000).for_each(|_| see(&mut sampler, 7, day));
    }
    let ratio = sampler
        .curve(all)
        .hit_ratio(1_000, None)
        .expect("a candidate");
    assert!(ratio > 0.99, "{ratio}");
    assert!(sampler.curve(all).sampled() < 5_000);
}

#[test]
fn the_counts_halve_once_there_are_many() {
    let mut sampler = CurveSampler::new(&[], 1_000);
    sampler.all.sampled = FADES_AFTER - 1;
    (0..100).for_each(|at| sampler.see(7, 0, false, || at));
    assert!(sampler.curve(100).sampled() < FADES_AFTER / 2 + 100);
}

#[test]
fn memory_is_bounded() {
    let ttls: Vec<u64> = (1..=8).collect();
    let requests: Vec<u64> = (0..100_000).collect();
    let (sampler, _) = watch(&requests, &ttls, 1 << 20);
    assert!(sampler.keys.len() <= MOST_KEYS);
    // With a burst, which takes about a third of it, and returns that.
    assert!(sampler.bytes() < 280 << 10, "{}", sampler.bytes());
}

#[test]
fn all_keys_are_wanted_in_bursts_and_few_at_other_times() {
    let requests = zipf(100_000, 0.8, 100_000, 9);
    let mut sampler = CurveSampler::new(&[], 50_000);
    let (mut bursts, mut others) = (0_u32, 0_u32);
    for &key in &requests {
        match sampler.threshold() {
            u64::MAX => bursts += 1,
            threshold => {
                others += 1;
                assert_eq!(threshold, sampler.threshold);
            }
        }
        sampler.see(hash(key), 0, false, || 0);
    }
    assert!(bursts > 10_000 && others > 50_000, "{bursts} and {others}");
    let rate = 1.0 / sampler.scale;
    assert!((0.05..0.3).contains(&rate), "{rate}");
}

impl CurveSampler {
    /// How much memory it uses beside itself, in bytes.
    fn bytes(&self) -> usize {
        self.keys.bytes() + self.hits.bytes() + self.near.bytes()
    }
}
