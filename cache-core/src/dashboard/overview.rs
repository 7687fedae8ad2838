//! The overview: all sites, caches and findings.

use std::time::UNIX_EPOCH;

use serde_json::{Map, Value, json};

use super::json::{seconds, timings, with_fields};
use super::sites::SiteNumbers;
use super::{DashboardState, sites};
use crate::audit::{Audit, Finding, audit_of_names};
use crate::cache::Cache;
use crate::caches::{self, Caches};
use crate::clock;
use crate::far::StoreHealth;
use crate::site::{Site, all_sites};
use crate::watch;

pub(super) fn overview(state: &DashboardState) -> Map<String, Value> {
    watch::tick();
    let all = all_sites();
    let sites = all.iter().map(|site| Value::Object(sites::summary(site)));
    let caches = caches::in_use().into_iter().flat_map(Caches::all);
    let caches = caches.map(|(name, cache)| cache_of(name, cache));
    let now = clock::wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    let overview = json!({
        "program": program(),
        "now_ms": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
        "watched_for": seconds(watch::watched_for()),
        "read_only": state.token.is_none(),
        "token": state.token.as_ref().map_or("", |token| token.as_str()),
    });
    let fields = [
        ("sites", sites.collect()),
        ("caches", caches.collect()),
        ("findings", findings(state, &all).into()),
    ];
    with_fields(overview, fields)
}

/// The name of the program's file.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let name = path.file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn cache_of(name: &str, cache: &Cache) -> Value {
    let census = cache.census(watch::SAMPLE);
    json!({
        "name": name,
        "entries": census.entries,
        "capacity": cache.entries(),
        "bytes": (census.bytes > 0).then_some(census.bytes),
        "store": cache.store_health().map(|health| store_of(cache, &health)),
    })
}

fn store_of(cache: &Cache, health: &StoreHealth) -> Value {
    let stats = cache.store_stats();
    let last_error = health.last_error.as_ref();
    let last_error = last_error.map(|(text, ago)| json!({"text": text, "ago": seconds(*ago)}));
    json!({
        "address": health.address,
        "breaker": health.breaker.as_str(),
        "last_error": last_error,
        "undelivered": health.undelivered,
        "latency": timings(&health.latency),
        "hits": stats.hits,
        "misses": stats.misses,
        "writes": stats.writes,
        "failures": stats.failures,
        "skipped": stats.skipped,
    })
}

fn findings(state: &DashboardState, all: &[&'static Site]) -> Vec<Value> {
    let numbers = SiteNumbers::of(all);
    let of_names = state.of_names.get_or_init(|| audit_of_names().findings());
    let of_counters = Audit::of_counters(all).findings();
    let found = of_names.iter().chain(&of_counters);
    found
        .map(|finding| {
            let (kind, site) = match finding {
                Finding::Dead { site, .. } => ("dead", *site),
                Finding::Meeting { one, .. } => ("collision", *one),
                Finding::Evicting { site, .. } => ("evicting", *site),
                Finding::Shattered { site, .. } => ("shattered", *site),
                Finding::ShortLived { site, .. } => ("short-ttl", *site),
                Finding::OverInvalidated { site, .. } => ("invalidated", *site),
                Finding::Unused { site, .. } => ("unused", *site),
            };
            json!({"kind": kind, "site": numbers.get(site), "text": finding.to_string()})
        })
        .collect()
}
