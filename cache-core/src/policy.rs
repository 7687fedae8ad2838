//! How long an entry may be used: a pure function of its life and the moment.

use std::time::Duration;

use crate::clock::{self, Moment};

/// When an entry was stored and until when it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    stored: Moment,
    until: Moment,
}

/// What an entry is good for at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It may be used.
    Fresh,
    /// Its life is over.
    Expired,
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

    /// A life that began `age` ago and lasts for what is `left`.
    pub fn resumed(now: Moment, age: Duration, left: Option<Duration>) -> Self {
        Self {
            stored: now.before(age),
            ..Self::new(now, left)
        }
    }

    /// What the entry is good for at `now`. An entry with a ttl of zero is never fresh.
    #[inline]
    pub fn at(self, now: Moment) -> Freshness {
        if now < self.until {
            Freshness::Fresh
        } else {
            Freshness::Expired
        }
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

    /// How much of its life is left; `None` if it does not end.
    pub fn left(self, now: Moment) -> Option<Duration> {
        (!self.is_endless()).then(|| self.until.since(now))
    }
}
