//! Functions that miss for one reason, which somebody has chosen: a life that is too short, or an invalidation that reaches too far.

use std::collections::HashMap;

use super::Finding;
use crate::site::Site;
use crate::stats::{MissReason, Stats};
use crate::watch;

/// Fewer may be chance.
const LEAST: u64 = 100;

/// The finding about what a site misses for, if its counters show one.
pub(super) fn of(site: &'static Site) -> Option<Finding> {
    let stats = site.counted();
    let requests = stats.hits + stats.misses;
    let prevails = |reason| {
        let misses = stats.missed[reason];
        misses >= LEAST && misses * 2 >= stats.misses && misses * 10 >= requests
    };
    if prevails(MissReason::Expired) {
        return Some(Finding::ShortLived {
            site: site.info(),
            expired: stats.missed[MissReason::Expired],
            requests,
        });
    }
    if prevails(MissReason::Invalidated) {
        return Some(over_invalidated(site, &stats, requests));
    }
    None
}

fn over_invalidated(site: &'static Site, stats: &Stats, requests: u64) -> Finding {
    Finding::OverInvalidated {
        site: site.info(),
        by: most_frequent(site),
        invalidated: stats.missed[MissReason::Invalidated],
        requests,
    }
}

/// The invalidation that the latest misses were due to, most of them, where the program is watched.
fn most_frequent(site: &'static Site) -> Option<String> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    for miss in watch::recent(site) {
        if let Some(by) = miss.why.invalidation {
            let from = by.function.map(|function| format!(", from {function}"));
            let name = format!(
                "{} `{}`{}",
                by.kind.as_str(),
                by.name,
                from.unwrap_or_default()
            );
            *counts.entry(name).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(name, _)| name)
}
