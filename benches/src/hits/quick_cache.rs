//! `quick_cache`, as a function would use it by hand. It has a bound and no ttl.

use super::limit::Borrowed;
use super::{CAPACITY, work};
use quick_cache::sync::Cache;
use std::convert::Infallible;
use std::sync::LazyLock;

static NUMBERS: LazyLock<Cache<u64, u64>> = LazyLock::new(|| Cache::new(CAPACITY));
static TEXTS: LazyLock<Cache<(String, u32), String>> = LazyLock::new(|| Cache::new(CAPACITY));

pub(super) fn number(n: u64) -> u64 {
    let Ok(value) = NUMBERS.get_or_insert_with(&n, || Ok::<_, Infallible>(work::number(n)));
    value
}

pub(super) fn text(name: &str, page: u32) -> String {
    if let Some(value) = TEXTS.get(&Borrowed(name, page)) {
        return value;
    }
    let value = work::text(name, page);
    TEXTS.insert((name.to_owned(), page), value.clone());
    value
}

pub(super) async fn number_async(n: u64) -> u64 {
    let load = async { Ok::<_, Infallible>(work::number(n)) };
    let Ok(value) = NUMBERS.get_or_insert_async(&n, load).await;
    value
}

pub(super) async fn text_async(name: &'static str, page: u32) -> String {
    text(name, page)
}
