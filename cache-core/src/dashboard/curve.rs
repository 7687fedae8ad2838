//! What another capacity or another ttl would bring.

use std::time::Duration;

use serde_json::{Value, json};

use super::json::seconds;
use crate::site::Site;
use crate::stats::{StudyResult, StudyTerms};
use crate::watch;

/// The capacities that are shown, as parts of the present one, or of the entries of a site without one.
const CAPACITIES: [(u64, u64); 9] = [
    (1, 16),
    (1, 8),
    (1, 4),
    (1, 2),
    (3, 4),
    (1, 1),
    (2, 1),
    (4, 1),
    (8, 1),
];

/// The curve of a site; `null` until it was studied.
pub(super) fn curve(site: &'static Site) -> Value {
    let Some((study, terms)) = watch::study_of(site) else {
        return Value::Null;
    };
    let ttl = nearest(&study, terms.ttl);
    let at = |entries| study.hit_ratio(entries, ttl);
    let bound = bound(&terms);
    let base = bound.unwrap_or(terms.entries).max(1);
    let by_entries = CAPACITIES.iter().filter_map(|(of, by)| {
        let entries = base.saturating_mul(*of) / by;
        Some(json!({"entries": entries, "hit_ratio": at(entries)?}))
    });
    let by_ttl = study.ttls().filter_map(|ttl| {
        let hit_ratio = study.hit_ratio(terms.capacity, ttl)?;
        Some(json!({"ttl": ttl.map(seconds), "hit_ratio": hit_ratio}))
    });
    json!({
        "requests": study.requests,
        "now": {
            "entries": bound,
            "ttl": terms.ttl.map(seconds),
            "hit_ratio": at(terms.capacity),
        },
        "by_entries": by_entries.collect::<Vec<_>>(),
        "by_ttl": by_ttl.collect::<Vec<_>>(),
        "advice": advice(site, &study, &terms, ttl),
    })
}

/// The most entries of a site; `None` where it is unbounded: what it keeps is what other capacities are compared with.
fn bound(terms: &StudyTerms) -> Option<u64> {
    let is_unbounded = usize::try_from(terms.capacity).is_ok_and(|most| most == usize::MAX);
    (!is_unbounded).then_some(terms.capacity)
}

/// The ttl of the study that is closest to this one: an entry may live a moment less than it says.
fn nearest(study: &StudyResult, ttl: Option<Duration>) -> Option<Duration> {
    let ttl = ttl?;
    let all = study.ttls().flatten();
    all.min_by_key(|other| other.abs_diff(ttl))
}

/// What twice the capacity and twice the life would bring, where it is worth a word.
fn advice(
    site: &'static Site,
    study: &StudyResult,
    terms: &StudyTerms,
    ttl: Option<Duration>,
) -> Vec<String> {
    let now = study.hit_ratio(terms.capacity, ttl).unwrap_or_default();
    let per_load = site.counters.read().load_times.mean().as_secs_f64();
    let gain = |what: &str, hit_ratio: Option<f64>| {
        let more = hit_ratio? - now;
        let saved = more * terms.rate * 60.0 * per_load;
        let hits = more * 100.0;
        (more >= WORTH)
            .then(|| format!("{what}: +{hits:.0} % hits, {saved:.1} load-seconds a minute saved"))
    };
    let larger = study.hit_ratio(terms.capacity.saturating_mul(2), ttl);
    let longer = ttl.and_then(|ttl| study.hit_ratio(terms.capacity, Some(ttl * 2)));
    [
        gain("twice the entries", larger),
        gain("twice the ttl", longer),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The gain that is worth a word.
const WORTH: f64 = 0.01;
