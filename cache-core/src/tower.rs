//! Layers for any service of tower.

pub use self::caches::{ServiceWithCaches, WithCaches};
#[cfg(feature = "layer")]
pub use self::page::{
    ApplicationMode, CachePageBody, CachePageFuture, CachePageLayer, CachePageService, HttpMode,
};

mod caches;
#[cfg(feature = "layer")]
pub(crate) mod page;
