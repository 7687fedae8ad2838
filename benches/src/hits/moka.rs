//! `moka`, as a function would use it by hand: with a look-up by reference first, which is its fastest way.

use super::limit::Borrowed;
use super::{CAPACITY, HOUR, work};
use std::sync::LazyLock;

type Sync<K, V> = moka::sync::Cache<K, V>;
type Async<K, V> = moka::future::Cache<K, V>;

static NUMBERS: LazyLock<Sync<u64, u64>> = LazyLock::new(|| {
    Sync::builder()
        .max_capacity(CAPACITY as u64)
        .time_to_live(HOUR)
        .build()
});
static TEXTS: LazyLock<Sync<(String, u32), String>> = LazyLock::new(|| {
    Sync::builder()
        .max_capacity(CAPACITY as u64)
        .time_to_live(HOUR)
        .build()
});
static NUMBERS_ASYNC: LazyLock<Async<u64, u64>> = LazyLock::new(|| {
    Async::builder()
        .max_capacity(CAPACITY as u64)
        .time_to_live(HOUR)
        .build()
});
static TEXTS_ASYNC: LazyLock<Async<(String, u32), String>> = LazyLock::new(|| {
    Async::builder()
        .max_capacity(CAPACITY as u64)
        .time_to_live(HOUR)
        .build()
});

pub(super) fn number(n: u64) -> u64 {
    NUMBERS
        .get(&n)
        .unwrap_or_else(|| NUMBERS.get_with(n, || work::number(n)))
}

pub(super) fn text(name: &str, page: u32) -> String {
    let load = || TEXTS.get_with((name.to_owned(), page), || work::text(name, page));
    TEXTS.get(&Borrowed(name, page)).unwrap_or_else(load)
}

pub(super) async fn number_async(n: u64) -> u64 {
    match NUMBERS_ASYNC.get(&n).await {
        Some(value) => value,
        None => NUMBERS_ASYNC.get_with(n, async { work::number(n) }).await,
    }
}

pub(super) async fn text_async(name: &'static str, page: u32) -> String {
    match TEXTS_ASYNC.get(&Borrowed(name, page)).await {
        Some(value) => value,
        None => {
            TEXTS_ASYNC
                .get_with((name.to_owned(), page), async { work::text(name, page) })
                .await
        }
    }
}
