//! How long an entry may be used: a pure function of its life and the moment.

use std::time::Duration;

use crate::clock::{self, Moment};
use crate::generation::Validity;

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
    /// Its use is over.
    Expired,
    /// What it depends on was softly invalidated.
    Stale,
    /// What it depends on was invalidated.
    Invalid,
}

/// Judges an entry by its validity and the end of its use. Asks the clock only if there is an end. An entry with a ttl of
/// zero is never fresh.
#[inline]
pub(crate) fn judge(validity: Validity, until: Moment) -> Freshness {
    match validity {
        Validity::Invalid => Freshness::Invalid,
        Validity::SoftInvalidated => Freshness::Stale,
        Validity::Valid if until == Moment::NEVER || clock::now() < until => Freshness::Fresh,
        Validity::Valid => Freshness::Expired,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_fresh_while_it_is_valid_and_its_use_has_not_ended() {
        let now = clock::now();
        let (past, future) = (now, now.after(Duration::from_secs(3_600)));
        for (validity, until, expected) in [
            (Validity::Valid, Moment::NEVER, Freshness::Fresh),
            (Validity::Valid, future, Freshness::Fresh),
            (Validity::Valid, past, Freshness::Expired),
            (Validity::SoftInvalidated, Moment::NEVER, Freshness::Stale),
            (Validity::SoftInvalidated, past, Freshness::Stale),
            (Validity::Invalid, future, Freshness::Invalid),
            (Validity::Invalid, past, Freshness::Invalid),
        ] {
            assert_eq!(judge(validity, until), expected, "{validity:?}");
        }
    }
}
