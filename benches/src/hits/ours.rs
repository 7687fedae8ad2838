//! This project's attribute, with a bound and a ttl.

use super::work;
use cache_core::cached;

#[cached(ttl = "1h", capacity = 10_000)]
pub(super) fn number(n: u64) -> u64 {
    work::number(n)
}

#[cached(ttl = "1h", capacity = 10_000)]
pub(super) fn text(name: &str, page: u32) -> String {
    work::text(name, page)
}

#[cached(ttl = "1h", capacity = 10_000)]
pub(super) async fn number_async(n: u64) -> u64 {
    work::number(n)
}

#[cached(ttl = "1h", capacity = 10_000)]
pub(super) async fn text_async(name: &'static str, page: u32) -> String {
    work::text(name, page)
}
