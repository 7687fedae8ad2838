//! What a hit costs: of few keys and of many, on one thread and on all cores, sync and async.
#![allow(
    clippy::unused_async,
    reason = "what is measured is the wrapper; the bodies have nothing to wait for"
)]

#[cfg(feature = "peers")]
mod cached;
mod fields;
#[cfg(feature = "peers")]
mod foyer;
#[cfg(feature = "peers")]
mod hitbox;
mod limit;
#[cfg(feature = "peers")]
mod memoize;
#[cfg(feature = "peers")]
mod moka;
mod ours;
mod quick_cache;
mod work;

use std::cell::OnceCell;

use crate::contest::{Contender, Contest};
use fields::Entrant;
use work::Keys;

/// The capacity of each contender with a thousand keys; larger than their number, so that nothing is evicted.
const CAPACITY: usize = 10_000;
#[cfg(feature = "peers")]
const HOUR: std::time::Duration = std::time::Duration::from_hours(1);
pub(crate) const BASELINES: &[&str] = &["quick_cache", "cached", "limit"];

/// A function, by its signature, and how many keys it is called with.
struct Field {
    title: String,
    rounds: usize,
    entrants: Box<dyn Fn() -> Vec<Entrant>>,
}

/// The contests on one thread; `large` is with ten million keys too.
pub(crate) fn contests(large: bool) -> Vec<Contest> {
    let few = fields(Keys::THOUSAND).into_iter().chain(async_fields());
    let many = [Keys::HUNDRED_THOUSAND, Keys::MILLION];
    let huge = large.then_some(Keys::TEN_MILLION);
    let fields = few.chain(many.into_iter().chain(huge).flat_map(fields));
    fields.map(Field::alone).collect()
}

/// The contests on two threads and more, up to sixteen, as far as there are cores: all ask for the same thousand keys.
pub(crate) fn contests_of_threads() -> Vec<Contest> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = [2_u32, 4, 8, 16].into_iter();
    let threads = threads.filter(|&threads| threads as usize <= cores.max(2));
    let on = |threads| {
        let fields = fields(Keys::THOUSAND).into_iter().chain(async_fields());
        fields.map(move |field| field.on(threads))
    };
    threads.flat_map(on).collect()
}

fn fields(keys: Keys) -> Vec<Field> {
    type Entrants = fn(Keys) -> Vec<Entrant>;
    let signatures: [(&str, Entrants); 2] = [
        ("fn(u64) -> u64", fields::numbers),
        ("fn(&str, u32) -> Arc<str>", fields::texts),
    ];
    // Ten million texts a contender take more memory than machines have.
    let signatures = signatures
        .into_iter()
        .take(if keys.0 > 1_000_000 { 1 } else { 2 });
    let fields = signatures.map(|(signature, entrants)| Field {
        title: format!("a hit of {signature}, {} keys", grouped(keys.0)),
        rounds: if keys.0 > 100_000 { 15 } else { 61 },
        entrants: Box::new(move || entrants(keys)),
    });
    fields.collect()
}

fn async_fields() -> [Field; 2] {
    let field = |signature, entrants: fn() -> Vec<Entrant>| Field {
        title: format!("a hit of {signature}, 1,024 keys"),
        rounds: 61,
        entrants: Box::new(entrants),
    };
    [
        field("async fn(u64) -> u64", fields::numbers_async),
        field("async fn(&str, u32) -> Arc<str>", fields::texts_async),
    ]
}

/// The number with a comma before each three digits.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let groups = tail.as_bytes().chunks(3);
    let groups = groups.map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (first > 0).then(|| head.to_owned());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

impl Field {
    fn alone(self) -> Contest {
        let contenders = (self.entrants)().into_iter().map(|entrant| {
            let hits = OnceCell::new();
            Contender {
                name: entrant.name,
                sample: Box::new(move || {
                    let (hits, calls) = hits.get_or_init(|| entrant.filled(1));
                    vec![hits.sample(1, *calls)]
                }),
            }
        });
        Contest {
            title: self.title,
            rounds: self.rounds,
            units: &["ns a call"],
            baselines: BASELINES,
            contenders: contenders.collect(),
        }
    }

    fn on(self, threads: u32) -> Contest {
        let contenders = (self.entrants)().into_iter().map(|entrant| {
            let hits = OnceCell::new();
            Contender {
                name: entrant.name,
                sample: Box::new(move || {
                    let (hits, calls) = hits.get_or_init(|| entrant.filled(threads));
                    let alone = hits.sample(1, *calls);
                    let together = hits.sample(threads, *calls);
                    vec![together, f64::from(threads) * alone / together]
                }),
            }
        });
        Contest {
            title: format!("{}, {threads} threads", self.title),
            rounds: self.rounds,
            units: &["ns a call", "times the throughput of one thread"],
            baselines: BASELINES,
            contenders: contenders.collect(),
        }
    }
}

/// Makes so many hits in the contest with this title as the contender with this name, for who counts instructions; says whether
/// there is one.
pub(crate) fn call(title: &str, name: &str, calls: u32) -> bool {
    let few = fields(Keys::THOUSAND).into_iter().chain(async_fields());
    let found = few.filter(|field| field.title == title);
    let entrant = found
        .flat_map(|field| (field.entrants)())
        .find(|entrant| entrant.name == name);
    let Some(entrant) = entrant else {
        return false;
    };
    let hits = entrant.make();
    // So often that what warms up with use is warm.
    hits.run(1, 64 * Keys::THOUSAND.0);
    hits.run(1, calls);
    true
}

/// The contests, each with its contenders, that [`call`] knows.
pub(crate) fn callable() -> Vec<(String, Vec<&'static str>)> {
    let few = fields(Keys::THOUSAND).into_iter().chain(async_fields());
    let names = |field: &Field| {
        (field.entrants)()
            .iter()
            .map(|entrant| entrant.name)
            .collect()
    };
    few.map(|field| (field.title.clone(), names(&field)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_groups() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_024), "1,024");
        assert_eq!(grouped(100_000), "100,000");
        assert_eq!(grouped(10_000_000), "10,000,000");
    }
}
