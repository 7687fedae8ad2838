//! The counters of all functions, pages, layers and stores, through the facade of the crate `metrics`.
//!
//! Calls update counters of their own; [`publish`] hands these to the recorder that the program has installed. Call it before each scrape, or
//! every few seconds where a recorder pushes. The labels have few values: the functions and caches of the program, and words of this crate. No
//! key, tag or path is among them.
//!
//! | name | type | labels | what it counts |
//! |---|---|---|---|
//! | `cache.requests` | counter | `cache.site`, `cache.result` (`hit`, `miss`, `bypass`), `cache.tier` (`near`, `store`, `none`) | calls, by what has answered them |
//! | `cache.stale` | counter | `cache.site` | hits whose value was past its life |
//! | `cache.misses` | counter | `cache.site`, `cache.reason` | misses by their reason: see [`MissReason`] |
//! | `cache.coalesced` | counter | `cache.site` | misses that waited for the load of another call |
//! | `cache.loads` | counter | `cache.site`, `cache.result` (`ok`, `error`) | loads that have ended |
//! | `cache.refreshes` | counter | `cache.site` | those that replaced a value which was there |
//! | `cache.load.duration` | histogram | `cache.site` | how long loads took, in seconds |
//! | `cache.saved` | gauge | `cache.site` | the seconds of load that hits have saved so far, at what a load takes on average: it may fall when loads become faster |
//! | `cache.evictions` | counter | `cache.site` | entries that were evicted for lack of room |
//! | `cache.entries`, `cache.bytes` | gauge | `cache.site` | what is kept in this process and may be used |
//! | `cache.near.entries` | gauge | `cache.name` | the same of a named cache, which several functions share |
//! | `cache.store.calls` | counter | `cache.name`, `cache.result` (`hit`, `miss`, `write`, `failure`, `skipped`) | what has come of calls of a store |
//! | `cache.store.undelivered` | gauge | `cache.name` | invalidations that it has not heard of yet |
//! | `cache.store.open` | gauge | `cache.name` | 1 while it is left alone because it kept failing, else 0 |
//! | `cache.store.latency` | gauge | `cache.name`, `quantile` (`0.5`, `0.95`) | how long its calls took, in seconds |
//!
//! An exporter for Prometheus writes the dots as underscores: `cache_requests{cache_site="blog::posts::list", …}`.

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};

use crate::cache::Cache;
use crate::caches::{self, Caches};
use crate::far::Breaker;
use crate::site::{Site, all_sites};
use crate::stats::{MissReason, Stats};
use crate::watch::SAMPLE;

/// Hands the sums of all sites and stores to the recorder that is installed; without one it does nothing.
///
/// A site that was never called is left out.
pub fn publish() {
    describe();
    for site in all_sites() {
        publish_site(site);
    }
    for (name, cache) in caches::in_use().into_iter().flat_map(Caches::all) {
        publish_cache(name, cache);
    }
}

/// Says once for each scrape what the numbers mean.
fn describe() {
    describe_counter!("cache.requests", "Calls, by what has answered them.");
    describe_counter!("cache.stale", "Hits whose value was past its life.");
    describe_counter!("cache.misses", "Misses by their reason.");
    describe_counter!(
        "cache.coalesced",
        "Misses that waited for the load of another call."
    );
    describe_counter!("cache.loads", "Loads.");
    describe_counter!("cache.refreshes", "Loads of a value that was there.");
    describe_counter!(
        "cache.evictions",
        "Entries that were evicted for lack of room."
    );
    describe_histogram!("cache.load.duration", Unit::Seconds, "How long loads took.");
    describe_gauge!(
        "cache.saved",
        Unit::Seconds,
        "The time of loads that hits have saved."
    );
    describe_gauge!(
        "cache.entries",
        "Entries of a function or page that are kept here."
    );
    describe_gauge!(
        "cache.bytes",
        Unit::Bytes,
        "What these weigh, where they are weighed."
    );
    describe_gauge!(
        "cache.near.entries",
        "Entries of a named cache that are kept here."
    );
    describe_counter!("cache.store.calls", "What has come of calls of a store.");
    describe_gauge!(
        "cache.store.undelivered",
        "Invalidations that a store has not heard of."
    );
    describe_gauge!(
        "cache.store.open",
        "1 while a store is left alone because it kept failing."
    );
    describe_gauge!(
        "cache.store.latency",
        Unit::Seconds,
        "How long calls of a store took."
    );
}

fn publish_site(site: &'static Site) {
    let stats = site.stats_of(SAMPLE);
    if !stats.was_called() {
        return;
    }
    let name = site.info().name;
    let requests = |result, tier, count| {
        let counter = counter!("cache.requests", "cache.site" => name, "cache.result" => result, "cache.tier" => tier);
        counter.absolute(count);
    };
    requests("hit", "near", near_hits(&stats));
    requests("hit", "store", stats.store_hits);
    requests("miss", "none", stats.misses);
    requests("bypass", "none", stats.bypassed);
    for reason in MissReason::ALL {
        let misses =
            counter!("cache.misses", "cache.site" => name, "cache.reason" => reason.as_str());
        misses.absolute(stats.missed[reason]);
    }
    counter!("cache.loads", "cache.site" => name, "cache.result" => "ok").absolute(loaded(&stats));
    counter!("cache.loads", "cache.site" => name, "cache.result" => "error").absolute(stats.errors);
    counter!("cache.stale", "cache.site" => name).absolute(stats.stale_hits);
    counter!("cache.coalesced", "cache.site" => name).absolute(stats.coalesced);
    counter!("cache.refreshes", "cache.site" => name).absolute(stats.refreshes);
    counter!("cache.evictions", "cache.site" => name).absolute(stats.evictions);
    gauge!("cache.saved", "cache.site" => name).set(stats.saved().as_secs_f64());
    gauge!("cache.entries", "cache.site" => name).set(number(stats.entries));
    gauge!("cache.bytes", "cache.site" => name).set(number(stats.bytes));
}

fn publish_cache(name: &str, cache: &Cache) {
    let entries = number(cache.census(SAMPLE).entries);
    gauge!("cache.near.entries", "cache.name" => name.to_owned()).set(entries);
    let Some(health) = cache.store_health() else {
        return;
    };
    let (name, stats) = (name.to_owned(), cache.store_stats());
    for (result, count) in [
        ("hit", stats.hits),
        ("miss", stats.misses),
        ("write", stats.writes),
        ("failure", stats.failures),
        ("skipped", stats.skipped),
    ] {
        counter!("cache.store.calls", "cache.name" => name.clone(), "cache.result" => result)
            .absolute(count);
    }
    gauge!("cache.store.undelivered", "cache.name" => name.clone())
        .set(number(health.undelivered as u64));
    let is_open = health.breaker == Breaker::Open;
    gauge!("cache.store.open", "cache.name" => name.clone()).set(f64::from(u8::from(is_open)));
    for (quantile, latency) in [("0.5", health.latency.median), ("0.95", health.latency.p95)] {
        gauge!("cache.store.latency", "cache.name" => name.clone(), "quantile" => quantile)
            .set(latency.as_secs_f64());
    }
}

/// The hits of what was kept in this process. Counters are read one by one, so a part may be ahead of its whole.
fn near_hits(stats: &Stats) -> u64 {
    stats.hits.saturating_sub(stats.store_hits)
}

/// The loads that ended well. Those that still run may fail, and a counter must not go back.
fn loaded(stats: &Stats) -> u64 {
    stats.load_times.count.saturating_sub(stats.errors)
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_was_counted_before_its_whole_takes_nothing_below_zero() {
        let stats = Stats {
            hits: 1,
            store_hits: 2,
            ..Stats::default()
        };
        assert_eq!(near_hits(&stats), 0);
    }

    #[test]
    fn a_load_that_runs_has_not_ended_well() {
        let mut stats = Stats {
            loads: 3,
            errors: 1,
            ..Stats::default()
        };
        assert_eq!(loaded(&stats), 0);
        stats.load_times.count = 2;
        assert_eq!(loaded(&stats), 1);
    }
}
