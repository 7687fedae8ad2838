//! Caching for web handlers and functions, by attributes.
//!
//! - [`#[cached]`](macro@cached) caches what a function returns: sync or async, methods, generic functions, whole `impl` blocks.
//! - [`#[cache_page]`](macro@cache_page) caches the answers of an axum handler (feature `axum`);
//!   [`#[vary_on]`](macro@vary_on) names the headers and cookies on which they depend.
//! - `CachePageLayer` caches a whole site, or what any service of tower answers, as RFC 9111 says (feature `layer`).
//! - [`#[cache_control]`](macro@cache_control) tells other caches how to keep them; [`#[conditional]`](macro@conditional) answers
//!   304 and 412 before a handler runs.
//! - [`#[derive(CacheKey)]`](macro@CacheKey) lets a type be part of a key; [`key!`] and [`keys`] make keys by hand.
//! - [`#[invalidates]`](macro@invalidates) says what a function invalidates, [`#[cache_put]`](macro@cache_put) what it stores;
//!   [`Invalidates`] does so for the changes of a type, and a [`Batch`] waits for the commit.
//! - [`Cache::fragment`] keeps pieces of text that several pages show, also in templates (features `minijinja` and `askama`).
//! - `warm` renders after a deploy the pages that were asked for before it (feature `axum`).
//! - `export` writes pages as files, for a server of static files (feature `axum`).
//! - [`audit()`] finds invalidations that reach nothing; [`subscribe`] and [`on_change`] report events, and
//!   [`on_purge`] what a CDN is to purge.
//! - [`Cache`] is the cache below all of them, [`install`] installs it, and [`testing::Clock`] controls its time in tests.
//!
//! ```
//! use cache_core::cached;
//!
//! #[cached(ttl = "5m", capacity = 10_000)]
//! fn divisors(n: u64) -> Vec<u64> {
//!     (1..=n).filter(|d| n % d == 0).collect()
//! }
//!
//! assert_eq!(divisors(6), [1, 2, 3, 6]); // computed
//! assert_eq!(divisors(6), [1, 2, 3, 6]); // kept
//! assert_eq!(divisors::stats().hits, 1);
//! divisors::invalidate(&6);
//! assert_eq!(divisors::peek(&6), None);
//! ```
//!
//! # What you can rely on
//!
//! - **An argument that the key forgets does not compile.** Every argument is in the key, varied on, a guard, known to be
//!   shared, or explicitly skipped. What no signature shows, such as a global or a task local, is not checked.
//! - **An invalidation is final.** A call that begins after an invalidation returned, in the sense of happens-before, never
//!   returns a value whose load began before that invalidation began.
//! - **One load serves all concurrent calls** for the same key. If a load is dropped or panics, a waiting call takes over; if it
//!   is slow, a second one starts after ten seconds. Calls wait one second at most for a page whose body streams. After a failed load
//!   the calls wait for one more; if that fails too, the remaining calls load side by side, and the first value serves the rest.
//! - **Memory is bounded**: by `capacity` entries (default: 10,000; `unbounded` removes the bound of a function), and for pages
//!   by 64 MiB for each handler too.
//! - An `Err` is returned and not kept. `None`, `0` and `""` are values and hits.
//!
//! # Two applications, or two tests, in one process
//!
//! An annotated function has one cache in a process, whatever state its arguments carry. Two routers with the same handler and
//! different databases would share answers, and so would two tests. To separate them, give each its own caches, with the
//! layer `WithCaches` for a router and [`testing::scope`] for a test, or put what differs, such as a tenant, in the key.
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | none | functions and named caches, in memory |
//! | `http` | pages, over the types of the `http` crate; the feature of a framework enables it |
//! | `axum` | `#[cache_page]`, `#[vary_on]`, `#[cache_control]`, `#[conditional]` and `#[never_cache]` on the handlers of axum 0.8 |
//! | `layer` | `CachePageLayer`, a cache of HTTP in front of any service of tower; `axum` enables it |
//! | `tower` | `WithCaches`, a layer that gives a router its own caches; `axum` enables it |
//! | `actix` | [`actix`]: the same attributes on the handlers of actix-web 4, and the layer as a middleware; newer releases of actix-web ask for Rust 1.89 |
//! | `axum-extra` | typed headers and cookie jars of `axum-extra` as arguments of pages |
//! | `minijinja` | `{% call cached("sidebar") %}` in the templates of minijinja 3 |
//! | `askama` | `CachedHtml`, a cached template inside the templates of askama 0.16 |
//! | `file` | `FileStore`: a folder, which processes of one machine may share |
//! | `sqlite`, `postgres`, `mysql` | `SqlStore`: a table; for `sqlite` the database is compiled in. These ask for Rust 1.94 |
//! | `redis` | `RedisStore`: Redis and Valkey, one server, Sentinel or a cluster, with TLS |
//! | `memcached` | `MemcachedStore`: one server or several; with `tls` over TLS |
//! | `dashboard` | [`dashboard`]: a page that shows what the caches do |
//! | `tracing` | spans of loads and of the calls of stores, and the events of `CacheMonitor`; `axum` enables it |
//! | `metrics` | the counters of all functions, pages and stores, through the facade `metrics` |
//! | `tokio` | async functions and entries load anew behind their callers; `axum` and every store enable it |
//! | `uuid`, `url`, `chrono`, `time`, `smol_str` | [`CacheKey`](trait@CacheKey) for the types of these crates; dates of `chrono` and `time` in `last_modified` |
//! | `runtime`, `sql` | nothing by themselves: what several stores need |
//!
//! The documentation of [`store`] says what holds for every store, and what does not.
#![cfg_attr(
    cache_loom,
    allow(
        dead_code,
        unused_imports,
        reason = "the models run the lower floors alone, because the model checker knows no statics"
    )
)]

mod address;
mod clock;
mod error;
mod hot;
mod rule;
#[cfg(not(cache_loom))]
mod spawn;
mod stats;
mod sync;
#[cfg(not(cache_loom))]
mod timer;
mod trace;
mod wait;

mod cdn;
mod entry;
mod events;
mod format;
mod generation;
mod invalidation;
mod key;
pub mod keys;
mod marks;
mod name;
mod policy;
mod ttl;
mod value;
mod why;

mod near;
pub mod store;
mod tracking;

#[cfg(not(cache_loom))]
mod scope;

#[cfg(not(cache_loom))]
mod cache;
#[cfg(not(cache_loom))]
mod caches;
mod context;
mod far;
mod load;

#[cfg(not(cache_loom))]
mod audit;
#[cfg(not(cache_loom))]
mod function;
#[cfg(not(cache_loom))]
mod outcome;
#[cfg(not(cache_loom))]
mod site;
#[cfg(not(cache_loom))]
mod verify;
#[cfg(not(cache_loom))]
mod watch;

#[cfg(feature = "http")]
#[cfg_attr(
    not(feature = "axum"),
    expect(dead_code, reason = "the parts that only a door to a framework uses")
)]
mod http;

#[cfg(feature = "actix")]
pub mod actix;
#[cfg(feature = "askama")]
pub mod askama;
#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "dashboard")]
pub mod dashboard;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "minijinja")]
pub mod minijinja;
#[cfg(feature = "tower")]
mod tower;

#[cfg(not(cache_loom))]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "axum")]
pub use self::axum::export::{Exported, RefusedPage, export};
#[cfg(feature = "axum")]
pub use self::axum::journal::warm;
#[cfg(all(feature = "tokio", not(cache_loom)))]
pub use self::cache::CacheLoad;
#[cfg(feature = "http")]
pub use self::http::arguments::inputs::{NamedHeader, PageInput, VariedInput};
#[cfg(feature = "file")]
pub use self::store::FileStore;
#[cfg(all(feature = "memcached", not(cache_loom)))]
pub use self::store::MemcachedStore;
#[cfg(feature = "redis")]
pub use self::store::RedisStore;
#[cfg(all(
    not(cache_loom),
    any(feature = "sqlite", feature = "postgres", feature = "mysql")
))]
pub use self::store::SqlStore;
#[cfg(feature = "layer")]
pub use self::tower::{
    ApplicationMode, CachePageBody, CachePageFuture, CachePageLayer, CachePageService, HttpMode,
};
#[cfg(all(feature = "layer", feature = "tracing"))]
pub use self::tower::{CacheMonitor, CacheMonitorFuture, CacheMonitorService};
#[cfg(feature = "tower")]
pub use self::tower::{ServiceWithCaches, WithCaches};
#[cfg(not(cache_loom))]
pub use self::{
    audit::{Audit, Finding, Nearest, assert_no_dead_invalidations, audit, warnings},
    cache::{
        Batch, Blocking, BlockingFragment, Builder, Cache, CacheEntry, Commit, Fragment, Namespace,
        PendingInvalidation,
    },
    caches::{Caches, batch, cache, caches, changed, invalidate, invalidate_tag},
    context::request::InRequest,
    error::{Error, Invalidated, Result, Stored, TimedOut},
    events::{
        Cause, Event, Subscription, dropped_events, on_change, on_purge, subscribe,
        subscriber_panics,
    },
    invalidation::{Change, Invalidates, Invalidation},
    load::Replaced,
    site::{Kind, Named, Pattern, Site, SiteInfo, install, sites},
    spawn::{drain, drain_blocking},
    stats::{MissCounts, MissReason, Stats, Timings},
    watch::watch,
    why::{InvalidatedBy, InvalidatedKind, Why},
};
pub use self::{
    cdn::{CdnField, CdnTag, Purge},
    far::{Breaker, StoreHealth, StoreStats},
    format::codec::{Bincode, Codec, CodecId, DecodeError, EncodeError, MessagePack},
    format::schema::{Fingerprint, Schema},
    key::{CacheKey, Group, Key, KeyWriter, Tag},
    store::{MemoryStore, NullStore, Store},
    ttl::{IntoPart, IntoTtl},
};
#[doc(inline)]
#[doc = include_str!("docs/cache_key.md")]
pub use cache_macros::CacheKey;
#[doc(inline)]
#[doc = include_str!("docs/cache_control.md")]
pub use cache_macros::cache_control;
#[doc(inline)]
#[doc = include_str!("docs/cache_page.md")]
#[doc = ""]
#[doc = include_str!("docs/what_a_page_keeps.md")]
pub use cache_macros::cache_page;
#[doc(inline)]
#[doc = include_str!("docs/cache_put.md")]
pub use cache_macros::cache_put;
#[doc(inline)]
#[doc = include_str!("docs/cached.md")]
pub use cache_macros::cached;
#[doc(inline)]
#[doc = include_str!("docs/conditional.md")]
pub use cache_macros::conditional;
#[doc(inline)]
#[doc = include_str!("docs/invalidates.md")]
pub use cache_macros::invalidates;
#[doc(inline)]
#[doc = include_str!("docs/key.md")]
pub use cache_macros::key;
#[doc(inline)]
#[doc = include_str!("docs/never_cache.md")]
pub use cache_macros::never_cache;
#[doc(inline)]
#[doc = include_str!("docs/tag.md")]
pub use cache_macros::tag;
#[doc(inline)]
#[doc = include_str!("docs/vary_on.md")]
pub use cache_macros::vary_on;

#[cfg(not(cache_loom))]
pub mod testing;
