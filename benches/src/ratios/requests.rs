//! The shapes of requests.

use std::cell::RefCell;
use std::rc::Rc;

/// How many keys there are, and how many requests.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    keys: u64,
    requests: u64,
}

impl Scale {
    pub(super) const FULL: Self = Self {
        keys: 1_000_000,
        requests: 3_000_000,
    };
    pub(super) const QUICK: Self = Self {
        keys: 100_000,
        requests: 900_000,
    };

    const fn tenth(self) -> u64 {
        self.keys / 10
    }

    const fn hundredth(self) -> u64 {
        self.keys / 100
    }
}

/// The requests of a contest, made when it begins.
pub(super) struct Requests {
    scale: Scale,
    kept: u64,
    make: fn(&Self) -> Vec<u32>,
    made: RefCell<Rc<[u32]>>,
}

impl Requests {
    fn new(scale: Scale, kept: u64, make: fn(&Self) -> Vec<u32>) -> Self {
        Self {
            scale,
            kept,
            make,
            made: RefCell::default(),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        usize::try_from(self.kept).unwrap_or(usize::MAX)
    }

    pub(super) fn keys(&self) -> Rc<[u32]> {
        let mut made = self.made.borrow_mut();
        if made.is_empty() {
            *made = (self.make)(self).into();
        }
        Rc::clone(&made)
    }

    /// Requests whose key may come of its number and of a key that is drawn by its rank: in proportion to the rank to the power of
    /// minus `skew`.
    fn zipf(&self, skew: f64, mut key: impl FnMut(u64, u64) -> u64) -> Vec<u32> {
        let ranks = Ranks::new(skew, self.scale.keys);
        let mut dice = Dice(1);
        let requests = (0..self.scale.requests).map(|at| {
            let drawn = ranks.draw(&mut dice);
            u32::try_from(key(at, drawn)).unwrap_or(u32::MAX)
        });
        requests.collect()
    }

    /// Requests of all that is in a row, again and again.
    fn looped(&self, length: u64) -> Vec<u32> {
        let requests = (0..self.scale.requests).map(|at| at % length);
        requests.filter_map(|key| u32::try_from(key).ok()).collect()
    }
}

/// Each shape with its name.
pub(super) fn shapes(scale: Scale) -> impl Iterator<Item = (&'static str, Requests)> {
    let (tenth, hundredth) = (scale.tenth(), scale.hundredth());
    let of_tenth = move |make| Requests::new(scale, tenth, make);
    let of_hundredth = move |make| Requests::new(scale, hundredth, make);
    [
        ("Zipf(0.99)", of_tenth(|it| it.zipf(0.99, |_, key| key))),
        (
            "Zipf(0.99), a hundredth kept",
            of_hundredth(|it| it.zipf(0.99, |_, key| key)),
        ),
        ("Zipf(0.8)", of_tenth(|it| it.zipf(0.8, |_, key| key))),
        (
            "Zipf(0.8), a hundredth kept",
            of_hundredth(|it| it.zipf(0.8, |_, key| key)),
        ),
        ("Zipf(0.99) between scans", of_tenth(between_scans)),
        (
            "a loop of 1.2 times what is kept",
            of_tenth(|it| it.looped(it.kept * 6 / 5)),
        ),
        (
            "a loop of twice what is kept",
            of_tenth(|it| it.looped(it.kept * 2)),
        ),
        ("hot keys that shift", of_tenth(shifting)),
        ("frequency and recency by turns", of_tenth(by_turns)),
        ("a flood of keys asked for once", of_tenth(flooded)),
    ]
    .into_iter()
}

fn between_scans(it: &Requests) -> Vec<u32> {
    let (keys, kept) = (it.scale.keys, it.kept);
    it.zipf(0.99, |at, key| match at / kept % 2 {
        0 => key,
        _ => keys + at,
    })
}

fn shifting(it: &Requests) -> Vec<u32> {
    let (keys, kept) = (it.scale.keys, it.kept);
    it.zipf(0.99, |at, key| (key + at / (5 * kept) * (keys / 20)) % keys)
}

fn flooded(it: &Requests) -> Vec<u32> {
    let keys = it.scale.keys;
    it.zipf(0.99, |at, key| if at % 2 == 0 { key } else { keys + at })
}

/// By turns keys that are asked for often, and keys that are asked for soon again and then never.
fn by_turns(it: &Requests) -> Vec<u32> {
    let (keys, kept) = (it.scale.keys, it.kept);
    let mut dice = Dice(2);
    it.zipf(0.99, |at, key| {
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
        keys + at / 2 + kept - back
    })
}

/// The sums of the weights of all ranks up to each.
pub(crate) struct Ranks(Vec<f64>);

impl Ranks {
    pub(crate) fn new(skew: f64, keys: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "ranks are small")]
        let weights = (1..=keys).map(|rank| (rank as f64).powf(-skew));
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self(sums.collect())
    }

    pub(crate) fn draw(&self, dice: &mut Dice) -> u64 {
        let at = dice.part() * self.0.last().copied().unwrap_or_default();
        self.0.partition_point(|sum| *sum < at) as u64
    }
}

/// Splitmix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// The next number from 0 to 1, without 1.
    #[expect(clippy::cast_precision_loss, reason = "a part")]
    pub(crate) fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(name: &str) -> Vec<u32> {
        let scale = Scale {
            keys: 1_000,
            requests: 9_000,
        };
        let found = shapes(scale).find(|(shape, _)| *shape == name);
        found.map_or_else(Vec::new, |(_, requests)| requests.keys().to_vec())
    }

    #[test]
    fn the_first_rank_is_asked_for_most_often() {
        let keys = keys("Zipf(0.99)");
        assert_eq!(keys.len(), 9_000);
        let count = |wanted: u32| keys.iter().filter(|key| **key == wanted).count();
        assert!(count(0) > 3 * count(9), "{} and {}", count(0), count(9));
    }

    #[test]
    fn a_loop_asks_for_each_key_again_only_after_all_others() {
        let keys = keys("a loop of 1.2 times what is kept");
        assert_eq!((keys[0], keys[119], keys[120]), (0, 119, 0));
    }

    #[test]
    fn of_a_flood_every_second_key_is_new() {
        let keys = keys("a flood of keys asked for once");
        let mut flood: Vec<u32> = keys.iter().copied().skip(1).step_by(2).collect();
        flood.sort_unstable();
        flood.dedup();
        assert_eq!(flood.len(), 4_500);
    }
}
