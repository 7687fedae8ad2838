//! What refreshes cost those who are served meanwhile: the slow hits of a function whose values are loaded anew behind its callers
//! all the time, against those of the same function while nothing is due.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cache_core::cached;

use crate::contest::{Contender, Contest};

const KEYS: u64 = 256;
/// So many that a thousandth of them is a thousand.
const HITS: usize = 1_000_000;

/// A load that takes its time, as one that waits for a database does.
fn load(n: u64) -> u64 {
    std::thread::sleep(Duration::from_micros(200));
    n
}

#[cached(ttl = "1h", refresh_ahead = 0.5)]
fn quiet(n: u64) -> u64 {
    load(n)
}

/// Each key is due once a second.
#[cached(ttl = "2s", refresh_ahead = 0.5)]
fn each_second(n: u64) -> u64 {
    load(n)
}

/// Each key is due ten times a second.
#[cached(ttl = "200ms", refresh_ahead = 0.5)]
fn ten_each_second(n: u64) -> u64 {
    load(n)
}

pub(crate) fn contest() -> Contest {
    let contender = |name, call| Contender {
        name,
        sample: Box::new(move || slow_hits(call)),
    };
    Contest {
        title: "slow hits during refreshes".to_owned(),
        rounds: 31,
        units: &["ns at 99 %", "ns at 99.9 %"],
        baselines: &["nothing due"],
        contenders: vec![
            contender("nothing due", quiet),
            contender("256 refreshes a second", each_second),
            contender("2,560 refreshes a second", ten_each_second),
        ],
    }
}

/// What the slowest hundredth and the slowest thousandth of the hits take at least.
fn slow_hits(call: fn(u64) -> u64) -> Vec<f64> {
    for n in 0..KEYS {
        black_box(call(n));
    }
    let mut times: Vec<u64> = Vec::with_capacity(HITS);
    for n in (0..KEYS).cycle().take(HITS) {
        let begun = Instant::now();
        black_box(call(black_box(n)));
        times.push(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    times.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a hit")]
    let at = |part: usize| times[HITS - HITS / part] as f64;
    vec![at(100), at(1_000)]
}
