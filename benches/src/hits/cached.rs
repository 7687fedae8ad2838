//! The `cached` crate's own attributes, with a bound and a ttl.

use super::work;
use cached::proc_macro::cached;

#[cached(max_size = 10_000, ttl_secs = 3600)]
pub(super) fn number(n: u64) -> u64 {
    work::number(n)
}

#[cached(max_size = 10_000, ttl_secs = 3600)]
pub(super) fn text(name: &str, page: u32) -> String {
    work::text(name, page)
}

#[cached(max_size = 10_000, ttl_secs = 3600)]
pub(super) async fn number_async(n: u64) -> u64 {
    work::number(n)
}

#[cached(max_size = 10_000, ttl_secs = 3600)]
pub(super) async fn text_async(name: &'static str, page: u32) -> String {
    work::text(name, page)
}

/// Its other attribute, over shards.
pub(super) mod sharded {
    use super::work;
    use cached::proc_macro::concurrent_cached;

    #[concurrent_cached(max_size = 10_000, ttl_secs = 3600)]
    pub(in crate::hits) fn number(n: u64) -> u64 {
        work::number(n)
    }

    #[concurrent_cached(max_size = 10_000, ttl_secs = 3600)]
    pub(in crate::hits) fn text(name: &str, page: u32) -> String {
        work::text(name, page)
    }

    #[concurrent_cached(max_size = 10_000, ttl_secs = 3600)]
    pub(in crate::hits) async fn number_async(n: u64) -> u64 {
        work::number(n)
    }

    #[concurrent_cached(max_size = 10_000, ttl_secs = 3600)]
    pub(in crate::hits) async fn text_async(name: &'static str, page: u32) -> String {
        work::text(name, page)
    }
}
