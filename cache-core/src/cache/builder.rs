//! The settings of a cache.

use std::sync::Arc;
use std::time::Duration;

use super::{Cache, Shared, number};
#[cfg(feature = "http")]
use crate::cdn::{self, CdnField};
use crate::far::{Far, KeySpace};
use crate::marks::marks;
use crate::name::NameScope;
use crate::near::{Bounds, DEFAULT_EXTRA_LOAD, Near};
use crate::store::Store;
use crate::sync::{AtomicBool, Mutex};
use crate::ttl::{IntoPart, IntoTtl};

/// The default `near_ttl`.
const NEAR_TTL: Duration = Duration::from_secs(2);
/// The default time limit of a call of the store.
const LIMIT: Duration = Duration::from_millis(500);

/// The settings of a [`Cache`].
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    pub(super) entries: usize,
    pub(super) ttl: Option<Duration>,
    pub(super) near_ttl: Duration,
    pub(super) prefix: String,
    pub(super) version: u32,
    pub(super) limit: Duration,
    pub(super) extra_load: f64,
    pub(super) warning: Option<String>,
    #[cfg(feature = "http")]
    pub(super) cdn_fields: Vec<CdnField>,
    store: Option<MakeFar>,
}

/// Makes the tier over the store once all settings are known.
type MakeFar = Box<dyn FnOnce(KeySpace, NameScope, Duration) -> Arc<Far> + Send>;

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            entries: 10_000,
            ttl: None,
            near_ttl: NEAR_TTL,
            prefix: String::new(),
            version: 1,
            limit: LIMIT,
            extra_load: DEFAULT_EXTRA_LOAD,
            warning: None,
            #[cfg(feature = "http")]
            cdn_fields: Vec::new(),
            store: None,
        }
    }

    /// Sets how many live values are kept in this process; 10,000 by default. With a store, zero means that every call asks it.
    pub fn near(mut self, entries: usize) -> Self {
        self.entries = entries;
        self
    }

    /// Sets the store, which keeps values as bytes for other processes and for the next run of this one.
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Box::new(|space, scope, limit| {
            Far::new(store, space, scope, limit)
        }));
        self
    }

    /// Sets how long a copy of a value is used in this process before the store is asked again; two seconds by default. For that
    /// long, another process's invalidation may go unseen. Where the store reports changes ([`RedisStore`](crate::RedisStore)), copies
    /// are used until it reports one, and this is for those that it reports nothing of. Without a store it has no effect.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn near_ttl(mut self, ttl: impl IntoTtl) -> Self {
        self.near_ttl = ttl.into_ttl();
        self
    }

    /// Sets the prefix of this cache's keys in its store; empty by default. Caches with different prefixes do not see each
    /// other's keys; processes that share entries need the same prefix.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the version of the values: caches of different versions do not see each other's values.
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Sets the default ttl: a [`Duration`], seconds, or a text such as `"5m"`. Without one, values live until they are evicted.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn ttl(mut self, ttl: impl IntoTtl) -> Self {
        self.ttl = Some(ttl.into_ttl());
        self
    }

    /// Sets how long the store may take for an answer; half a second by default. A call that takes longer has failed: functions and
    /// pages load, the handle returns an error.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn timeout(mut self, limit: impl IntoTtl) -> Self {
        self.limit = limit.into_ttl();
        self
    }

    /// Sets how many loads `refresh = adaptive` may add, as a part of those that there would be anyway: a number, or a text such as
    /// `"10%"`, which is the default. With zero it refreshes nothing ahead of its time. A function with a cache of its own keeps the
    /// default.
    ///
    /// ```
    /// let cache = cache_core::Cache::builder().extra_load("25%").build();
    /// # drop(cache);
    /// ```
    ///
    /// # Panics
    ///
    /// If it is not a number between 0 and 1, or a text that is not between `"0%"` and `"100%"`.
    pub fn extra_load(mut self, part: impl IntoPart) -> Self {
        self.extra_load = part.into_part();
        self
    }

    /// Has pages that use this cache send their tags in these fields, so that a CDN can purge them: [`on_purge`](crate::on_purge) gets
    /// the same tags after an invalidation. By default none are sent.
    ///
    /// A page is sent with a tag for everything that may make it stale: its own tags, its key or path, its handler, and what the cached
    /// calls inside it depend on. Tags are hashes ([`CdnTag`](crate::CdnTag)), which need no escaping. A page that
    /// depends on more than a field has room for (128 tags, 32 in `Cache-Groups`) has one tag instead, which every purge includes.
    /// Hits and 304s have the fields of the answer that was kept.
    ///
    /// Answers that are not kept have no tags, nor have those that are for one visitor. What a handler says in such a field itself
    /// stays, after the tags of its page. `CachePageLayer::shared` and `CachePageLayer::private` pass on the fields of their origin.
    ///
    /// Values that were kept before the first cache with this setting was built have unknown names, so build it at the start.
    ///
    /// ```
    /// use cache_core::{Cache, CdnField};
    ///
    /// let cache = Cache::builder().cdn_tags([CdnField::CacheTag]).build();
    /// # drop(cache);
    /// ```
    #[cfg(feature = "http")]
    pub fn cdn_tags(mut self, fields: impl IntoIterator<Item = CdnField>) -> Self {
        self.cdn_fields = fields.into_iter().collect();
        self
    }

    /// Builds the cache.
    pub fn build(self) -> Cache {
        #[cfg(feature = "http")]
        if !self.cdn_fields.is_empty() {
            cdn::note_names();
        }
        let space = KeySpace::new(&self.prefix, self.version);
        let (scope, name) = (NameScope::fresh(), space.name());
        let far = self.store.map(|make| make(space, scope, self.limit));
        let bounds = Bounds {
            entries: self.entries,
            bytes: usize::MAX,
            joins: far.is_some(),
        };
        Cache(Arc::new(Shared {
            near: Near::new(bounds, marks(), scope)
                .named(name)
                .adding(self.extra_load),
            scope,
            reached: Mutex::default(),
            far,
            ttl: self.ttl,
            near_ttl: self.near_ttl,
            entries: self.entries,
            counting: number::Turns::default(),
            pages_under_keys: AtomicBool::new(false),
            warning: self.warning,
            #[cfg(feature = "http")]
            cdn_fields: self.cdn_fields,
        }))
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Builder")
            .field("near", &self.entries)
            .field("ttl", &self.ttl)
            .field("near_ttl", &self.near_ttl)
            .field("prefix", &self.prefix)
            .field("version", &self.version)
            .field("timeout", &self.limit)
            .field("extra_load", &self.extra_load)
            .field("warning", &self.warning)
            .field("store", &self.store.is_some())
            .finish_non_exhaustive()
    }
}
