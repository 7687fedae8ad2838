//! The cache of `foyer` in memory, as a function would use it by hand, with its defaults. It has a bound and no ttl; its look-up is
//! the same in async functions.

use std::sync::Arc;

use super::limit::Borrowed;
use super::work;
use foyer_memory::{Cache, CacheBuilder};

pub(super) fn number(capacity: usize) -> impl Fn(u64) -> u64 {
    let cache: Cache<u64, u64> = CacheBuilder::new(capacity).build();
    move |n| {
        let load = || *cache.insert(n, work::number(n)).value();
        cache.get(&n).map_or_else(load, |entry| *entry.value())
    }
}

pub(super) fn text(capacity: usize) -> impl Fn(&str, u32) -> Arc<str> {
    let cache: Cache<(String, u32), Arc<str>> = CacheBuilder::new(capacity).build();
    move |name, page| {
        if let Some(entry) = cache.get(&Borrowed(name, page)) {
            return Arc::clone(entry.value());
        }
        let value = work::text(name, page);
        cache.insert((name.to_owned(), page), Arc::clone(&value));
        value
    }
}
