//! How long a test waits before a difference is a fault.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::are_under_way;
use crate::clock::{Moment, Stopwatch};
use crate::invalidation::ChangesSoFar;
use crate::wait::WaitCell;

/// The longest that it waits for changes which are under way, after the grace.
const LONGEST: Duration = Duration::from_secs(10);

const STEP: Duration = Duration::from_millis(5);

/// Waits until the grace and these changes are over; tells whether it came to that.
pub(crate) fn wait(grace: Duration, changes: ChangesSoFar) -> bool {
    thread::sleep(grace);
    let since = Stopwatch::of_real_time();
    while are_under_way(Some(changes)) {
        if since.elapsed() > LONGEST {
            return false;
        }
        thread::sleep(STEP);
    }
    true
}

/// [`wait`], while other tasks of the thread go on. It goes by real time: a test may have stopped its clock, and that of its runtime. So
/// a thread waits; where there is none, the difference is not judged.
pub(crate) async fn wait_async(grace: Duration, changes: ChangesSoFar) -> bool {
    let ended = Arc::new(WaitCell::new(None));
    let tell = ended.clone();
    let waits = move || {
        let is_over = wait(grace, changes);
        tell.update(|ended| *ended = Some(is_over));
    };
    let thread = thread::Builder::new().name("cache-verify".into());
    if thread.spawn(waits).is_err() {
        return false;
    }
    let ended = ended.until(Moment::NEVER, |ended| *ended);
    ended.await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invalidation::Changing;
    use crate::testing::Clock;
    use crate::wait::block_on;

    #[test]
    fn a_wait_goes_by_real_time() {
        let _clock = Clock::freeze();
        assert!(block_on(wait_async(STEP, Changing::so_far())));
    }
}
