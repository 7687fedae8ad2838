//! A cache in front of apps of actix-web. What the cache does is tested in `tests/layer`; here is what lies between the two.

mod support;

mod around;
mod background;
mod http_caches;
mod servers;
mod sites;
mod streams;
