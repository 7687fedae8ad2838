//! How the caches did, as a program can ask them itself.

use std::fmt::Write;

use cache_core::sites;

/// A line for each function and page that was called: its hit ratio, and why it missed most often.
pub fn of_all_sites() -> String {
    let mut report = format!(
        "{:<36} {:>8} {:>6}  main reason of misses\n",
        "site", "requests", "hits"
    );
    for site in sites() {
        let stats = site.stats();
        // A function that only invalidates has no hits to tell of.
        let Some(hits) = stats.hit_ratio() else {
            continue;
        };
        let most = stats.missed.iter().max_by_key(|(_, misses)| *misses);
        let reason = most.map_or("none", |(reason, _)| reason.as_str());
        let _ = writeln!(
            report,
            "{:<36} {:>8} {:>4.0} %  {reason}",
            site.info().name,
            stats.hits + stats.misses,
            hits * 100.0,
        );
    }
    report
}
