//! An answer that many ask for again and again.

use std::time::Duration;

use bytes::Bytes;

use crate::clock::{self, Moment};
use crate::sync::{Mutex, OnDrop};

/// No answer is given that is older than this.
const OLDEST: Duration = Duration::from_secs(5);

/// The last answer, for as long as it is shared. Who asks while the next one is made gets the last one once more, unless that is too old:
/// nobody waits.
pub(super) struct Polled {
    shared_for: Duration,
    state: Mutex<PolledState>,
}

#[derive(Default)]
struct PolledState {
    last: Option<(Moment, Bytes)>,
    /// Whether somebody makes the next one.
    is_making: bool,
    /// How often something has changed: an answer that was begun before is not shared.
    changes: u64,
}

impl Polled {
    pub(super) fn new(shared_for: Duration) -> Self {
        Self {
            shared_for,
            state: Mutex::default(),
        }
    }

    pub(super) fn get(&self, make: impl FnOnce() -> Bytes) -> Bytes {
        let now = clock::now();
        let changes = match self.begin(now) {
            Ok(answer) => return answer,
            Err(changes) => changes,
        };
        let _ended = OnDrop(|| self.state.lock().is_making = false);
        let answer = make();
        self.share(now, &answer, changes);
        answer
    }

    /// The answer that is shared now, or the number of changes before the next one, which the caller is to make.
    fn begin(&self, now: Moment) -> Result<Bytes, u64> {
        let mut state = self.state.lock();
        if let Some((at, answer)) = &state.last
            && (now.since(*at) < self.shared_for || state.is_making && now.since(*at) < OLDEST)
        {
            return Ok(answer.clone());
        }
        state.is_making = true;
        Err(state.changes)
    }

    /// Shares an answer that was begun `at` then, unless something has changed since.
    fn share(&self, at: Moment, answer: &Bytes, changes: u64) {
        let mut state = self.state.lock();
        if state.changes == changes {
            state.last = Some((at, answer.clone()));
        }
    }

    /// Forgets the answer, because something has changed.
    pub(super) fn forget(&self) {
        let mut state = self.state.lock();
        state.last = None;
        state.changes += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::testing::Clock;

    #[test]
    fn an_answer_is_made_once_in_its_time() {
        let (clock, polled) = (Clock::freeze(), Polled::new(Duration::from_secs(1)));
        let get = |text: &'static str| polled.get(|| Bytes::from_static(text.as_bytes()));
        assert_eq!((get("a"), get("b")), ("a".into(), "a".into()));
        clock.advance(Duration::from_secs(1));
        assert_eq!(get("c"), "c");
        polled.forget();
        assert_eq!(get("d"), "d");
    }

    #[test]
    fn who_asks_while_an_answer_is_made_gets_the_last_one() {
        let (clock, polled) = (Clock::freeze(), Polled::new(Duration::from_secs(1)));
        polled.get(|| "a".into());
        clock.advance(Duration::from_secs(1));
        let made = polled.get(|| {
            assert_eq!(polled.get(|| "twice".into()), "a");
            "b".into()
        });
        assert_eq!((made, polled.get(|| "c".into())), ("b".into(), "b".into()));
    }

    #[test]
    fn who_asks_after_a_long_time_gets_no_old_answer() {
        let (clock, polled) = (Clock::freeze(), Polled::new(Duration::from_secs(1)));
        polled.get(|| "a".into());
        clock.advance(OLDEST);
        let made = polled.get(|| {
            assert_eq!(polled.get(|| "another".into()), "another");
            "b".into()
        });
        assert_eq!(made, "b");
    }

    #[test]
    fn an_answer_that_was_begun_before_a_change_is_not_shared() {
        let (_clock, polled) = (Clock::freeze(), Polled::new(Duration::from_secs(1)));
        let before = polled.get(|| {
            polled.forget();
            "before".into()
        });
        assert_eq!(before, "before");
        assert_eq!(polled.get(|| "after".into()), "after");
    }

    #[test]
    fn an_answer_that_fails_is_made_again() {
        let polled = Polled::new(Duration::from_secs(1));
        let failed = catch_unwind(AssertUnwindSafe(|| polled.get(|| panic!("planted"))));
        assert!(failed.is_err());
        assert_eq!(polled.get(|| "a".into()), "a");
    }
}
