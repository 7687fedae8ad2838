//! Copies that are used until the store reports a change.

use std::sync::Arc;
use std::time::Duration;

use super::{BESIDE, Far, Stamps};
use crate::entry::AnyEntry;
use crate::near::Core;
use crate::tracking::{Dependent, ReadStart, SESSION};

impl Far {
    /// How long an armed copy is used after the store was last heard; zero if the store reports no changes.
    pub(crate) fn session(&self) -> Duration {
        self.tracked.as_ref().map_or(Duration::ZERO, |_| SESSION)
    }

    /// To be taken before a copy is written under this key.
    pub(crate) fn write_start(&self, key: &[u8]) -> Option<ReadStart> {
        let tracked = self.tracked.as_ref()?;
        tracked.tracking.write_start(&self.space.entry(key))
    }

    /// To be taken before the first read of what a copy is made of.
    pub(crate) fn read_start(&self) -> Option<ReadStart> {
        self.tracked.as_ref()?.tracking.read_start()
    }

    /// Arms an entry: it is used until the store reports a change of its key or its stamps. All of them were read after `start`;
    /// without one, the store reported no changes then, and the entry is not armed.
    pub(crate) fn arm(
        &self,
        start: Option<&ReadStart>,
        key: &[u8],
        near: &Core,
        entry: &Arc<dyn AnyEntry>,
    ) {
        let (Some(start), Some(tracked)) = (start, &self.tracked) else {
            return;
        };
        let stamps = entry.stamps().unwrap_or_default().iter();
        let names: Vec<_> = stamps.map(|stamped| stamped.name).collect();
        // What lies beside another value depends on the key of that one.
        if names.is_empty() || names.contains(&BESIDE) {
            return;
        }
        let mut keys = vec![(
            self.space.entry(key),
            Dependent::Copy(Arc::downgrade(entry)),
        )];
        for name in names
            .into_iter()
            .filter(|name| Stamps::is_under_a_key(*name))
        {
            let slot = near.slot(name);
            if !entry.generation.slots().contains(&slot) {
                // A change of the stamp would not reach it.
                return;
            }
            keys.push((self.space.stamp(name), Dependent::Name(slot)));
        }
        if let Some(session) = tracked.tracking.arm(start, tracked, keys) {
            entry.arm(session);
        }
    }
}
