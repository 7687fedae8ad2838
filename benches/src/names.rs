//! The cost of names: a hit of an entry with tags, the same while other entries are invalidated, and the invalidation of a tag of
//! many entries.

use std::hint::black_box;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
    let contender = |name, call| Contender {
        name,
        sample: Box::new(move || vec![hit(call, 64)]),
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

/// What another thread does meanwhile, each millisecond.
#[derive(Clone, Copy)]
struct Disturbance {
    marks: u64,
    replacements: u64,
}

/// A hit of each of 1,024 entries in turn, alone and while another thread invalidates or replaces other entries.
pub(crate) fn hits_under_marks() -> Vec<Contest> {
    type Call = fn(u64) -> u64;
    let functions: [(&str, Call); 3] = [
        ("no tag", untagged),
        ("one tag", one_tag),
        ("four tags", four_tags),
    ];
    let contests = functions.map(|(tags, call)| {
        let contender = |name, marks, replacements| {
            let disturbance = Disturbance {
                marks,
                replacements,
            };
            Contender {
                name,
                sample: Box::new(move || vec![disturbed(disturbance, || hit(call, 1_024))]),
            }
        };
        Contest {
            title: format!("a hit with {tags} under marks and replacements of other entries"),
            rounds: 31,
            units: &["ns"],
            baselines: &["quiet"],
            contenders: vec![
                contender("quiet", 0, 0),
                contender("10,000 marks a second", 10, 0),
                contender("1,000 replacements a second", 0, 1),
                contender("both", 10, 1),
            ],
        }
    });
    contests.into()
}

/// The time of a hit of each of this many entries.
fn hit(call: fn(u64) -> u64, entries: u64) -> f64 {
    for n in 0..entries {
        black_box(call(n));
    }
    let begun = Instant::now();
    for n in 0..HITS {
        black_box(call(black_box(u64::from(n) % entries)));
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(HITS)
}

/// Disturbs on another thread while `measured` runs.
fn disturbed(disturbance: Disturbance, measured: impl FnOnce() -> f64) -> f64 {
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let each = |count: u64, at: u64| at * count..at * count + count;
            for at in 0_u64.. {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                each(disturbance.marks, at).for_each(invalidate_another);
                each(disturbance.replacements, at).for_each(replace_another);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let figure = measured();
        ended.store(true, Ordering::Relaxed);
        figure
    })
}

fn invalidate_another(n: u64) {
    let tag = format!("other:{n}");
    let reached = cache_core::cache().blocking().invalidate_tag(tag);
    assert!(reached.is_ok(), "memory is always reached");
}

fn replace_another(n: u64) {
    let key = format!("other:{}", n % 100);
    let stored = cache_core::cache().blocking().set(key, &n);
    assert!(stored.is_ok(), "memory takes every value");
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
