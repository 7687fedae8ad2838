//! What a difference that has stood for a grace is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::difference::{difference, place};
use super::{GRACE, Trial, VerifyMode};
use crate::trace;

/// How long a difference must stand.
pub(super) fn grace(near_ttl: Duration) -> Duration {
    GRACE.max(near_ttl)
}

/// The longest key that a report shows.
const LONGEST: usize = 200;

/// A key without what would be another line of a log.
fn shown(key: &str) -> String {
    let mut shown: String = key
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    if key.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

impl Trial {
    /// Counts a difference that has stood as what it is. `is_still_there` if the entry is the one under its key, as users know it, and
    /// may be used; `texts` gives what is kept and what the body returns, where they can be shown.
    ///
    /// # Panics
    ///
    /// In tests, if it is a fault.
    pub(crate) fn judge(
        &self,
        key: &str,
        is_still_there: bool,
        texts: &dyn Fn() -> Option<(String, String)>,
    ) {
        let counters = &self.site.counters;
        if !is_still_there {
            return;
        }
        let is_bounded = !self.entry.life().is_endless();
        let may_age = self.entry.has_aging_part() || is_bounded && !self.can_be_invalidated();
        if may_age && self.age >= grace(self.near_ttl) {
            return counters.aged();
        }
        counters.wrong();
        // `Debug` is not our code.
        let texts = catch_unwind(AssertUnwindSafe(texts)).ok().flatten();
        let report = self.report(key, texts);
        match self.mode {
            VerifyMode::Test => panic!("{report}"),
            VerifyMode::Production => trace::wrong_hit(self.site.info().name, &report),
        }
    }

    /// Whether something is to invalidate the value, so that no life excuses its age.
    fn can_be_invalidated(&self) -> bool {
        let info = self.site.info();
        !info.tags.is_empty()
            || info.tags_from_value
            || info.namespace.is_some()
            || self.site.has_invalidated_keys()
    }

    /// In production it goes to logs, where what users keep has no place.
    fn report(&self, key: &str, texts: Option<(String, String)>) -> String {
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
            info.name,
            info.file,
            info.line,
            shown(key)
        )
    }
}
