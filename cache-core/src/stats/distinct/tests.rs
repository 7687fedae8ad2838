use super::*;

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// From `low` to below `high`.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }

    /// From 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a random number")]
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of the same order of magnitude as often as of any other.
    fn magnitude(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.unit())
    }
}

/// What the values of a part are like.
enum Values {
    /// So popular, the first the most.
    Zipf(Vec<f64>),
    /// A new one on every request.
    Timestamp,
    /// A new one after so many requests, on average.
    Session(u64),
}

impl Values {
    fn zipf(values: u32, skew: f64) -> Self {
        let weights = (1..=values).map(|rank| f64::from(rank).powf(-skew));
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self::Zipf(sums.collect())
    }

    /// The value on the request with this number.
    fn draw(&self, request: u64, random: &mut Random) -> u64 {
        match self {
            Self::Zipf(sums) => {
                let at = random.unit() * sums.last().expect("some");
                sums.partition_point(|&sum| sum < at) as u64
            }
            Self::Timestamp => request,
            Self::Session(requests) => {
                random.next() % (request / requests + 1) + request / requests * 1_000_000
            }
        }
    }
}

/// Some values that other parts may have.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small"
)]
fn harmless(random: &mut Random) -> Values {
    let values = random.magnitude(1.0, 201.0) as u32;
    Values::zipf(values, 0.6 + random.unit())
}

/// Requests of a site with such parts against a cache that keeps everything; gives what was found.
fn watch(parts: &[Values], requests: u64, random: &mut Random) -> Vec<usize> {
    let mut watched = KeyParts::default();
    let mut cache = std::collections::HashSet::new();
    for request in 0..requests {
        let key: Vec<u64> = parts
            .iter()
            .map(|part| part.draw(request, random))
            .collect();
        if cache.insert(key.clone()) {
            watched.see(&key, request, || request + 1);
        }
    }
    let culprits = culprits(&watched, requests);
    culprits.iter().map(|part| part.index).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small"
)]
fn requests(random: &mut Random, most: f64) -> u64 {
    random.magnitude(1_000.0, most) as u64
}

/// In how many of so many sites the part was named that shatters the key, and only that.
#[expect(clippy::cast_possible_truncation, reason = "small")]
fn named_rightly(sites: u64, most_requests: f64) -> u64 {
    let is_right = |site: u64| {
        let random = &mut Random(site * 1_000_003);
        let requests = requests(random, most_requests);
        let mut parts: Vec<Values> = (0..site % 4).map(|_| harmless(random)).collect();
        let at = random.between(0, parts.len() as u64 + 1) as usize;
        let planted = match random.between(0, 3) {
            0 if !site.is_multiple_of(4) => {
                Values::zipf(requests as u32 * 4, 0.7 + random.unit() * 0.2)
            }
            1 if !site.is_multiple_of(4) => Values::Session(random.between(1, 3)),
            _ => Values::Timestamp,
        };
        parts.insert(at, planted);
        watch(&parts, requests, random) == [at]
    };
    (0..sites).filter(|&site| is_right(site)).count() as u64
}

/// In how many of so many healthy sites nothing was named.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small"
)]
fn left_alone(sites: u64, most_requests: f64) -> u64 {
    let is_right = |site: u64| {
        let random = &mut Random(site * 1_000_003);
        let requests = requests(random, most_requests);
        let mut parts: Vec<Values> = (0..site % 5).map(|_| harmless(random)).collect();
        match site % 5 {
            0 => parts.push(Values::zipf(
                random.magnitude(100.0, 20_000.0) as u32,
                random.unit(),
            )),
            1 => parts.push(Values::zipf((requests / 10) as u32, 0.5 + random.unit())),
            _ => {}
        }
        watch(&parts, requests, random).is_empty()
    };
    (0..sites).filter(|&site| is_right(site)).count() as u64
}

#[test]
fn an_estimate_is_off_by_a_few_percent_whether_there_are_few_values_or_many() {
    let mut random = Random(7);
    for (values, most) in [
        (1_u32, 0.01),
        (10, 0.05),
        (100, 0.1),
        (1_000, 0.1),
        (3_000, 0.12),
        (100_000, 0.12),
    ] {
        let mut mean = 0.0;
        for _ in 0..10 {
            let mut sketch = Sketch::new();
            for _ in 0..values {
                let hash = random.next();
                sketch.add(hash);
                sketch.add(hash);
            }
            let off = sketch.estimate() / f64::from(values) - 1.0;
            assert!(off.abs() < most, "{values}: {off}");
            mean += off / 10.0;
        }
        assert!(mean.abs() < 0.04, "{values}: {mean} on average");
    }
    assert!(Sketch::new().estimate().abs() < f64::EPSILON);
    assert!(size_of::<Sketch>() <= 1_024);
}

#[test]
fn the_part_that_shatters_a_key_is_named() {
    let right = named_rightly(100, 10_000.0);
    assert!(right >= 95, "{right} of 100");
}

#[test]
fn nothing_is_named_at_healthy_sites() {
    let right = left_alone(100, 10_000.0);
    assert!(right >= 95, "{right} of 100");
}

#[test]
fn two_parts_that_each_shatter_a_key_are_both_named() {
    let parts = [Values::Timestamp, Values::zipf(5, 1.0), Values::Timestamp];
    assert_eq!(watch(&parts, 2_000, &mut Random(1)), [0, 2]);
}

#[test]
fn entries_that_end_early_are_nobodys_fault() {
    let mut watched = KeyParts::default();
    let random = &mut Random(3);
    // All miss, as if the ttl were too short.
    (1..=4_000)
        .for_each(|request| watched.see(&[random.between(0, 300), request % 3], 0, || request));
    assert!(culprits(&watched, 4_000).is_empty());
    let report = watched.report(4_000);
    assert!(
        report[0].hit_ratio_without < 0.99,
        "the misses of known keys stay: {report:?}"
    );
}

#[test]
fn the_hit_ratio_without_a_part_is_that_of_the_keys_that_are_left() {
    let mut watched = KeyParts::default();
    (0..1_000).for_each(|request| watched.see(&[request % 10, request], 0, || request + 1));
    // As many hits.
    let report = watched.report(2_000);
    assert!((report[0].hit_ratio - 0.5).abs() < 1e-9);
    assert!(
        (report[0].hit_ratio_without - 0.5).abs() < 0.03,
        "{report:?}"
    );
    assert!(
        (report[1].hit_ratio_without - 0.995).abs() < 0.03,
        "{report:?}"
    );
    assert_eq!((report[0].values, report[1].without), (10, 10));
}

#[test]
fn parts_in_another_order_are_another_key() {
    let mut watched = KeyParts::default();
    (0..500).for_each(|at| watched.see(&[at % 20, at / 20, 0], 0, || 1));
    (0..500).for_each(|at| watched.see(&[at / 20, at % 20, 0], 0, || 1));
    let keys = watched.report(1_000)[2].without;
    // Those with two numbers below 20 are there both ways.
    assert!((560..=640).contains(&keys), "{keys}");
}

#[test]
fn what_shattered_the_key_before_the_last_deploy_is_forgotten() {
    let mut watched = KeyParts::default();
    (1..=1_000).for_each(|request| watched.see(&[request, 1], 0, || request));
    assert_eq!(culprits(&watched, 1_000).len(), 1);
    let tomorrow = LONGEST_WINDOW;
    watched.see(&[0, 1], tomorrow, || 1_001);
    assert_eq!(culprits(&watched, 1_001).len(), 1, "too early to tell");
    (0..300).for_each(|at| watched.see(&[at % 5, 1], tomorrow, || 1_002));
    assert!(culprits(&watched, 1_301).is_empty());
}

#[test]
fn few_misses_say_nothing_and_keys_without_parts_are_not_looked_at() {
    let mut watched = KeyParts::default();
    watched.see(&[], 0, || 1);
    assert!(watched.window.is_none() && watched.report(1).is_empty());
    (1..100).for_each(|request| watched.see(&[request, 1], 0, || request));
    assert!(culprits(&watched, 100).is_empty());
    assert_eq!(watched.report(100).len(), 2);
}

/// The parts that shatter the key.
fn culprits(parts: &KeyParts, requests: u64) -> Vec<PartReport> {
    let mut report = parts.report(requests);
    report.retain(|part| part.shatters);
    report
}
