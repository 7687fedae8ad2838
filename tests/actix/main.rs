//! Apps of actix-web: a cache in front of them, and pages of theirs. What the cache does is tested in `tests/layer` and `tests/http`; here is
//! what lies between the two.

mod support;

mod around;
mod attributes;
mod background;
mod http_caches;
mod page_arguments;
mod pages;
mod pages_behind;
mod servers;
mod sites;
mod streams;
