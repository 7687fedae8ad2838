//! What adaptive refresh is worth: keys that change at different rates, asked for all the time, with a clock that counts.

use std::time::Duration;

use super::ExtraLoad;
use crate::clock::{self, Moment};
use crate::policy::{Life, RefreshPlan, Staleness, added_load, affordable};

const TTL: Duration = Duration::from_secs(600);
/// How often each key is asked for.
const ASKED: Duration = Duration::from_secs(5);
const RUN: Duration = Duration::from_secs(8 * 3_600);

/// Numbers that look random, the same in each run.
struct DrawnNumbers(u64);

impl DrawnNumbers {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).expect("32 bits")) / f64::from(u32::MAX)
    }

    /// The time until something comes that comes once in `mean`.
    fn until(&mut self, mean: Duration) -> Duration {
        mean.mul_f64(-self.next().max(1e-9).ln())
    }
}

/// A key whose value changes at random, and its load.
struct SimulatedKey {
    changes_each: Duration,
    cost: Duration,
    next_change: Moment,
    /// When the kept value stopped to be right.
    wrong_since: Option<Moment>,
    life: Option<Life>,
    plan: RefreshPlan,
    due: Moment,
    /// When the load under way ends, and since when what it brings is wrong.
    load: Option<(Moment, Option<Moment>)>,
    /// The sum of what its answers were behind, in seconds, and their number.
    behind: (f64, f64),
}

/// What a run came to.
struct RunOutcome {
    /// How far the answers of the fast keys were behind, and of all keys, in seconds.
    fast: f64,
    all: f64,
    /// Refreshes ahead of their time, as a part of the loads that there would have been anyway.
    extra: f64,
}

/// `kinds`: how many keys change once in so many seconds, and what their loads cost; those of the first are fast.
fn run(rules: &Staleness, kinds: &[(usize, u64, Duration)]) -> RunOutcome {
    let (begin, mut numbers) = (clock::now(), DrawnNumbers(0x9E37_79B9_7F4A_7C15));
    let bucket = ExtraLoad::of(0.1);
    let (mut anyway, mut added) = (0.0, 0.0);
    let mut keys = Vec::new();
    for (count, seconds, cost) in kinds {
        let changes_each = Duration::from_secs(*seconds);
        keys.extend((0..*count).map(|_| SimulatedKey {
            changes_each,
            cost: *cost,
            next_change: begin.after(numbers.until(changes_each)),
            wrong_since: None,
            life: None,
            plan: RefreshPlan::NONE,
            due: begin,
            load: None,
            behind: (0.0, 0.0),
        }));
    }
    let mut now = begin;
    while now < begin.after(RUN) {
        for key in &mut keys {
            while key.next_change <= now {
                let at = key.next_change;
                key.wrong_since.get_or_insert(at);
                if let Some((_, wrong_since)) = &mut key.load {
                    wrong_since.get_or_insert(at);
                }
                key.next_change = at.after(numbers.until(key.changes_each));
            }
            if let Some((end, wrong_since)) = key.load.take_if(|(end, _)| *end <= now) {
                let life = Life::new(end, Some(TTL));
                if key.life.is_some() && rules.adaptive {
                    key.plan = key.plan.learnt(key.wrong_since.is_some());
                }
                if rules.adaptive {
                    key.plan = key.plan.drawn(TTL, key.cost, numbers.next());
                }
                (key.life, key.due) = (Some(life), rules.due(life, key.plan));
                key.wrong_since = wrong_since;
            }
            let serves = key.life.filter(|life| now < life.end());
            if key.load.is_none() && now >= key.due {
                let extra = serves.map_or(0.0, |life| added_load(life, now));
                let paid = if rules.adaptive && serves.is_some() {
                    bucket.take(extra).map(super::EarlyRefresh::begin)
                } else {
                    Ok(1.0 - extra)
                };
                match (paid, serves) {
                    (Err(most), Some(life)) => key.due = affordable(life, most),
                    (paid, _) => {
                        let load = paid.unwrap_or(1.0);
                        bucket.earn(load);
                        (anyway, added) = (anyway + load, added + extra);
                        key.load = Some((now.after(key.cost), None));
                    }
                }
            }
            if serves.is_some() {
                let behind = key
                    .wrong_since
                    .map_or(0.0, |since| now.since(since).as_secs_f64());
                key.behind = (key.behind.0 + behind, key.behind.1 + 1.0);
            }
        }
        now = now.after(ASKED);
    }
    let mean = |keys: &[SimulatedKey]| {
        let all = keys.iter().map(|key| key.behind);
        let (behind, answers) = all.fold((0.0, 0.0), |sum, key| (sum.0 + key.0, sum.1 + key.1));
        behind / answers
    };
    RunOutcome {
        fast: mean(&keys[..kinds[0].0]),
        all: mean(&keys),
        extra: added / anyway,
    }
}

/// A fixed part of a life that adds the same load spends it on keys that do not change.
#[test]
fn at_equal_extra_load_it_halves_how_far_fast_keys_are_behind() {
    let cheap = Duration::from_millis(200);
    let (hour, day) = (3_600, 86_400);
    for kinds in [
        [(8, 60, cheap), (32, hour, cheap), (60, day, cheap * 5)],
        [(2, 60, cheap * 10), (8, 2 * hour, cheap), (40, day, cheap)],
    ] {
        let adaptive = Staleness {
            adaptive: true,
            ..Staleness::NONE
        };
        let learnt = run(&adaptive, &kinds);
        let fixed = Staleness {
            refresh_ahead: 1.0 / (1.0 + learnt.extra),
            ..Staleness::NONE
        };
        let fixed = run(&fixed, &kinds);
        assert!(learnt.extra <= 0.1, "within the bound: {}", learnt.extra);
        assert!(
            (learnt.extra - fixed.extra).abs() < 0.01,
            "equal extra load"
        );
        assert!(
            learnt.fast <= fixed.fast / 2.0,
            "{} {}",
            learnt.fast,
            fixed.fast
        );
        assert!(learnt.all < fixed.all);
    }
}
