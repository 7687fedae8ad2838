//! Until when a store is known to report every change.

use crate::clock::Moment;
use crate::rule::{self, Rule};
use crate::sync::{AtomicU64, Ordering};

/// One connection over which a store reports changes to what was read over it. While it lasts, a copy of what was read is as
/// good as the store: it is dropped when the store reports a change.
///
/// It lasts for a fixed time after the last question that the store has answered was **sent**, so that a connection that was
/// cut without a word does not serve for longer than that.
#[derive(Debug)]
pub(crate) struct Session(AtomicU64);

/// Later than any moment, so that nothing prolongs it.
const ENDED: u64 = u64::MAX;

#[cfg_attr(
    not(feature = "redis"),
    allow(dead_code, reason = "Redis alone reports changes")
)]
impl Session {
    /// One that has not begun.
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Until when it lasts; in the past if it has ended.
    pub(crate) fn until(&self) -> Moment {
        match self.0.load(Ordering::Acquire) {
            ENDED => Moment::from_bits(0),
            _ if rule::is_left_out(Rule::SessionLasts) => Moment::NEVER,
            until => Moment::from_bits(until),
        }
    }

    /// It lasts until then, unless it lasts longer already, or has ended.
    pub(crate) fn last_until(&self, until: Moment) {
        self.0.fetch_max(until.to_bits(), Ordering::Release);
    }

    /// It has ended, and does not begin again.
    pub(crate) fn end(&self) {
        self.0.store(ENDED, Ordering::Release);
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;

    #[test]
    fn what_has_ended_is_not_prolonged() {
        let (session, now) = (Session::new(), clock::now());
        assert!(session.until() < now);
        let later = now.after(Duration::from_secs(2));
        session.last_until(later);
        session.last_until(now);
        assert_eq!(session.until(), later);
        session.end();
        session.last_until(later.after(Duration::from_secs(2)));
        assert!(session.until() < now);
    }
}
