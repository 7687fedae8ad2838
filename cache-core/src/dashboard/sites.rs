//! Sites: the functions, pages and layers of the program.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::counts::counts;
use super::curve::curve;
use super::json::{miss, seconds, timings, with_fields};
use crate::site::{Kind, Site, SiteInfo, all_sites};
use crate::stats::{Period, Stats, Window};
use crate::watch::{self, SAMPLE};

/// The site with this number.
pub(super) fn find(id: usize) -> Option<&'static Site> {
    all_sites().into_iter().find(|site| site.number() == id)
}

/// The numbers of sites, by what is known of them.
pub(super) struct SiteNumbers(HashMap<*const SiteInfo, usize>);

impl SiteNumbers {
    pub(super) fn of(sites: &[&'static Site]) -> Self {
        let numbers = sites.iter().map(|site| (info_of(site), site.number()));
        Self(numbers.collect())
    }

    pub(super) fn get(&self, info: &'static SiteInfo) -> Option<usize> {
        self.0.get(&std::ptr::from_ref(info)).copied()
    }
}

fn info_of(site: &'static Site) -> *const SiteInfo {
    std::ptr::from_ref(site.info())
}

fn kind(site: &Site) -> &'static str {
    match site.info().kind {
        _ if site.is_layer() => "layer",
        Kind::Function => "function",
        Kind::Page => "page",
        Kind::Invalidates => "invalidates",
        Kind::Put => "put",
    }
}

/// A site in the overview.
pub(super) fn summary(site: &'static Site) -> Map<String, Value> {
    let stats = site.stats_of(SAMPLE);
    let was_called = stats.was_called();
    let mean = seconds(stats.load_times.mean());
    let window = |window: Window| {
        // Most sites of a large program wait for a first call, and have no history to look through.
        let last = was_called.then(|| watch::last(site, window, &stats));
        let last = last.flatten().map(|period| period.counts);
        let counts = counts(&last.unwrap_or_default(), mean);
        (window.as_str(), Value::Object(counts))
    };
    let info = site.info();
    let weighs = matches!(info.kind, Kind::Page);
    let summary = json!({
        "id": site.number(),
        "name": info.name,
        "kind": kind(site),
        "file": info.file,
        "line": info.line,
        "key": info.key,
        "ttl": info.ttl,
        "tags": info.tags,
        "namespace": info.namespace,
        "cache": info.cache.unwrap_or("default"),
        "capacity": site.bound().or(info.capacity).filter(|bound| *bound < usize::MAX),
        // What a function has in a cache that it shares counts there.
        "entries": site.bound().map(|_| stats.entries),
        "bytes": weighs.then_some(stats.bytes),
    });
    let fields = [
        ("total", Value::Object(counts(&stats, mean))),
        window(Window::Minute),
        window(Window::Hour),
        window(Window::Day),
        ("load", timings(&stats.load_times)),
        ("trend", trend(site, was_called)),
    ];
    with_fields(summary, fields)
}

/// Hits and misses of each of the last 60 minutes, as far as they were watched.
fn trend(site: &'static Site, was_called: bool) -> Value {
    let parts = was_called.then(|| watch::parts(site, Window::Hour));
    let parts = parts.into_iter().flatten();
    parts
        .map(|part| Value::from(vec![part.counts.hits, part.counts.misses]))
        .collect()
}

/// A site with its history, its latest misses, and what is learned from them.
pub(super) fn detail(site: &'static Site) -> Value {
    let mut detail = summary(site);
    let mean = seconds(site.counters.read().load_times.mean());
    let history = Window::ALL.into_iter().map(|window| {
        let parts = watch::parts(site, window).into_iter();
        let samples = parts.map(|part| sample(&part, mean)).collect();
        (window.as_str().to_owned(), samples)
    });
    let history = Value::Object(history.collect());
    detail.insert("history".to_owned(), history);
    let recent = watch::recent(site).into_iter();
    let recent = recent.map(|found| miss(found.ago, found.key.as_deref(), &found.why));
    detail.insert("recent".to_owned(), Value::Array(recent.collect()));
    detail.insert("curve".to_owned(), curve(site));
    let parts = watch::key_parts(site).into_iter();
    let parts = parts.map(|(name, part)| {
        json!({
            "hole": name,
            "values": part.values,
            "requests": part.requests,
            "hit_ratio_without": part.hit_ratio_without,
            "shatters": part.shatters,
        })
    });
    detail.insert("parts".to_owned(), parts.collect());
    Value::Object(detail)
}

fn sample(period: &Period, mean: f64) -> Value {
    let stats: &Stats = &period.counts;
    let mut sample = counts(stats, mean);
    sample.insert("ago".to_owned(), json!(seconds(period.ago)));
    sample.insert("span".to_owned(), json!(seconds(period.span)));
    Value::Object(sample)
}
