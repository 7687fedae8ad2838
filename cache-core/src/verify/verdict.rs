//! What a difference that has stood for a grace is.

use std::time::Duration;

use super::difference::{difference, place};
use super::{GRACE, VerifyMode};
use crate::entry::Meta;
use crate::site::Site;
use crate::trace;

/// What is known of a hit when two runs have returned something else than what is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Differing<'a> {
    pub(crate) site: &'static Site,
    pub(crate) mode: VerifyMode,
    /// The key as users know it.
    pub(crate) key: &'a str,
    /// Whether the two runs have returned the same.
    pub(crate) runs_agree: bool,
    /// Whether the entry is still the one under its key, and may be used.
    pub(crate) is_still_there: bool,
    /// How old it was when it was used.
    pub(crate) age: Duration,
    /// How long a copy may be older than its store.
    pub(crate) near_ttl: Duration,
}

/// How long a difference must stand.
pub(crate) fn grace(near_ttl: Duration) -> Duration {
    GRACE.max(near_ttl)
}

impl Differing<'_> {
    /// Counts the difference as what it is. `texts` gives what is kept and what the body returns, where they can be shown.
    ///
    /// # Panics
    ///
    /// In tests, if it is a fault.
    pub(crate) fn judge(self, entry: &Meta, texts: impl FnOnce() -> Option<(String, String)>) {
        let counters = &self.site.counters;
        if !self.runs_agree {
            return counters.impure();
        }
        if !self.is_still_there {
            return;
        }
        let is_bounded = !entry.life().is_endless();
        if self.age >= grace(self.near_ttl) && is_bounded && !self.can_be_invalidated() {
            return counters.aged();
        }
        counters.wrong();
        let report = self.report(texts());
        match self.mode {
            VerifyMode::Test => panic!("{report}"),
            VerifyMode::Production => trace::wrong_hit(self.site.info().name, &report),
        }
    }

    /// Whether something is to invalidate the value, so that no life excuses its age.
    fn can_be_invalidated(&self) -> bool {
        let info = self.site.info();
        !info.tags.is_empty() || info.tags_from_value || info.namespace.is_some()
    }

    /// In production it goes to logs, where what users keep has no place.
    fn report(&self, texts: Option<(String, String)>) -> String {
        let info = self.site.info();
        let found = match (texts, self.mode) {
            (Some((kept, run)), VerifyMode::Test) => {
                let (kept, run) = difference(&kept, &run);
                format!("kept is {kept}, and the body returns {run}")
            }
            (Some((kept, run)), VerifyMode::Production) => place(&kept, &run),
            (None, _) => "kept is a value, and the body returns another one".to_owned(),
        };
        format!(
            "stale or under-keyed hit: {} ({}:{}), key `{}`: {found}\n\
             It depends on something that its key does not hold, or that has changed without an invalidation. Put it in the key, \
             invalidate what changes it, or say `verify = false` if that is meant.",
            info.name, info.file, info.line, self.key
        )
    }
}
