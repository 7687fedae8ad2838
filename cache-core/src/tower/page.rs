//! A cache of HTTP in front of a service.

pub use self::body::CachePageBody;
pub use self::future::CachePageFuture;
pub use self::layer::{ApplicationMode, CachePageLayer, HttpMode};
pub use self::service::CachePageService;

mod body;
mod inner;
pub(crate) mod options;

pub(crate) mod routed;

pub(crate) mod asked;
mod future;
mod service;

mod layer;

mod application;
mod http;
