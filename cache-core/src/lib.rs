//! Caching for web handlers and functions.
#![cfg_attr(
    cache_loom,
    allow(
        dead_code,
        unused_imports,
        reason = "the models run the lower floors alone, because the model checker knows no statics"
    )
)]

mod clock;
mod error;
mod monitor;
mod sync;
#[cfg(not(cache_loom))]
mod timer;

mod entry;
mod key;
mod marks;
mod policy;
mod ttl;
mod value;

mod flight;
mod near;

#[cfg(not(cache_loom))]
mod cache;
#[cfg(not(cache_loom))]
mod caches;
mod context;
mod load;

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

#[cfg(not(cache_loom))]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "http")]
pub use self::http::inputs::{PageInput, VariedInput};
#[cfg(not(cache_loom))]
pub use self::{
    cache::{Builder, Cache},
    caches::{Caches, cache, caches, install},
    error::{Error, Invalidated, Result},
    site::{Kind, Site, SiteInfo, sites},
    stats::Stats,
};
pub use self::{
    key::{CacheKey, Group, Key, KeyWriter},
    ttl::IntoTtl,
};
#[doc(inline)]
#[doc = include_str!("docs/cache_key.md")]
pub use cache_macros::CacheKey;
#[doc(inline)]
#[doc = include_str!("docs/cache_page.md")]
pub use cache_macros::cache_page;
#[doc(inline)]
#[doc = include_str!("docs/cached.md")]
pub use cache_macros::cached;
#[doc(inline)]
#[doc = include_str!("docs/key.md")]
pub use cache_macros::key;
#[doc(inline)]
#[doc = include_str!("docs/never_cache.md")]
pub use cache_macros::never_cache;
#[doc(inline)]
#[doc = include_str!("docs/vary_on.md")]
pub use cache_macros::vary_on;

#[cfg(not(cache_loom))]
pub mod testing;
