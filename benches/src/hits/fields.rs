//! Who takes part with which function.

#[cfg(feature = "peers")]
use super::cached::{plain, sharded};
use super::work::{Hits, Keys};
#[cfg(feature = "peers")]
use super::{foyer, hitbox, memoize, moka};
use super::{limit, ours, quick_cache};

/// One contender: its name, and how its cache is made, which happens when it is first asked.
pub(super) struct Entrant {
    pub(super) name: &'static str,
    make: Box<dyn Fn() -> Hits>,
}

impl Entrant {
    fn new(name: &'static str, make: impl Fn() -> Hits + 'static) -> Self {
        Self {
            name,
            make: Box::new(make),
        }
    }

    pub(super) fn make(&self) -> Hits {
        (self.make)()
    }

    /// Its hits with all keys loaded, and the calls of a sample.
    pub(super) fn filled(&self, threads: u32) -> (Hits, u32) {
        let hits = self.make();
        hits.fill();
        let calls = hits.calls_in_a_sample(threads);
        (hits, calls)
    }
}

/// What is kept: twice the keys, or ten times a few, so that nothing is evicted whatever the shards.
fn capacity(keys: Keys) -> usize {
    (2 * keys.0 as usize).max(super::CAPACITY)
}

pub(super) fn numbers(keys: Keys) -> Vec<Entrant> {
    vec![
        Entrant::new("limit", move || Hits::numbers(keys, limit::number(keys))),
        Entrant::new("cache-core", move || ours::numbers(keys)),
        Entrant::new("quick_cache", move || {
            Hits::numbers(keys, quick_cache::number(capacity(keys)))
        }),
        #[cfg(feature = "peers")]
        Entrant::new("cached", move || plain::numbers(keys)),
        #[cfg(feature = "peers")]
        Entrant::new("cached, sharded", move || sharded::numbers(keys)),
        #[cfg(feature = "peers")]
        Entrant::new("moka", move || {
            Hits::numbers(keys, moka::number(capacity(keys)))
        }),
        #[cfg(feature = "peers")]
        Entrant::new("foyer", move || {
            Hits::numbers(keys, foyer::number(capacity(keys)))
        }),
        #[cfg(feature = "peers")]
        Entrant::new("memoize", move || memoize::numbers(keys)),
    ]
}

pub(super) fn texts(keys: Keys) -> Vec<Entrant> {
    vec![
        Entrant::new("limit", move || Hits::texts(keys, limit::text(keys))),
        Entrant::new("cache-core", move || ours::texts(keys)),
        Entrant::new("quick_cache", move || {
            Hits::texts(keys, quick_cache::text(capacity(keys)))
        }),
        #[cfg(feature = "peers")]
        Entrant::new("cached", move || plain::texts(keys)),
        #[cfg(feature = "peers")]
        Entrant::new("cached, sharded", move || sharded::texts(keys)),
        #[cfg(feature = "peers")]
        Entrant::new("moka", move || {
            Hits::texts(keys, moka::text(capacity(keys)))
        }),
        #[cfg(feature = "peers")]
        Entrant::new("foyer", move || {
            Hits::texts(keys, foyer::text(capacity(keys)))
        }),
        #[cfg(feature = "peers")]
        Entrant::new("memoize", move || memoize::texts(keys)),
    ]
}

pub(super) fn numbers_async() -> Vec<Entrant> {
    vec![
        Entrant::new("limit", || Hits::numbers_async(limit::number_async)),
        Entrant::new("cache-core", || Hits::numbers_async(ours::number_async)),
        Entrant::new("quick_cache", || {
            Hits::numbers_async(quick_cache::number_async)
        }),
        #[cfg(feature = "peers")]
        Entrant::new("cached", || Hits::numbers_async(plain::number_async)),
        #[cfg(feature = "peers")]
        Entrant::new("cached, sharded", || {
            Hits::numbers_async(sharded::number_async)
        }),
        #[cfg(feature = "peers")]
        Entrant::new("moka", || Hits::numbers_async(moka::number_async)),
        #[cfg(feature = "peers")]
        Entrant::new("hitbox", || Hits::numbers_async(hitbox::number_async)),
    ]
}

pub(super) fn texts_async() -> Vec<Entrant> {
    vec![
        Entrant::new("limit", || Hits::texts_async(limit::text_async)),
        Entrant::new("cache-core", || Hits::texts_async(ours::text_async)),
        Entrant::new("quick_cache", || Hits::texts_async(quick_cache::text_async)),
        #[cfg(feature = "peers")]
        Entrant::new("cached", || Hits::texts_async(plain::text_async)),
        #[cfg(feature = "peers")]
        Entrant::new("cached, sharded", || Hits::texts_async(sharded::text_async)),
        #[cfg(feature = "peers")]
        Entrant::new("moka", || Hits::texts_async(moka::text_async)),
    ]
}
