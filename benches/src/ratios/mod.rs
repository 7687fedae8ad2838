//! Which values are kept when not all can be: the part of the requests that hit, and the part of the load time that is saved, by
//! shape of the requests.

mod loads;
mod requests;

use std::hint::black_box;
use std::rc::Rc;

use cache_core::cached;

use crate::contest::{Contender, Contest};
pub(crate) use requests::{Dice, Ranks};
use requests::{Requests, Scale};

#[cached(capacity = 100_000)]
fn hundred_thousand(key: u64) -> u64 {
    loads::load(key)
}

#[cached(capacity = 10_000)]
fn ten_thousand(key: u64) -> u64 {
    loads::load(key)
}

#[cached(capacity = 1_000)]
fn thousand(key: u64) -> u64 {
    loads::load(key)
}

/// A contest for each shape, of a million keys, or of a tenth of that where the time is short.
pub(crate) fn contests(quick: bool) -> Vec<Contest> {
    let scale = if quick { Scale::QUICK } else { Scale::FULL };
    let contests = requests::shapes(scale).map(|(name, requests)| {
        let requests = Rc::new(requests);
        let contender = |name, play: Play| {
            let requests = Rc::clone(&requests);
            Contender {
                name,
                sample: Box::new(move || figures(&requests, play)),
            }
        };
        Contest {
            title: format!("what is kept of {name}"),
            rounds: 1,
            units: &[
                "hits of 1,000",
                "hits of 1,000, costs spread",
                "load time saved of 1,000, costs spread",
            ],
            baselines: &["quick_cache", "moka"],
            contenders: vec![
                contender("cache-core", ours),
                contender("quick_cache", quick_cache),
                #[cfg(feature = "peers")]
                contender("moka", moka),
                #[cfg(feature = "peers")]
                contender("foyer", foyer),
            ],
        }
    });
    contests.collect()
}

/// Gives keys to an empty cache of this capacity, one after the other; what is missing is loaded.
type Play = fn(usize, &mut dyn Iterator<Item = u64>, &mut dyn FnMut(u64));

/// The hits if all loads cost nothing, then the hits and the load time saved if each key has its own cost.
fn figures(requests: &Requests, play: Play) -> Vec<f64> {
    let equal = loads::counted(requests, false, |keys, after| {
        play(requests.capacity(), keys, after);
    });
    let spread = loads::counted(requests, true, |keys, after| {
        play(requests.capacity(), keys, after);
    });
    [equal.hits, spread.hits, spread.saved]
        .map(|part| 1_000.0 * part)
        .into()
}

fn ours(capacity: usize, keys: &mut dyn Iterator<Item = u64>, after: &mut dyn FnMut(u64)) {
    let (call, cleared): (fn(u64) -> u64, _) = match capacity {
        100_000 => (hundred_thousand, hundred_thousand::clear()),
        10_000 => (ten_thousand, ten_thousand::clear()),
        1_000 => (thousand, thousand::clear()),
        other => panic!("no function keeps {other} values"),
    };
    // In this process alone, it has happened.
    drop(cleared);
    for key in keys {
        black_box(call(key));
        after(key);
    }
}

fn quick_cache(capacity: usize, keys: &mut dyn Iterator<Item = u64>, after: &mut dyn FnMut(u64)) {
    let cache = ::quick_cache::sync::Cache::<u64, u64>::new(capacity);
    for key in keys {
        if black_box(cache.get(&key)).is_none() {
            cache.insert(key, loads::load(key));
        }
        after(key);
    }
}

#[cfg(feature = "peers")]
fn moka(capacity: usize, keys: &mut dyn Iterator<Item = u64>, after: &mut dyn FnMut(u64)) {
    let cache = ::moka::sync::Cache::<u64, u64>::new(capacity as u64);
    for key in keys {
        if black_box(cache.get(&key)).is_none() {
            cache.insert(key, loads::load(key));
        }
        after(key);
    }
}

#[cfg(feature = "peers")]
fn foyer(capacity: usize, keys: &mut dyn Iterator<Item = u64>, after: &mut dyn FnMut(u64)) {
    let cache: foyer_memory::Cache<u64, u64> = foyer_memory::CacheBuilder::new(capacity).build();
    for key in keys {
        if black_box(cache.get(&key)).is_none() {
            cache.insert(key, loads::load(key));
        }
        after(key);
    }
}
