//! Changes that are under way, whose invalidation is still to come.

// Nothing in the models depends on it.
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::clock::{self, Moment, Stopwatch};

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
    /// The thread that it runs on; `None` while its task waits.
    thread: Option<ThreadId>,
    since: Stopwatch,
    /// The same by the clock, which a test may turn.
    begun: Moment,
}

impl BegunChange {
    fn is_recent(&self) -> bool {
        self.since.elapsed() < LONGEST && clock::now().since(self.begun) < LONGEST
    }
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
            thread: Some(thread::current().id()),
            since: Stopwatch::of_real_time(),
            begun: clock::now(),
        });
        Self(number)
    }

    /// The changes that have begun so far.
    pub(crate) fn so_far() -> ChangesSoFar {
        ChangesSoFar(recent().next)
    }

    /// Whether one is under way on this thread: waiting for its end would be waiting for oneself.
    pub(crate) fn is_any_here() -> bool {
        let here = Some(thread::current().id());
        recent().begun.iter().any(|change| change.thread == here)
    }

    /// Notes which thread the change runs on.
    fn runs_on(&self, thread: Option<ThreadId>) {
        let mut under_way = recent();
        let mut begun = under_way.begun.iter_mut();
        if let Some(change) = begun.find(|change| change.number == self.0) {
            change.thread = thread;
        }
    }
}

/// The changes that had begun at some time. Those that begin later do not explain what was seen then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangesSoFar(u64);

impl ChangesSoFar {
    /// Whether one of them is still under way.
    pub(crate) fn are_under_way(self) -> bool {
        let begun = &recent().begun;
        begun.iter().any(|change| change.number < self.0)
    }
}

/// The future of a part of a change, which is known on each thread that polls it.
#[derive(Debug)]
pub struct InChange<'c, F> {
    change: &'c Changing,
    part: Pin<Box<F>>,
}

impl<'c, F> InChange<'c, F> {
    /// A part of this change.
    pub fn new(change: &'c Changing, part: F) -> Self {
        Self {
            change,
            part: Box::pin(part),
        }
    }
}

impl<F: Future> Future for InChange<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.change.runs_on(Some(thread::current().id()));
        let polled = self.part.as_mut().poll(context);
        if polled.is_pending() {
            self.change.runs_on(None);
        }
        polled
    }
}

/// Those that are not too old.
fn recent() -> MutexGuard<'static, ChangesUnderWay> {
    let mut under_way = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    under_way.begun.retain(BegunChange::is_recent);
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
        assert!(Changing::is_any_here());
        thread::scope(|scope| {
            let seen = scope.spawn(Changing::is_any_here);
            assert!(!seen.join().unwrap());
        });
        drop(other);
        assert!(!Changing::is_any_here());
    }

    #[test]
    fn a_change_is_on_the_thread_that_polls_it() {
        let change = Changing::begin();
        let mut polls = 0;
        let mut part = InChange::new(
            &change,
            std::future::poll_fn(|_| {
                assert!(Changing::is_any_here());
                polls += 1;
                if polls < 3 {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            }),
        );
        let mut poll = || {
            let polled =
                Pin::new(&mut part).poll(&mut Context::from_waker(std::task::Waker::noop()));
            (polled.is_ready(), Changing::is_any_here())
        };
        assert_eq!(poll(), (false, false));
        let elsewhere = || thread::scope(|scope| scope.spawn(&mut poll).join().unwrap());
        let mut elsewhere = elsewhere;
        assert_eq!(elsewhere(), (false, false));
        assert_eq!(elsewhere(), (true, true));
        assert!(!Changing::is_any_here());
    }

    #[test]
    fn a_change_that_begins_later_explains_nothing() {
        let before = Changing::so_far();
        let change = Changing::begin();
        let after = Changing::so_far();
        assert!(after.are_under_way());
        let begun = change.0;
        assert!(!ChangesSoFar(begun).are_under_way() || before.are_under_way());
        drop(change);
    }
}
