//! What a hit costs: 1,024 resident keys, on one thread and on two, sync and async.
#![allow(
    clippy::unused_async,
    reason = "what is measured is the wrapper; the bodies have nothing to wait for"
)]

mod cached;
mod limit;
mod moka;
mod ours;
mod quick_cache;
mod work;

use crate::contest::{Contender, Contest};
use work::Hits;

/// The capacity of each contender; larger than the number of keys, so that nothing is evicted.
const CAPACITY: usize = 10_000;
const HOUR: std::time::Duration = std::time::Duration::from_hours(1);

/// One contender: its name, and its hits.
struct Entrant {
    name: &'static str,
    hits: Hits,
}

type Field = fn() -> Vec<Entrant>;

const FIELDS: [(&str, Field); 4] = [
    ("fn(u64) -> u64", numbers),
    ("fn(&str, u32) -> String", texts),
    ("async fn(u64) -> u64", numbers_async),
    ("async fn(&str, u32) -> String", texts_async),
];

/// Every contest over hits.
pub(crate) fn contests() -> Vec<Contest> {
    let threads = [(1, "one thread"), (2, "two threads")];
    let pairs = FIELDS
        .into_iter()
        .flat_map(|field| threads.map(|threads| (field, threads)));
    let contests = pairs.map(|((signature, field), (threads, where_run))| Contest {
        title: format!("a hit of {signature}, {where_run}"),
        rounds: 61,
        units: &["ns a call"],
        baselines: &["cached", "limit"],
        contenders: field()
            .into_iter()
            .map(|entrant| entrant.on(threads))
            .collect(),
    });
    contests.collect()
}

impl Entrant {
    fn on(self, threads: u32) -> Contender {
        Contender {
            name: self.name,
            sample: self.hits.sampled_on(threads),
        }
    }
}

fn numbers() -> Vec<Entrant> {
    vec![
        Entrant {
            name: "limit",
            hits: Hits::numbers(limit::number),
        },
        Entrant {
            name: "cache-core",
            hits: Hits::numbers(ours::number),
        },
        Entrant {
            name: "quick_cache",
            hits: Hits::numbers(quick_cache::number),
        },
        Entrant {
            name: "cached",
            hits: Hits::numbers(cached::number),
        },
        Entrant {
            name: "cached, sharded",
            hits: Hits::numbers(cached::sharded::number),
        },
        Entrant {
            name: "moka",
            hits: Hits::numbers(moka::number),
        },
    ]
}

fn texts() -> Vec<Entrant> {
    vec![
        Entrant {
            name: "limit",
            hits: Hits::texts(limit::text),
        },
        Entrant {
            name: "cache-core",
            hits: Hits::texts(ours::text),
        },
        Entrant {
            name: "quick_cache",
            hits: Hits::texts(quick_cache::text),
        },
        Entrant {
            name: "cached",
            hits: Hits::texts(cached::text),
        },
        Entrant {
            name: "cached, sharded",
            hits: Hits::texts(cached::sharded::text),
        },
        Entrant {
            name: "moka",
            hits: Hits::texts(moka::text),
        },
    ]
}

fn numbers_async() -> Vec<Entrant> {
    vec![
        Entrant {
            name: "limit",
            hits: Hits::numbers_async(limit::number_async),
        },
        Entrant {
            name: "cache-core",
            hits: Hits::numbers_async(ours::number_async),
        },
        Entrant {
            name: "quick_cache",
            hits: Hits::numbers_async(quick_cache::number_async),
        },
        Entrant {
            name: "cached",
            hits: Hits::numbers_async(cached::number_async),
        },
        Entrant {
            name: "cached, sharded",
            hits: Hits::numbers_async(cached::sharded::number_async),
        },
        Entrant {
            name: "moka",
            hits: Hits::numbers_async(moka::number_async),
        },
    ]
}

fn texts_async() -> Vec<Entrant> {
    vec![
        Entrant {
            name: "limit",
            hits: Hits::texts_async(limit::text_async),
        },
        Entrant {
            name: "cache-core",
            hits: Hits::texts_async(ours::text_async),
        },
        Entrant {
            name: "quick_cache",
            hits: Hits::texts_async(quick_cache::text_async),
        },
        Entrant {
            name: "cached",
            hits: Hits::texts_async(cached::text_async),
        },
        Entrant {
            name: "cached, sharded",
            hits: Hits::texts_async(cached::sharded::text_async),
        },
        Entrant {
            name: "moka",
            hits: Hits::texts_async(moka::text_async),
        },
    ]
}
