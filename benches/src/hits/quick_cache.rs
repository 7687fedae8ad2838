//! `quick_cache`, as a function would use it by hand. It has a bound and no ttl.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use super::limit::Borrowed;
use super::{CAPACITY, work};
use ::quick_cache::sync::Cache;

pub(super) fn number(capacity: usize) -> impl Fn(u64) -> u64 {
    let cache = Cache::new(capacity);
    move |n| {
        let Ok(value) = cache.get_or_insert_with(&n, || Ok::<_, Infallible>(work::number(n)));
        value
    }
}

pub(super) fn text(capacity: usize) -> impl Fn(&str, u32) -> Arc<str> {
    let cache = Cache::<(String, u32), Arc<str>>::new(capacity);
    move |name, page| {
        cache.get(&Borrowed(name, page)).unwrap_or_else(|| {
            let value = work::text(name, page);
            cache.insert((name.to_owned(), page), Arc::clone(&value));
            value
        })
    }
}

static NUMBERS: LazyLock<Cache<u64, u64>> = LazyLock::new(|| Cache::new(CAPACITY));
static TEXTS: LazyLock<Cache<(String, u32), Arc<str>>> = LazyLock::new(|| Cache::new(CAPACITY));

pub(super) async fn number_async(n: u64) -> u64 {
    let load = async { Ok::<_, Infallible>(work::number(n)) };
    let Ok(value) = NUMBERS.get_or_insert_async(&n, load).await;
    value
}

pub(super) async fn text_async(name: &'static str, page: u32) -> Arc<str> {
    if let Some(value) = TEXTS.get(&Borrowed(name, page)) {
        return value;
    }
    let value = work::text(name, page);
    TEXTS.insert((name.to_owned(), page), Arc::clone(&value));
    value
}
