//! The limit of a look-up: a read-only map, without bound, ttl or lock.

use super::work;
use foldhash::fast::FixedState;
use hashbrown::{Equivalent, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

type Map<K, V> = HashMap<K, V, FixedState>;

static NUMBERS: LazyLock<Map<u64, u64>> =
    LazyLock::new(|| work::numbers().map(|n| (n, work::number(n))).collect());

static TEXTS: LazyLock<Map<(String, u32), String>> = LazyLock::new(|| {
    let entries =
        work::texts().map(|(name, page)| ((name.to_owned(), page), work::text(name, page)));
    entries.collect()
});

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

pub(super) fn number(n: u64) -> u64 {
    NUMBERS.get(&n).copied().unwrap_or_else(|| work::number(n))
}

pub(super) fn text(name: &str, page: u32) -> String {
    TEXTS
        .get(&Borrowed(name, page))
        .cloned()
        .unwrap_or_else(|| work::text(name, page))
}

pub(super) async fn number_async(n: u64) -> u64 {
    number(n)
}

pub(super) async fn text_async(name: &'static str, page: u32) -> String {
    text(name, page)
}
