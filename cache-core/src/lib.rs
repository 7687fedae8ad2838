//! Caching for web handlers and functions, by attributes.
//!
//! - [`#[cached]`](macro@cached) keeps what a function returns: sync or async, methods, generic functions, whole `impl` blocks.
//! - [`#[cache_page]`](macro@cache_page) keeps what a handler of axum answers (feature `axum`);
//!   [`#[vary_on]`](macro@vary_on) says which headers and cookies the answer depends on.
//! - [`#[derive(CacheKey)]`](macro@CacheKey) makes a type part of a key, [`key!`] and [`keys`] render one by hand.
//! - [`#[invalidates]`](macro@invalidates) says what a function makes stale, [`#[cache_put]`](macro@cache_put) what it stores;
//!   [`Invalidates`] says it for the changes of a type, and a [`Batch`] waits for the commit.
//! - [`audit()`] finds invalidations that reach nothing; [`subscribe`] and [`on_change`] tell what happens.
//! - [`Cache`] is a named cache under all of them, [`install`] puts it in place, [`testing::Clock`] turns its time by hand.
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
//! - **What is not in the key does not compile.** Every argument is keyed, varied on, guarded, known to be shared, or set
//!   aside in plain sight. What no signature shows, such as a global or a task local, nobody can check.
//! - **An invalidation is final.** A call that begins after an invalidation returned, in the sense of happens-before, never
//!   returns a value whose load began before that invalidation began.
//! - **One load for all who wait**, for each exact key. A leader that is dropped or panics hands over; one that is slow gets
//!   another at its side after ten seconds. After a load that failed one more is waited for, and then nobody waits: those who
//!   are left load side by side, and the first value that one of them brings serves the rest.
//! - **Memory is bounded**: by `capacity` entries (10,000 where nothing is said), and for pages by 64 MiB a handler as well.
//! - An `Err` is returned and not kept. `None`, `0` and `""` are values and hits.
//!
//! # Two applications, or two tests, in one process
//!
//! An annotated function has one cache in a process, whatever state its arguments bring along. Two routers of one handler, each
//! with a database of its own, would share answers, and so would two tests. Either gives each of them caches of its own: the
//! layer `WithCaches` to a router, and [`testing::scope`] to a test. Or the key names what differs, such as a tenant.
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | none | functions and named caches, in memory |
//! | `http` | what pages are made of, over the types of the `http` crate; a framework's feature turns it on |
//! | `axum` | `#[cache_page]`, `#[vary_on]` and `#[never_cache]` on the handlers of axum 0.8 |
//! | `tower` | `WithCaches`, a layer that gives a router caches of its own; `axum` turns it on |
//! | `axum-extra` | typed headers and cookie jars of `axum-extra` as arguments of pages |
//! | `file` | `FileStore`: a folder, which processes of one machine may share |
//! | `sqlite`, `postgres`, `mysql` | `SqlStore`: a table; for `sqlite` the database is compiled in. These ask for Rust 1.94 |
//! | `redis` | `RedisStore`: Redis and Valkey, one server, Sentinel or a cluster, with TLS |
//! | `memcached` | `MemcachedStore`: one server or several; with `tls` over TLS |
//! | `uuid`, `url`, `chrono`, `time`, `bytes`, `smol_str` | [`CacheKey`](trait@CacheKey) for the types of these crates |
//! | `runtime`, `sql` | nothing by themselves: what several stores need |
//!
//! What holds over every store, and what does not, stands in [`store`].
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
mod monitor;
mod sync;
#[cfg(not(cache_loom))]
mod timer;

mod blob;
mod codec;
mod entry;
mod events;
mod fingerprint;
mod invalidation;
mod key;
pub mod keys;
mod marks;
mod policy;
mod ttl;
mod value;

mod flight;
mod near;
pub mod store;

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
mod stats;

#[cfg(feature = "http")]
#[cfg_attr(
    not(feature = "axum"),
    expect(dead_code, reason = "the parts that only a door to a framework uses")
)]
mod http;

#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "tower")]
mod tower;

#[cfg(not(cache_loom))]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "http")]
pub use self::http::inputs::{NamedHeader, PageInput, VariedInput};
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
#[cfg(feature = "tower")]
pub use self::tower::{ServiceWithCaches, WithCaches};
#[cfg(not(cache_loom))]
pub use self::{
    audit::{Audit, Finding, Nearest, assert_no_dead_invalidations, audit, warnings},
    cache::{Batch, Blocking, Builder, Cache, CacheEntry, Commit, Fragment, Namespace},
    caches::{Caches, batch, cache, caches, changed, invalidate, invalidate_tag},
    error::{Error, Invalidated, Result, Stored},
    events::{Cause, Event, Subscription, on_change, receiver_panics, receivers_untold, subscribe},
    invalidation::{Change, Invalidates, Invalidation},
    site::{Kind, Named, Pattern, Site, SiteInfo, install, sites},
    stats::Stats,
};
pub use self::{
    codec::{Bincode, Codec, CodecId, DecodeError, EncodeError, MessagePack},
    far::StoreStats,
    fingerprint::{Fingerprint, Shape},
    key::{CacheKey, Group, Key, KeyWriter, Tag},
    store::{MemoryStore, NullStore, Store},
    ttl::IntoTtl,
};
#[doc(inline)]
#[doc = include_str!("docs/cache_key.md")]
pub use cache_macros::CacheKey;
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
