//! What names cost: a hit of an entry that carries tags, and the invalidation of a tag that many carry.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use cache_core::{Cache, cached};
use tokio::runtime::{Builder, Runtime};

use crate::contest::{Contender, Contest};

const HITS: u32 = 200_000;

#[cached(capacity = 10_000)]
fn untagged(n: u64) -> u64 {
    n
}

#[cached(capacity = 10_000, tags("number:{n}"))]
fn one_tag(n: u64) -> u64 {
    n
}

#[cached(capacity = 10_000, tags("number:{n}", "a", "b", "c"))]
fn four_tags(n: u64) -> u64 {
    n
}

/// A hit, with and without tags.
pub(crate) fn hits() -> Contest {
    let contender = |name, call: fn(u64) -> u64| Contender {
        name,
        sample: Box::new(move || {
            let begun = Instant::now();
            for n in 0..HITS {
                black_box(call(black_box(u64::from(n % 64))));
            }
            vec![begun.elapsed().as_secs_f64() * 1e9 / f64::from(HITS)]
        }),
    };
    Contest {
        title: "a hit with tags".to_owned(),
        rounds: 31,
        units: &["ns"],
        baselines: &["no tag"],
        contenders: vec![
            contender("no tag", untagged),
            contender("one tag", one_tag),
            contender("four tags", four_tags),
        ],
    }
}

/// The invalidation of a tag, however many entries carry it.
pub(crate) fn invalidations() -> std::io::Result<Contest> {
    let runtime = Rc::new(Builder::new_current_thread().build()?);
    let contender = |name, entries: u32| {
        let runtime = runtime.clone();
        let cache = runtime.block_on(filled(entries));
        Contender {
            name,
            sample: Box::new(move || vec![invalidate(&runtime, &cache)]),
        }
    };
    Ok(Contest {
        title: "the invalidation of a tag".to_owned(),
        rounds: 101,
        units: &["µs"],
        baselines: &["ten entries"],
        contenders: vec![
            contender("ten entries", 10),
            contender("a million entries", 1_000_000),
        ],
    })
}

async fn filled(entries: u32) -> Cache {
    let cache = Cache::memory(2_000_000);
    for number in 0..entries {
        let entry = cache.entry(format!("n:{number}")).tags(["all"]);
        let kept = entry.set(&number).await;
        assert!(kept.is_ok_and(|kept| kept), "memory takes every value");
    }
    cache
}

fn invalidate(runtime: &Runtime, cache: &Cache) -> f64 {
    let begun = Instant::now();
    let reached = runtime.block_on(cache.invalidate_tag("all"));
    let spent = begun.elapsed();
    assert!(reached.is_ok(), "memory is always reached");
    spent.as_secs_f64() * 1e6
}
