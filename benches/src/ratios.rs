//! Which values are kept when not all can be: the part of the requests that hit, by shape of the requests.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::rc::Rc;

use cache_core::cached;

use crate::contest::{Contender, Contest};

const KEYS: u64 = 1_000_000;
const TENTH: u64 = KEYS / 10;
const HUNDREDTH: u64 = KEYS / 100;
/// The first third warms the caches up.
const REQUESTS: u64 = 9_000_000;

thread_local! {
    static LOADS: Cell<u64> = const { Cell::new(0) };
}

fn load(key: u64) -> u64 {
    LOADS.set(LOADS.get() + 1);
    key
}

#[cached(capacity = 100_000)]
fn tenth(key: u64) -> u64 {
    load(key)
}

#[cached(capacity = 10_000)]
fn hundredth(key: u64) -> u64 {
    load(key)
}

/// Asks for one key after the other; `get` loads what is missing.
fn hits(requests: &Requests, mut get: impl FnMut(u64) -> u64) -> Vec<f64> {
    let keys = requests.keys();
    let (warm, counted) = keys.split_at(keys.len() / 3);
    for key in warm {
        black_box(get(u64::from(*key)));
    }
    let before = LOADS.get();
    for key in counted {
        black_box(get(u64::from(*key)));
    }
    let loads = LOADS.get() - before;
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let missed = loads as f64 / counted.len() as f64;
    vec![1_000.0 * (1.0 - missed)]
}

fn ours(requests: &Requests) -> Vec<f64> {
    // An invalidation in this process alone cannot fail.
    if requests.capacity == TENTH {
        drop(tenth::clear());
        hits(requests, tenth)
    } else {
        drop(hundredth::clear());
        hits(requests, hundredth)
    }
}

fn quick_cache(requests: &Requests) -> Vec<f64> {
    let capacity = usize::try_from(requests.capacity).unwrap_or(usize::MAX);
    let cache = quick_cache::sync::Cache::<u64, u64>::new(capacity);
    hits(requests, |key| {
        cache.get(&key).unwrap_or_else(|| {
            let value = load(key);
            cache.insert(key, value);
            value
        })
    })
}

fn moka(requests: &Requests) -> Vec<f64> {
    let cache = moka::sync::Cache::<u64, u64>::new(requests.capacity);
    hits(requests, |key| {
        cache.get(&key).unwrap_or_else(|| {
            let value = load(key);
            cache.insert(key, value);
            value
        })
    })
}

/// A contest for each shape.
pub(crate) fn contests() -> Vec<Contest> {
    type Shape = fn(u64) -> Vec<u32>;
    let shapes: [(&str, u64, Shape); 10] = [
        ("Zipf(0.99)", TENTH, |_| zipf(0.99, |_, key| key)),
        ("Zipf(0.99), a hundredth kept", HUNDREDTH, |_| {
            zipf(0.99, |_, key| key)
        }),
        ("Zipf(0.8)", TENTH, |_| zipf(0.8, |_, key| key)),
        ("Zipf(0.8), a hundredth kept", HUNDREDTH, |_| {
            zipf(0.8, |_, key| key)
        }),
        ("Zipf(0.99) between scans", TENTH, |kept| {
            zipf(0.99, |at, key| match at / kept % 2 {
                0 => key,
                _ => KEYS + at,
            })
        }),
        ("a loop of 1.2 times what is kept", TENTH, |kept| {
            zipf(1.0, |at, _| at % (kept * 6 / 5))
        }),
        ("a loop of twice what is kept", TENTH, |kept| {
            zipf(1.0, |at, _| at % (kept * 2))
        }),
        ("hot keys that shift", TENTH, |kept| {
            zipf(0.99, |at, key| (key + at / (5 * kept) * (KEYS / 20)) % KEYS)
        }),
        ("frequency and recency by turns", TENTH, by_turns),
        ("a flood of keys asked for once", TENTH, |_| {
            zipf(0.99, |at, key| if at % 2 == 0 { key } else { KEYS + at })
        }),
    ];
    let contests = shapes.map(|(name, capacity, make)| {
        let requests = Rc::new(Requests {
            capacity,
            make,
            made: RefCell::default(),
        });
        let contender = |name, run: fn(&Requests) -> Vec<f64>| {
            let requests = Rc::clone(&requests);
            Contender {
                name,
                sample: Box::new(move || run(&requests)),
            }
        };
        Contest {
            title: format!("hit ratio of {name}"),
            rounds: 1,
            units: &["of 1,000 requests"],
            baselines: &["quick_cache", "moka"],
            contenders: vec![
                contender("cache-core", ours),
                contender("quick_cache", quick_cache),
                contender("moka", moka),
            ],
        }
    });
    contests.into()
}

/// The requests of a contest, made when it begins.
struct Requests {
    capacity: u64,
    make: fn(u64) -> Vec<u32>,
    made: RefCell<Rc<[u32]>>,
}

impl Requests {
    fn keys(&self) -> Rc<[u32]> {
        let mut made = self.made.borrow_mut();
        if made.is_empty() {
            *made = (self.make)(self.capacity).into();
        }
        Rc::clone(&made)
    }
}

/// Requests whose key may come of its number and of a key that is drawn by its rank: in proportion to the rank to the power of
/// minus `skew`.
fn zipf(skew: f64, mut key: impl FnMut(u64, u64) -> u64) -> Vec<u32> {
    let ranks = Ranks::new(skew);
    let mut dice = Dice(1);
    let requests = (0..REQUESTS).map(|at| {
        let drawn = ranks.draw(&mut dice);
        u32::try_from(key(at, drawn)).unwrap_or(u32::MAX)
    });
    requests.collect()
}

/// By turns keys that are asked for often, and keys that are asked for soon again and then never.
fn by_turns(kept: u64) -> Vec<u32> {
    let mut dice = Dice(2);
    zipf(0.99, |at, key| {
        if (at / (5 * kept)).is_multiple_of(2) {
            return key;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a part of what is kept"
        )]
        let back = (dice.part() * dice.part() * kept as f64 * 0.9) as u64;
        KEYS + at / 2 + kept - back
    })
}

/// The sums of the weights of all ranks up to each.
struct Ranks(Vec<f64>);

impl Ranks {
    fn new(skew: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "ranks are small")]
        let weights = (1..=KEYS).map(|rank| (rank as f64).powf(-skew));
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self(sums.collect())
    }

    fn draw(&self, dice: &mut Dice) -> u64 {
        let at = dice.part() * self.0.last().copied().unwrap_or_default();
        self.0.partition_point(|sum| *sum < at) as u64
    }
}

/// Splitmix64.
struct Dice(u64);

impl Dice {
    #[expect(clippy::cast_precision_loss, reason = "a part")]
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
