//! `moka`, as a function would use it by hand: with a look-up by reference first, which is its fastest way.

use std::sync::{Arc, LazyLock};

use super::limit::Borrowed;
use super::{CAPACITY, HOUR, work};

type Sync<K, V> = ::moka::sync::Cache<K, V>;
type Async<K, V> = ::moka::future::Cache<K, V>;

pub(super) fn number(capacity: usize) -> impl Fn(u64) -> u64 {
    let cache = Sync::builder()
        .max_capacity(capacity as u64)
        .time_to_live(HOUR)
        .build();
    move |n| {
        let load = || cache.get_with(n, || work::number(n));
        cache.get(&n).unwrap_or_else(load)
    }
}

pub(super) fn text(capacity: usize) -> impl Fn(&str, u32) -> Arc<str> {
    let cache = Sync::<(String, u32), Arc<str>>::builder()
        .max_capacity(capacity as u64)
        .time_to_live(HOUR)
        .build();
    move |name, page| {
        let load = || cache.get_with((name.to_owned(), page), || work::text(name, page));
        cache.get(&Borrowed(name, page)).unwrap_or_else(load)
    }
}

static NUMBERS: LazyLock<Async<u64, u64>> = LazyLock::new(|| {
    Async::builder()
        .max_capacity(CAPACITY as u64)
        .time_to_live(HOUR)
        .build()
});
static TEXTS: LazyLock<Async<(String, u32), Arc<str>>> = LazyLock::new(|| {
    Async::builder()
        .max_capacity(CAPACITY as u64)
        .time_to_live(HOUR)
        .build()
});

pub(super) async fn number_async(n: u64) -> u64 {
    match NUMBERS.get(&n).await {
        Some(value) => value,
        None => NUMBERS.get_with(n, async { work::number(n) }).await,
    }
}

pub(super) async fn text_async(name: &'static str, page: u32) -> Arc<str> {
    match TEXTS.get(&Borrowed(name, page)).await {
        Some(value) => value,
        None => {
            TEXTS
                .get_with((name.to_owned(), page), async { work::text(name, page) })
                .await
        }
    }
}
