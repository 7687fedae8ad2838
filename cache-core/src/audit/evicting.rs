//! Functions whose capacity is too small for what callers ask for.

use super::Finding;
use crate::site::Site;

/// Fewer may be chance.
const LEAST: u64 = 100;

/// The finding about a site's capacity, if its counters show one.
pub(super) fn of(site: &'static Site) -> Option<Finding> {
    let stats = site.counted();
    let (reloads, loads) = (stats.reloads, stats.loads);
    (reloads >= LEAST && reloads >= loads / 10).then(|| Finding::Evicting {
        site: site.info(),
        reloads,
        loads,
    })
}
