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

#[cfg_attr(not(test), expect(dead_code, reason = "used by stores of bytes alone"))]
mod blob;
mod codec;
mod entry;
mod fingerprint;
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
    codec::{Bincode, Codec, CodecId, DecodeError, EncodeError, MessagePack},
    fingerprint::{Fingerprint, Shape},
    key::{CacheKey, Group, Key, KeyWriter},
    ttl::IntoTtl,
};
pub use cache_macros::{CacheKey, cache_page, cached, key, never_cache, vary_on};

#[cfg(not(cache_loom))]
pub mod testing;
