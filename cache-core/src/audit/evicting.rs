//! Functions whose bound is too small for what is asked of them.

use super::Finding;
use crate::site::Site;

/// Fewer are no pattern yet.
const LEAST: u64 = 100;

/// What a site's counters say of its bound.
pub(super) fn of(site: &'static Site) -> Option<Finding> {
    let stats = site.stats();
    let (reloads, loads) = (stats.reloads, stats.loads);
    (reloads >= LEAST && reloads >= loads / 10).then(|| Finding::Evicting {
        site: site.info(),
        reloads,
        loads,
    })
}
