//! The limit of a look-up: a map without bound, ttl or lock, which nobody writes once it is made.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use super::work::{self, Keys};
use foldhash::fast::FixedState;
use hashbrown::{Equivalent, HashMap};

type Map<K, V> = HashMap<K, V, FixedState>;

/// The borrowed form of a key of two parts, so that a look-up allocates nothing.
pub(super) struct Borrowed<'a>(pub(super) &'a str, pub(super) u32);

impl Hash for Borrowed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0, self.1).hash(state);
    }
}

impl Equivalent<(String, u32)> for Borrowed<'_> {
    fn equivalent(&self, key: &(String, u32)) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}

pub(super) fn number(keys: Keys) -> impl Fn(u64) -> u64 {
    let numbers = LazyLock::new(move || keys.numbers().map(|n| (n, work::number(n))).collect());
    move |n| of(&numbers, n)
}

fn of(numbers: &Map<u64, u64>, n: u64) -> u64 {
    numbers.get(&n).copied().unwrap_or_else(|| work::number(n))
}

pub(super) fn text(keys: Keys) -> impl Fn(&str, u32) -> Arc<str> {
    let texts = LazyLock::new(move || by_text(keys));
    move |name, page| of_text(&texts, name, page)
}

fn by_text(keys: Keys) -> Map<(String, u32), Arc<str>> {
    let texts = keys.texts();
    let entries = texts
        .iter()
        .map(|(name, page)| ((name.clone(), *page), work::text(name, *page)));
    entries.collect()
}

fn of_text(texts: &Map<(String, u32), Arc<str>>, name: &str, page: u32) -> Arc<str> {
    let value = texts.get(&Borrowed(name, page)).cloned();
    value.unwrap_or_else(|| work::text(name, page))
}

static NUMBERS: LazyLock<Map<u64, u64>> = LazyLock::new(|| {
    Keys::THOUSAND
        .numbers()
        .map(|n| (n, work::number(n)))
        .collect()
});
static TEXTS: LazyLock<Map<(String, u32), Arc<str>>> = LazyLock::new(|| by_text(Keys::THOUSAND));

pub(super) async fn number_async(n: u64) -> u64 {
    of(&NUMBERS, n)
}

pub(super) async fn text_async(name: &'static str, page: u32) -> Arc<str> {
    of_text(&TEXTS, name, page)
}
