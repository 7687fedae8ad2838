//! The loads of what is missing, counted, and with costs: the time of a load is real, because a cache may measure it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::requests::{Dice, Requests};

/// What most loads take, about; long against a reading of the clock.
const MEDIAN: f64 = 1e-6;
/// The spread of the logarithms of the costs: one load of a hundred takes more than a hundred times as long as the shortest of a
/// hundred.
const SPREAD: f64 = 0.99;

thread_local! {
    static LOADS: Cell<u64> = const { Cell::new(0) };
    static SPENT: Cell<f64> = const { Cell::new(0.0) };
    static SPREADS: Cell<bool> = const { Cell::new(false) };
}

/// Loads a value.
pub(super) fn load(key: u64) -> u64 {
    LOADS.set(LOADS.get() + 1);
    if SPREADS.get() {
        let seconds = cost(key);
        SPENT.set(SPENT.get() + seconds);
        let (begun, time) = (Instant::now(), Duration::from_secs_f64(seconds));
        while begun.elapsed() < time {
            std::hint::spin_loop();
        }
    }
    key
}

/// The seconds that a load of this key takes: lognormal over the keys.
fn cost(key: u64) -> f64 {
    let mut dice = Dice(key.wrapping_mul(0xd134_2543_de82_ef95));
    let (radius, angle) = (1.0 - dice.part(), dice.part());
    let normal = (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos();
    MEDIAN * (SPREAD * normal).exp()
}

/// Parts of one.
pub(super) struct Saved {
    pub(super) hits: f64,
    pub(super) saved: f64,
}

/// Plays the requests; the first third warms the cache up and is not counted. `play` calls its second argument after each request.
pub(super) fn counted(
    requests: &Requests,
    spreads: bool,
    play: impl FnOnce(&mut dyn Iterator<Item = u64>, &mut dyn FnMut(u64)),
) -> Saved {
    let keys = requests.keys();
    // Each load takes its time.
    let keys = if spreads {
        &keys[..keys.len() / 3]
    } else {
        &keys[..]
    };
    let warm = keys.len() / 3;
    SPREADS.set(spreads);
    let (mut at, mut before, mut asked) = (0, (0, 0.0), 0.0);
    play(&mut keys.iter().copied().map(u64::from), &mut |key| {
        at += 1;
        if at == warm {
            before = (LOADS.get(), SPENT.get());
        } else if at > warm && spreads {
            asked += cost(key);
        }
    });
    // Where all is missed, sums that were rounded may differ.
    let part = |missed: f64, of: f64| (1.0 - missed / of).max(0.0);
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    Saved {
        hits: part((LOADS.get() - before.0) as f64, (keys.len() - warm) as f64),
        saved: part(SPENT.get() - before.1, asked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_spread_a_hundredfold() {
        let mut costs: Vec<f64> = (0..100_000).map(cost).collect();
        costs.sort_by(f64::total_cmp);
        let ratio = costs[99_000] / costs[1_000];
        assert!((90.0..110.0).contains(&ratio), "{ratio}");
        let median = costs[50_000] / MEDIAN;
        assert!((0.98..1.02).contains(&median), "{median}");
    }
}
