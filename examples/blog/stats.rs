//! What the cache has done since the program started: the hit rate, and the SQL queries that hits have saved.

use std::collections::{HashMap, VecDeque};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::render::context;
use axum::response::Html;
use cache_core::{Kind, never_cache};
use serde::Serialize;

use crate::problem::Problem;
use crate::render;
use crate::work::{Answer, Verdict};

/// How many of the last SQL queries are shown.
const LOG_LENGTH: usize = 20;
/// How many addresses are known by what their last miss took.
const MOST_ADDRESSES: usize = 10_000;

static TOTALS: LazyLock<Mutex<Totals>> = LazyLock::new(Mutex::default);

#[derive(Clone, Default, Serialize)]
struct Totals {
    hits: u64,
    misses: u64,
    queries: u64,
    /// What the last miss of each page had to query, and its hits did not.
    saved: u64,
    last_queries: VecDeque<String>,
    #[serde(skip)]
    costs: HashMap<String, u64>,
}

/// How often a cached page or function was asked for.
#[derive(Serialize)]
struct Usage {
    name: &'static str,
    is_page: bool,
    hits: u64,
    misses: u64,
    /// In per cent.
    hit_rate: u64,
}

/// Counts the answer of an address.
pub fn record(address: String, answer: &Answer) {
    with_totals(|totals| match answer.verdict {
        Verdict::Hit => {
            totals.hits += 1;
            let miss = totals.costs.get(&address).copied().unwrap_or_default();
            totals.saved += miss.saturating_sub(answer.queries);
        }
        Verdict::Miss => {
            totals.misses += 1;
            if totals.costs.len() < MOST_ADDRESSES || totals.costs.contains_key(&address) {
                totals.costs.insert(address, answer.queries);
            }
        }
        Verdict::NotCached => {}
    });
}

/// Counts a query and keeps its text, which holds placeholders and never values.
pub fn log_query(sql: &str) {
    let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    with_totals(|totals| {
        totals.queries += 1;
        totals.last_queries.truncate(LOG_LENGTH - 1);
        totals.last_queries.push_front(sql);
    });
}

/// `GET /stats`
#[never_cache]
pub async fn page() -> Result<Html<String>, Problem> {
    let totals = with_totals(|totals| totals.clone());
    let rate = hit_rate(totals.hits, totals.misses);
    render::page(
        "stats.html",
        context! { totals, hit_rate => rate, usage => usage() },
    )
}

/// The cached pages and functions that were asked for, those with most hits first.
fn usage() -> Vec<Usage> {
    let mut usage: Vec<_> = cache_core::sites()
        .filter(|site| matches!(site.info().kind, Kind::Page | Kind::Function))
        .map(|site| {
            let (info, stats) = (site.info(), site.stats());
            Usage {
                name: info.name.trim_start_matches("blog::"),
                is_page: info.kind == Kind::Page,
                hits: stats.hits,
                misses: stats.misses,
                hit_rate: hit_rate(stats.hits, stats.misses),
            }
        })
        .filter(|usage| usage.hits + usage.misses > 0)
        .collect();
    usage.sort_by_key(|usage| std::cmp::Reverse((usage.hits, usage.misses)));
    usage
}

/// In per cent, rounded down: 100 is said only where there was no miss.
fn hit_rate(hits: u64, misses: u64) -> u64 {
    (hits * 100).checked_div(hits + misses).unwrap_or_default()
}

fn with_totals<T>(work: impl FnOnce(&mut Totals) -> T) -> T {
    work(&mut TOTALS.lock().unwrap_or_else(PoisonError::into_inner))
}
