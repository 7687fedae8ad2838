//! How early a value is refreshed that learns it: from what its load costs, and from what its last loads have changed.

use std::time::Duration;

use super::Life;
use crate::clock::Moment;

/// When one value is due for a refresh, in 65,535ths of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RefreshPlan {
    /// What the loads of its key have taught: after this part of a life, its value has changed about every second time.
    period: u16,
    /// When this one is due.
    due: u16,
}

/// A whole life.
const WHOLE: f64 = u16::MAX as f64;

/// No value is refreshed before this part of its life.
const EARLIEST: f64 = 1.0 / 64.0;

/// By how much a load changes the period: shorter if the value has changed, longer if not.
const STEP: f64 = 0.1;

impl RefreshPlan {
    /// That of a value of which nothing is known: it is due at the end of its life.
    pub(crate) const NONE: Self = Self {
        period: u16::MAX,
        due: u16::MAX,
    };

    /// The plan after a load that has changed the value, or has not.
    pub(crate) fn learnt(self, changed: bool) -> Self {
        let step = if changed { 1.0 - STEP } else { 1.0 + STEP };
        let period = f64::from(self.period) / WHOLE * step;
        Self {
            period: in_parts(period),
            ..self
        }
    }

    /// The plan of a value with this life whose load took `cost`. It is due after its period, or before its end by `cost` and
    /// `cost * -ln(draw)`, whichever is earlier: the load ends in time, and a fleet does not refresh at one moment. `draw` is a
    /// number from 0 to 1, drawn once for each value, where `XFetch` draws on each hit.
    pub(crate) fn drawn(self, whole: Duration, cost: Duration, draw: f64) -> Self {
        let ahead = cost.as_secs_f64() * (1.0 - draw.clamp(f64::MIN_POSITIVE, 1.0).ln());
        let left = 1.0 - ahead / whole.as_secs_f64().max(f64::MIN_POSITIVE);
        let due = left.min(f64::from(self.period) / WHOLE);
        Self {
            due: in_parts(due),
            ..self
        }
    }

    /// When a value of this life is due.
    pub(super) fn due(self, life: Life) -> Moment {
        if self.due == u16::MAX || life.is_endless() {
            return life.until;
        }
        let whole = life.until.since(life.stored);
        life.stored
            .after(whole.mul_f64(f64::from(self.due) / WHOLE))
    }
}

/// A part of a life, not before the earliest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between zero and a whole"
)]
fn in_parts(part: f64) -> u16 {
    (part.clamp(EARLIEST, 1.0) * WHOLE).round() as u16
}

/// What a refresh now adds to the loads that there would be anyway, in loads: one at the end of a life adds none, and one at its
/// beginning a whole one.
pub(crate) fn added_load(life: Life, now: Moment) -> f64 {
    let whole = life.until.since(life.stored).as_secs_f64();
    let left = life.until.since(now).as_secs_f64();
    if whole > 0.0 {
        (left / whole).min(1.0)
    } else {
        0.0
    }
}

/// When a refresh adds no more than this.
pub(crate) fn affordable(life: Life, load: f64) -> Moment {
    let whole = life.until.since(life.stored);
    life.until.before(whole.mul_f64(load.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn due(plan: RefreshPlan, whole: Duration) -> f64 {
        let life = Life::new(clock::now(), Some(whole));
        let after = plan.due(life).since(life.stored).as_secs_f64();
        after / whole.as_secs_f64()
    }

    #[test]
    fn a_load_that_changes_a_value_shortens_its_period_and_one_that_does_not_prolongs_it() {
        let free = |plan: RefreshPlan| due(plan.drawn(HOUR, Duration::ZERO, 0.5), HOUR);
        let once = RefreshPlan::NONE.learnt(true);
        for (plan, expected) in [
            (RefreshPlan::NONE, 1.0),
            (RefreshPlan::NONE.learnt(false), 1.0),
            (once, 0.9),
            (once.learnt(true), 0.81),
            (once.learnt(false), 0.99),
            (once.learnt(false).learnt(false), 1.0),
        ] {
            assert!((free(plan) - expected).abs() < 1e-4, "{plan:?}");
        }
        let fast = (0..1_000).fold(RefreshPlan::NONE, |plan, _| plan.learnt(true));
        assert!((free(fast) - EARLIEST).abs() < 1e-4);
    }

    #[test]
    fn a_load_that_takes_long_begins_early_enough_to_end_in_time() {
        let minute = HOUR / 60;
        for (cost, draw, expected) in [
            (Duration::ZERO, 0.0, 1.0),
            (minute, 1.0, 59.0 / 60.0),
            (minute, (-1.0_f64).exp(), 58.0 / 60.0),
            (minute, (-4.0_f64).exp(), 55.0 / 60.0),
            (HOUR * 2, 0.5, EARLIEST),
            (Duration::MAX, 0.0, EARLIEST),
        ] {
            let plan = RefreshPlan::NONE.drawn(HOUR, cost, draw);
            assert!((due(plan, HOUR) - expected).abs() < 1e-4, "{cost:?} {draw}");
        }
        let early = RefreshPlan::NONE.learnt(true).drawn(HOUR, minute, 0.5);
        assert!((due(early, HOUR) - 0.9).abs() < 1e-4, "the earlier of both");
    }

    #[test]
    fn a_refresh_adds_as_much_as_is_left_of_the_life() {
        let begun = clock::now();
        let life = Life::new(begun, Some(HOUR));
        for (minutes, expected) in [(0, 1.0), (15, 0.75), (60, 0.0), (90, 0.0)] {
            let now = begun.after(HOUR / 60 * minutes);
            assert!((added_load(life, now) - expected).abs() < 1e-6);
        }
        assert_eq!(affordable(life, 0.0), life.end());
        assert_eq!(affordable(life, 0.25), begun.after(HOUR / 4 * 3));
        assert_eq!(affordable(life, 7.0), begun);
    }

    #[test]
    fn times_of_any_length_are_harmless() {
        for whole in [Duration::ZERO, Duration::from_nanos(1), HOUR, Duration::MAX] {
            for cost in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
                let life = Life::new(clock::now(), Some(whole));
                for draw in [0.0, 0.5, 1.0, f64::NAN] {
                    let due = RefreshPlan::NONE.drawn(whole, cost, draw).due(life);
                    assert!(
                        life.stored <= due && due <= life.until,
                        "{whole:?} {cost:?}"
                    );
                }
                assert!((0.0..=1.0).contains(&added_load(life, clock::now())));
            }
        }
        assert_eq!(
            RefreshPlan::NONE.learnt(true).due(Life::endless()),
            Moment::NEVER
        );
    }
}
