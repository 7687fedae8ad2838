//! How long an entry may be used: a pure function of its life and the moment.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::clock::{self, Moment};
use crate::generation::Validity;

pub(crate) use self::adaptive::{RefreshPlan, added_load, affordable};

mod adaptive;

/// When an entry was stored and until when it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    stored: Moment,
    until: Moment,
}

/// What an entry is good for at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It may be used.
    Fresh,
    /// It may be used, and somebody should load it anew.
    Due,
    /// Its life is over.
    Expired,
    /// What it depends on was softly invalidated.
    Stale,
    /// What it depends on was invalidated.
    Invalid,
}

impl Freshness {
    /// Whether the entry may be used as it is.
    #[inline]
    pub(crate) fn is_usable(self) -> bool {
        matches!(self, Self::Fresh | Self::Due)
    }

    /// Whether it is not due for a refresh either.
    #[inline]
    pub(crate) fn is_fresh(self) -> bool {
        self == Self::Fresh
    }
}

/// Whether a valid entry is not due yet. Asks the clock only if it is due at some moment.
fn is_early(due: Moment) -> bool {
    due == Moment::NEVER || clock::now() < due
}

/// Judges an entry by its validity, by the moment from which on it is due for a refresh, and by the end of its life. An entry with a
/// ttl of zero is never fresh.
pub(crate) fn judge(validity: Validity, due: Moment, end: Moment) -> Freshness {
    match validity {
        Validity::Invalid => Freshness::Invalid,
        Validity::SoftInvalidated => Freshness::Stale,
        Validity::Valid if is_early(due) => Freshness::Fresh,
        Validity::Valid if clock::now() < end => Freshness::Due,
        Validity::Valid => Freshness::Expired,
    }
}

/// How long a value that is no longer fresh may still serve, how long callers wait for a load, and who loads: what an attribute says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staleness {
    /// The part of its life after which a hit has a value loaded anew behind it; 1: none.
    pub refresh_ahead: f64,
    /// Whether that follows from what loads cost and change instead, within the extra load that the cache allows.
    pub adaptive: bool,
    /// How long past its life a value is served while it is loaded anew.
    pub while_revalidate: Duration,
    /// How long past its life a value is served if its load fails or takes too long.
    pub if_error: Duration,
    /// How long a caller waits for a load if it has a stale value to fall back on.
    pub soft_timeout: Option<Duration>,
    /// How long a caller waits for a load at most.
    pub hard_timeout: Option<Duration>,
    /// The most by which a life is shortened at random, as a part of it, so that values of one moment do not end in one moment.
    pub jitter: f64,
    /// Whether one load at a time is to run in all processes that share a store.
    pub lock: bool,
}

/// The longest pause after a load that failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Staleness {
    /// Every value serves for its life, and everybody waits for its load.
    pub const NONE: Self = Self {
        refresh_ahead: 1.0,
        adaptive: false,
        while_revalidate: Duration::ZERO,
        if_error: Duration::ZERO,
        soft_timeout: None,
        hard_timeout: None,
        jitter: 0.0,
        lock: false,
    };

    /// How long past its life a value may be of use.
    pub(crate) fn window(&self) -> Duration {
        self.while_revalidate.max(self.if_error)
    }

    /// A life, shortened at random by its jitter.
    pub(crate) fn jittered(&self, ttl: Duration) -> Duration {
        if self.jitter > 0.0 {
            self.shorten(ttl, at_random())
        } else {
            ttl
        }
    }

    /// A life, shortened by this part of what may be taken off it: a number from 0 to 1.
    pub(crate) fn shorten(&self, ttl: Duration, by: f64) -> Duration {
        let left = 1.0 - self.jitter.clamp(0.0, 1.0) * by;
        if left < 1.0 { ttl.mul_f64(left) } else { ttl }
    }

    /// Whether hits have values loaded anew before their lives end: what is no number says nothing.
    fn refreshes_ahead(&self) -> bool {
        self.adaptive || self.refresh_ahead < 1.0
    }

    /// The plan of a value of this life whose load took so long, after the loads of its key have taught `learnt`.
    pub(crate) fn plan(&self, learnt: RefreshPlan, life: Life, cost: Duration) -> RefreshPlan {
        if !self.adaptive || life.is_endless() {
            return RefreshPlan::NONE;
        }
        learnt.drawn(life.until.since(life.stored), cost, at_random())
    }

    /// When a value of this life and this plan is due for a refresh.
    pub(crate) fn due(&self, life: Life, plan: RefreshPlan) -> Moment {
        if self.adaptive {
            return plan.due(life);
        }
        if !self.refreshes_ahead() || life.is_endless() {
            return life.until;
        }
        let whole = life.until.since(life.stored);
        life.stored
            .after(whole.mul_f64(self.refresh_ahead.max(0.0)))
    }

    /// What a value is good for that may not be used as it is.
    pub(crate) fn service(&self, freshness: Freshness, life: Life, now: Moment) -> Service {
        let refreshes = self.refreshes_ahead() || self.while_revalidate > Duration::ZERO;
        let ended = now.since(life.until);
        match freshness {
            Freshness::Fresh => Service::AsItIs,
            Freshness::Due => Service::Behind,
            // What was invalidated softly counts as if its life had just ended.
            Freshness::Stale if refreshes && ended <= self.while_revalidate => Service::Behind,
            Freshness::Expired if ended < self.while_revalidate => Service::Behind,
            Freshness::Stale | Freshness::Expired if ended < self.if_error => Service::IfError,
            Freshness::Stale | Freshness::Expired | Freshness::Invalid => Service::None,
        }
    }

    /// How long a value is served without another load after its loads have failed `failures` times.
    pub(crate) fn pause(life: Life, failures: u32) -> Duration {
        let whole = life.until.since(life.stored);
        let first = (whole / 10).clamp(Duration::from_millis(100), LONGEST_PAUSE);
        let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(16));
        doubled.min(LONGEST_PAUSE)
    }
}

/// A number from 0 to 1.
fn at_random() -> f64 {
    let bits = RandomState::new().hash_one(()) >> 11;
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are what an f64 has room for"
    )]
    let part = bits as f64 / (1_u64 << 53) as f64;
    part
}

/// What an entry is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// It serves as it is.
    AsItIs,
    /// It serves, and is loaded anew behind the caller.
    Behind,
    /// It serves if its load fails or takes too long.
    IfError,
    /// Nothing.
    None,
}

/// What becomes of a value that was just loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It is kept as long as its cache says.
    Default,
    /// It is kept for this time.
    For(Duration),
    /// It is given to the caller and to those who waited, and not kept.
    Pass,
}

impl Life {
    /// A life that begins now and lasts `ttl`; without one, until the entry is evicted.
    pub fn new(now: Moment, ttl: Option<Duration>) -> Self {
        Self {
            stored: now,
            until: ttl.map_or(Moment::NEVER, |ttl| now.after(ttl)),
        }
    }

    /// A life that begins now and does not end.
    pub fn endless() -> Self {
        Self::new(clock::now(), None)
    }

    /// A life of this length that began `age` ago, and may have ended; without a length, it does not end.
    pub fn of_age(now: Moment, age: Duration, ttl: Option<Duration>) -> Self {
        let end = |ttl: Duration| match ttl.checked_sub(age) {
            Some(left) => now.after(left),
            None => now.before(age.saturating_sub(ttl)),
        };
        Self {
            stored: now.before(age),
            until: ttl.map_or(Moment::NEVER, end),
        }
    }

    /// A life from one moment to another.
    pub(crate) fn between(stored: Moment, until: Moment) -> Self {
        Self { stored, until }
    }

    /// When it begins.
    pub(crate) fn begin(self) -> Moment {
        self.stored
    }

    /// When it ends.
    #[inline]
    pub fn end(self) -> Moment {
        self.until
    }

    /// Whether the life never ends by itself: then nobody needs to ask the clock.
    #[inline]
    pub fn is_endless(self) -> bool {
        self.until == Moment::NEVER
    }

    /// How old the entry is.
    pub fn age(self, now: Moment) -> Duration {
        now.since(self.stored)
    }

    /// How long it is; `None` if it does not end.
    pub(crate) fn whole(self) -> Option<Duration> {
        (!self.is_endless()).then(|| self.until.since(self.stored))
    }

    /// How much of its life is left; `None` if it does not end.
    pub fn left(self, now: Moment) -> Option<Duration> {
        (!self.is_endless()).then(|| self.until.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn an_entry_is_judged_by_its_marks_and_then_by_its_times() {
        let now = clock::now().after(HOUR);
        let (past, future, later) = (now.before(HOUR * 2), now.after(HOUR), now.after(HOUR * 2));
        for (validity, due, end, expected) in [
            (
                Validity::Valid,
                Moment::NEVER,
                Moment::NEVER,
                Freshness::Fresh,
            ),
            (Validity::Valid, future, later, Freshness::Fresh),
            (Validity::Valid, past, later, Freshness::Due),
            (Validity::Valid, past, past, Freshness::Expired),
            (
                Validity::SoftInvalidated,
                Moment::NEVER,
                Moment::NEVER,
                Freshness::Stale,
            ),
            (Validity::SoftInvalidated, past, past, Freshness::Stale),
            (Validity::Invalid, future, later, Freshness::Invalid),
            (Validity::Invalid, past, past, Freshness::Invalid),
        ] {
            assert_eq!(judge(validity, due, end), expected, "{validity:?}");
        }
    }

    fn minutes(minutes: u32) -> Duration {
        Duration::from_secs(60) * minutes
    }

    #[test]
    fn what_is_no_longer_fresh_serves_as_its_rules_say() {
        let begun = clock::now();
        let life = Life::new(begun, Some(minutes(10)));
        let none = Staleness::NONE;
        let revalidates = Staleness {
            while_revalidate: minutes(5),
            ..none
        };
        let on_errors = Staleness {
            if_error: minutes(60),
            ..none
        };
        let both = Staleness {
            while_revalidate: minutes(5),
            ..on_errors
        };
        let ahead = Staleness {
            refresh_ahead: 0.5,
            ..none
        };
        for (rules, freshness, at, expected) in [
            (none, Freshness::Fresh, 1, Service::AsItIs),
            (none, Freshness::Expired, 11, Service::None),
            (none, Freshness::Stale, 1, Service::None),
            (ahead, Freshness::Due, 6, Service::Behind),
            (ahead, Freshness::Expired, 11, Service::None),
            (ahead, Freshness::Stale, 6, Service::Behind),
            (ahead, Freshness::Stale, 11, Service::None),
            (revalidates, Freshness::Expired, 14, Service::Behind),
            (revalidates, Freshness::Expired, 15, Service::None),
            (revalidates, Freshness::Stale, 14, Service::Behind),
            (revalidates, Freshness::Invalid, 1, Service::None),
            (on_errors, Freshness::Expired, 69, Service::IfError),
            (on_errors, Freshness::Expired, 70, Service::None),
            (on_errors, Freshness::Stale, 1, Service::IfError),
            (on_errors, Freshness::Invalid, 1, Service::None),
            (both, Freshness::Expired, 14, Service::Behind),
            (both, Freshness::Expired, 15, Service::IfError),
        ] {
            let now = begun.after(minutes(at));
            assert_eq!(
                rules.service(freshness, life, now),
                expected,
                "{rules:?} {freshness:?} {at}"
            );
        }
    }

    #[test]
    fn a_life_is_due_at_its_part_and_shortened_by_its_jitter() {
        let begun = clock::now();
        let life = Life::new(begun, Some(minutes(10)));
        let ahead = Staleness {
            refresh_ahead: 0.5,
            jitter: 0.2,
            ..Staleness::NONE
        };
        assert_eq!(ahead.due(life, RefreshPlan::NONE), begun.after(minutes(5)));
        assert_eq!(
            ahead.due(Life::new(begun, None), RefreshPlan::NONE),
            Moment::NEVER
        );
        assert_eq!(Staleness::NONE.due(life, RefreshPlan::NONE), life.end());
        assert_eq!(ahead.shorten(minutes(10), 0.0), minutes(10));
        assert_eq!(ahead.shorten(minutes(10), 0.5), minutes(9));
        assert_eq!(ahead.shorten(Duration::MAX, 0.0), Duration::MAX);
        assert!(ahead.shorten(Duration::MAX, 1e-9) < Duration::MAX);
    }

    /// The macro checks literals alone: a constant may be anything.
    #[test]
    fn parts_that_are_none_are_harmless() {
        let life = Life::new(clock::now(), Some(minutes(10)));
        for (part, due, shortened) in [
            (f64::NAN, life.end(), minutes(10)),
            (f64::INFINITY, life.end(), Duration::ZERO),
            (2.0, life.end(), Duration::ZERO),
            (-1.0, life.stored, minutes(10)),
            (f64::NEG_INFINITY, life.stored, minutes(10)),
        ] {
            let rules = Staleness {
                refresh_ahead: part,
                jitter: part,
                ..Staleness::NONE
            };
            assert_eq!(rules.due(life, RefreshPlan::NONE), due, "{part}");
            assert_eq!(rules.shorten(minutes(10), 1.0), shortened, "{part}");
            assert!(rules.jittered(minutes(10)) <= minutes(10), "{part}");
            let now = clock::now();
            let stale = rules.service(Freshness::Stale, life, now);
            assert_eq!(stale == Service::Behind, part < 1.0, "{part}");
        }
    }

    #[test]
    fn times_of_any_length_and_a_clock_at_its_beginning_are_harmless() {
        let beginning = Moment::from_bits(0);
        for ttl in [
            Duration::ZERO,
            Duration::from_nanos(1),
            HOUR * 1_000_000,
            Duration::MAX,
        ] {
            let rules = Staleness {
                refresh_ahead: 0.5,
                while_revalidate: Duration::MAX,
                if_error: Duration::MAX,
                jitter: 1.0,
                ..Staleness::NONE
            };
            for now in [beginning, clock::now(), Moment::from_bits(u64::MAX - 1)] {
                let life = Life::new(now, Some(rules.jittered(ttl)));
                assert!(
                    now <= rules.due(life, RefreshPlan::NONE)
                        && rules.due(life, RefreshPlan::NONE) <= life.end()
                );
                assert!(Staleness::pause(life, u32::MAX) <= LONGEST_PAUSE);
                let old = Life::of_age(now, Duration::MAX, Some(ttl));
                assert!(rules.due(old, RefreshPlan::NONE) <= old.end());
                let service = rules.service(Freshness::Expired, old, now);
                assert_eq!(service, Service::Behind);
            }
        }
    }

    #[test]
    fn pauses_double_up_to_half_a_minute() {
        let life = |ttl| Life::new(clock::now(), Some(ttl));
        let seconds = Duration::from_secs;
        assert_eq!(Staleness::pause(life(seconds(20)), 1), seconds(2));
        assert_eq!(Staleness::pause(life(seconds(20)), 3), seconds(8));
        assert_eq!(Staleness::pause(life(seconds(20)), 1_000), seconds(30));
        assert_eq!(Staleness::pause(life(HOUR), 1), seconds(30));
        assert_eq!(
            Staleness::pause(life(Duration::ZERO), 1),
            Duration::from_millis(100)
        );
        assert_eq!(Staleness::pause(Life::endless(), 1), seconds(30));
    }
}
