//! The runs of a body for one hit, and what comes of them.

use std::sync::Arc;
use std::time::Duration;

use super::{VerifyMode, are_under_way, grace, wait, wait_async};
use crate::clock::{self, Stopwatch};
use crate::entry::AnyEntry;
use crate::invalidation::{ChangesSoFar, Changing};
use crate::site::{Remembered, Site, Suspect};
use crate::wait::pause;

/// So many runs in a row must return the same before a difference is a fault, or fewer once they have taken so long together. Two agree
/// by chance where there are few outcomes, as with a coin or the order of a map; but somebody may wait for a slow one.
const ENOUGH: [(u32, Duration); 3] = [
    (20, Duration::ZERO),
    (5, Duration::from_millis(50)),
    (2, Duration::from_secs(1)),
];

/// A hit that is verified, while runs are made for it.
///
/// The first run that returns something else says little: the world may just have changed. After a grace several runs are made at once.
/// If they all return the same, and not what is kept, then that is a fault; if they return this and that, the body is no function of its
/// key.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) site: &'static Site,
    pub(crate) mode: VerifyMode,
    pub(crate) hash: u64,
    pub(crate) entry: Arc<dyn AnyEntry>,
    /// How old the value was when it was first seen to differ.
    pub(crate) age: Duration,
    /// How long a copy may be older than its store.
    pub(crate) near_ttl: Duration,
    /// Whether its caller waits for the grace, or somebody behind its caller. Otherwise a later hit of the same entry goes on.
    waits: bool,
    after_grace: Option<AfterGrace>,
}

/// The runs after the grace.
#[derive(Debug)]
struct AfterGrace {
    agree: u32,
    since: Stopwatch,
}

impl AfterGrace {
    fn begin(agree: u32) -> Self {
        Self {
            agree,
            since: Stopwatch::of_real_time(),
        }
    }

    fn is_enough(&self) -> bool {
        let took = self.since.elapsed();
        let is_met = |(runs, time): &(u32, Duration)| self.agree >= *runs && took >= *time;
        ENOUGH.iter().any(is_met)
    }
}

/// What is to be done after a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NextStep {
    /// Another run.
    Run,
    /// A wait for the grace, and for the end of these changes, and then another run.
    Wait(ChangesSoFar),
    /// The difference has stood, and is judged.
    Judge,
    /// Nothing.
    End,
}

impl Trial {
    /// One of the entry under this hash. In a test its caller waits for the grace.
    pub(crate) fn new(
        site: &'static Site,
        mode: VerifyMode,
        (hash, entry): (u64, Arc<dyn AnyEntry>),
        near_ttl: Duration,
    ) -> Self {
        Self {
            site,
            mode,
            hash,
            age: entry.life().age(clock::now()),
            entry,
            near_ttl,
            waits: mode == VerifyMode::Test,
            after_grace: None,
        }
    }

    /// The same where somebody behind its caller waits for the grace.
    #[cfg(feature = "axum")]
    pub(crate) fn behind(self) -> Self {
        Self {
            waits: true,
            ..self
        }
    }

    /// The last run has returned what is kept.
    pub(crate) fn equal(&self) -> NextStep {
        if self.after_grace.as_ref().is_some_and(|runs| runs.agree > 0) {
            self.site.counters.impure();
        } else {
            self.site.counters.verified();
            self.site.suspects().remove(self.hash);
        }
        NextStep::End
    }

    /// The last run has returned something else; `agrees` if all runs since the grace have returned the same.
    pub(crate) fn differs(&mut self, agrees: bool) -> NextStep {
        let counters = &self.site.counters;
        match &mut self.after_grace {
            None if counters.is_impure() => counters.impure(),
            None if self.waits => return NextStep::Wait(Changing::so_far()),
            None => return self.remember(),
            Some(_) if !agrees => counters.impure(),
            Some(runs) => {
                runs.agree += 1;
                if runs.is_enough() {
                    return NextStep::Judge;
                }
                return self.another();
            }
        }
        NextStep::End
    }

    fn another(&self) -> NextStep {
        self.site.suspects().count_run();
        NextStep::Run
    }

    /// Remembers the difference for a later hit of the same entry, or goes on with what an earlier hit has remembered.
    fn remember(&mut self) -> NextStep {
        let suspects = self.site.suspects();
        if suspects.are_due() && are_under_way(None) {
            return NextStep::End;
        }
        match suspects.take_due(self.hash, &self.entry) {
            Remembered::Nothing => {
                let suspect = Suspect::new(&self.entry, self.age, self.grace());
                suspects.add(self.hash, suspect);
                NextStep::End
            }
            Remembered::NotDue => NextStep::End,
            Remembered::Due(age) => {
                self.age = age;
                self.after_grace = Some(AfterGrace::begin(1));
                self.another()
            }
        }
    }

    /// Waits for the grace and for these changes; tells whether it came to that.
    pub(crate) fn wait(&mut self, changes: ChangesSoFar) -> bool {
        let is_over = wait(self.grace(), changes);
        self.after_grace = Some(AfterGrace::begin(0));
        is_over
    }

    /// [`wait`](Self::wait), while other tasks of the thread go on.
    pub(crate) async fn wait_async(&mut self, changes: ChangesSoFar) -> bool {
        let is_over = match self.mode {
            VerifyMode::Test => wait_async(self.grace(), changes).await,
            VerifyMode::Production => {
                pause(self.grace()).await;
                !are_under_way(Some(changes))
            }
        };
        self.after_grace = Some(AfterGrace::begin(0));
        is_over
    }

    fn grace(&self) -> Duration {
        grace(self.near_ttl)
    }
}
