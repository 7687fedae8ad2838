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

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use self::cache::{Builder, Cache};
pub use self::caches::{Caches, cache, caches, install};
pub use self::error::{Error, Invalidated, Result};
pub use self::key::{CacheKey, Group, Key, KeyWriter};
pub use self::stats::Stats;
pub use self::ttl::IntoTtl;

/// Help for tests.
pub mod testing {
    pub use crate::clock::Clock;
}
