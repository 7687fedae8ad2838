//! Changes that are under way, whose invalidation is still to come.

// Nothing in the models depends on it.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::clock::Stopwatch;

/// After so long a change counts no more: somebody keeps it, and nothing would be judged meanwhile. It is longer than anybody waits for
/// one, so that what is seen during a slow change is left alone and not judged.
const LONGEST: Duration = Duration::from_secs(60);

static UNDER_WAY: Mutex<ChangesUnderWay> = Mutex::new(ChangesUnderWay {
    begun: Vec::new(),
    next: 0,
});

struct ChangesUnderWay {
    begun: Vec<BegunChange>,
    next: u64,
}

struct BegunChange {
    number: u64,
    thread: ThreadId,
    since: Stopwatch,
}

/// A change that is under way until this is dropped: the body of a function under `#[invalidates]`, or a batch.
#[derive(Debug)]
#[must_use = "the change ends when this is dropped"]
pub struct Changing(u64);

impl Changing {
    /// A change begins.
    pub fn begin() -> Self {
        let mut under_way = recent();
        let number = under_way.next;
        under_way.next += 1;
        under_way.begun.push(BegunChange {
            number,
            thread: thread::current().id(),
            since: Stopwatch::of_real_time(),
        });
        Self(number)
    }

    /// Whether one is under way.
    pub(crate) fn is_any() -> bool {
        !recent().begun.is_empty()
    }

    /// Whether one is under way that has begun on this thread: waiting for its end would be waiting for oneself.
    pub(crate) fn is_any_here() -> bool {
        let here = thread::current().id();
        recent().begun.iter().any(|change| change.thread == here)
    }
}

/// Those that are not too old.
fn recent() -> MutexGuard<'static, ChangesUnderWay> {
    let mut under_way = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    under_way
        .begun
        .retain(|change| change.since.elapsed() < LONGEST);
    under_way
}

impl Drop for Changing {
    fn drop(&mut self) {
        recent().begun.retain(|change| change.number != self.0);
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_change_belongs_to_the_thread_on_which_it_has_begun() {
        assert!(!Changing::is_any_here());
        let (one, other) = (Changing::begin(), Changing::begin());
        drop(one);
        assert!(Changing::is_any() && Changing::is_any_here());
        thread::scope(|scope| {
            let seen = scope.spawn(|| (Changing::is_any(), Changing::is_any_here()));
            assert_eq!(seen.join().unwrap(), (true, false));
        });
        drop(other);
        assert!(!Changing::is_any_here());
    }
}
