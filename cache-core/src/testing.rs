//! Help for tests.

use std::time::Duration;

use crate::sync::{Mutex, MutexGuard};
use crate::{clock, timer};

/// Stops time for as long as it lives, and moves it by hand.
///
/// The clock is the whole process's: tests that hold one run one after the other, and tests beside them that count on a
/// ttl should hold one too.
///
/// ```
/// use std::time::Duration;
///
/// use cache_core::{cached, testing::Clock};
///
/// #[cached(ttl = "5m")]
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// let clock = Clock::freeze();
/// square(3);
/// clock.advance(Duration::from_secs(299));
/// assert_eq!(square::peek(&3), Some(9));
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(square::peek(&3), None);
/// ```
#[derive(Debug)]
pub struct Clock {
    _alone: MutexGuard<'static, ()>,
}

static ALONE: Mutex<()> = Mutex::new(());

impl Clock {
    /// Stops time. Waits until no other `Clock` is alive.
    #[must_use = "time runs again as soon as the clock is dropped"]
    pub fn freeze() -> Self {
        let alone = ALONE.lock();
        clock::stop(Some(clock::now()));
        Self { _alone: alone }
    }

    /// Moves time forward, and wakes those whose waiting is over by then.
    pub fn advance(&self, by: Duration) {
        clock::stop(Some(clock::now().after(by)));
        timer::recheck();
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        clock::stop(None);
        timer::recheck();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_by_hand_alone() {
        let frozen = Clock::freeze();
        let start = clock::now();
        assert_eq!(clock::now(), start);
        frozen.advance(Duration::from_secs(60));
        assert_eq!(clock::now().since(start), Duration::from_secs(60));
    }
}
