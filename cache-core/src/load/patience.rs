//! How long a caller waits for a load, and what it may take instead.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{self, Moment};
use crate::entry::AnyEntry;
use crate::near::Core;
use crate::policy::{Service, Staleness};
use crate::rule::{self, Rule};

/// What one caller may take instead of a load, and when.
#[derive(Clone)]
pub(crate) struct Patience {
    pub(super) rules: Staleness,
    /// When the caller began to wait.
    called: Moment,
    /// A value that serves if the load fails or takes too long: the caller's own, and good when it called.
    pub(super) stale: Option<Arc<dyn AnyEntry>>,
}

/// A leader that has not ended after this time gets a second one at its side, and so on. A caller that has waited twice as
/// long loads solo, once there is a permit; for that it waits no longer than this once more.
pub(super) const LEADER_TIMEOUT: Duration = Duration::from_secs(10);

impl Patience {
    pub(super) fn new(rules: Staleness) -> Self {
        Self {
            rules,
            called: clock::now(),
            stale: None,
        }
    }

    /// How long the caller waits while it has a stale value to take.
    pub(super) fn soft_limit(&self) -> Option<Duration> {
        self.stale.as_ref().and(self.rules.soft_timeout)
    }

    /// When the caller takes its stale value in place of what it waits for.
    pub(crate) fn soft_deadline(&self) -> Moment {
        let limit = self.soft_limit();
        limit.map_or(Moment::NEVER, |limit| self.called.after(limit))
    }

    /// The stale value of the caller, if it still may serve.
    pub(crate) fn stale(&self, near: &Core) -> Option<Arc<dyn AnyEntry>> {
        let stale = self.stale.as_ref()?;
        let service = self
            .rules
            .service(near.judge(stale.view()), stale.life(), clock::now());
        rule::holds(Rule::StaleJudgedAtUse, service != Service::None).then(|| stale.clone())
    }

    /// How long the caller waits at most.
    pub(crate) fn hard_limit(&self) -> Option<Duration> {
        self.rules.hard_timeout
    }

    /// When the caller gives up.
    pub(crate) fn hard_deadline(&self) -> Moment {
        let limit = self.rules.hard_timeout;
        limit.map_or(Moment::NEVER, |limit| self.called.after(limit))
    }

    /// Without a stale value: the caller goes on waiting.
    pub(crate) fn without_stale(&mut self) {
        self.stale = None;
    }
}
