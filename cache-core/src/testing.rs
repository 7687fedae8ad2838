//! Help for tests.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::stopped::{self, Stopped};

pub use self::conformance::conformance;
#[cfg(feature = "layer")]
pub use self::principals::{LeakedAnswer, leaked_answers};
pub use self::scope::{in_scope, scope, scope_blocking};
#[cfg(feature = "layer")]
pub use self::unkeyed::unkeyed_headers;
pub use self::verify::{verify, verify_blocking};
pub use crate::scope::InScope;

mod conformance;
#[cfg(feature = "layer")]
mod principals;
mod scope;
#[cfg(feature = "layer")]
mod unkeyed;
mod verify;

/// Stops time on this thread for as long as it lives, and moves it by hand.
///
/// Other threads go on in their own time, and tests beside this one do not notice. A thread that belongs to the test enters
/// the same clock with [`Clock::handle`]; a test on a runtime of several threads has to say so in every task.
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
    handle: ClockHandle,
    _entered: stopped::Entered,
}

impl Clock {
    /// Stops time on this thread.
    #[must_use = "time runs again as soon as the clock is dropped"]
    pub fn freeze() -> Self {
        let handle = ClockHandle(Stopped::now_and_here());
        let entered = handle.0.enter();
        Self {
            handle,
            _entered: entered,
        }
    }

    /// Moves time forward, and wakes those whose waiting is over by then.
    pub fn advance(&self, by: Duration) {
        self.handle.0.advance(by);
    }

    /// What other threads of the test need to enter this clock.
    pub fn handle(&self) -> ClockHandle {
        self.handle.clone()
    }
}

/// A stopped clock, for the other threads of a test.
#[derive(Clone, Debug)]
pub struct ClockHandle(Arc<Stopped>);

impl ClockHandle {
    /// Runs `work` on this thread in the time of the stopped clock.
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.0.enter();
        work()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_stopped_clock_moves_by_hand_alone() {
        let frozen = Clock::freeze();
        let start = clock::now();
        assert_eq!(clock::now(), start);
        frozen.advance(Duration::from_secs(60));
        assert_eq!(clock::now().since(start), Duration::from_secs(60));
    }
}
