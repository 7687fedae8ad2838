//! Layers for any service of tower.

pub use self::caches::{ServiceWithCaches, WithCaches};
#[cfg(all(feature = "layer", feature = "tracing"))]
pub use self::monitor::{CacheMonitor, CacheMonitorFuture, CacheMonitorService};
#[cfg(feature = "layer")]
pub use self::page::{
    ApplicationMode, CachePageBody, CachePageFuture, CachePageLayer, CachePageService, HttpMode,
};

mod caches;
#[cfg(all(feature = "layer", feature = "tracing"))]
mod monitor;
#[cfg(feature = "layer")]
pub(crate) mod page;
