//! Caching for web handlers and functions.

mod clock;
mod error;
mod monitor;
mod sync;
mod timer;

mod entry;
mod key;
mod marks;
mod policy;
mod ttl;

mod flight;
mod near;

mod cache;
mod caches;
mod context;
mod load;

mod function;
mod outcome;
mod site;
mod stats;

#[cfg(feature = "http")]
#[cfg_attr(
    not(feature = "axum"),
    expect(dead_code, reason = "the parts that only a door to a framework uses")
)]
mod http;

#[cfg(feature = "axum")]
mod axum;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use cache_macros::{CacheKey, cache_page, cached, key, never_cache, vary_on};

pub use self::cache::{Builder, Cache};
pub use self::caches::{Caches, cache, caches, install};
pub use self::error::{Error, Invalidated, Result};
#[cfg(feature = "http")]
pub use self::http::inputs::{PageInput, VariedInput};
pub use self::key::{CacheKey, Group, Key, KeyWriter};
pub use self::stats::Stats;
pub use self::ttl::IntoTtl;

/// Help for tests.
pub mod testing {
    pub use crate::clock::Clock;
}
