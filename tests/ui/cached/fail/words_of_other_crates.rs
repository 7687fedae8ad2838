//! Words of other caching crates: each error says what says the same here, or why there is no such thing.

use cache_core::{cache_page, cached};

#[cached(size = 5)]
fn with_size(n: u64) -> u64 {
    n
}

#[cached(max_size = 5)]
fn with_max_size(n: u64) -> u64 {
    n
}

#[cached(time = 5)]
fn with_time(n: u64) -> u64 {
    n
}

#[cached(ttl_secs = 5)]
fn with_ttl_secs(n: u64) -> u64 {
    n
}

#[cached(result = 5)]
fn with_result(n: u64) -> u64 {
    n
}

#[cached(option = 5)]
fn with_option(n: u64) -> u64 {
    n
}

#[cached(sync_writes = 5)]
fn with_sync_writes(n: u64) -> u64 {
    n
}

#[cached(convert = 5)]
fn with_convert(n: u64) -> u64 {
    n
}

#[cached(name = 5)]
fn with_name(n: u64) -> u64 {
    n
}

#[cached(unbound = 5)]
fn with_unbound(n: u64) -> u64 {
    n
}

#[cached(refresh = 5)]
fn with_refresh(n: u64) -> u64 {
    n
}

#[cached(with_cached_flag = 5)]
fn with_with_cached_flag(n: u64) -> u64 {
    n
}

#[cached(result_fallback = 5)]
fn with_result_fallback(n: u64) -> u64 {
    n
}

#[cached(expires = 5)]
fn with_expires(n: u64) -> u64 {
    n
}

#[cached(disk = 5)]
fn with_disk(n: u64) -> u64 {
    n
}

#[cached(create = 5)]
fn with_create(n: u64) -> u64 {
    n
}

#[cached(map_error = 5)]
fn with_map_error(n: u64) -> u64 {
    n
}

#[cached(force_refresh = 5)]
fn with_force_refresh(n: u64) -> u64 {
    n
}

#[cached(Ignore: db)]
fn with_ignore(n: u64) -> u64 {
    n
}

#[cached(TimeToLive: Duration::from_secs(5))]
fn with_timetolive(n: u64) -> u64 {
    n
}

#[cached(Capacity = 5)]
fn with_capacity(n: u64) -> u64 {
    n
}

#[cached(SharedCache = 5)]
fn with_sharedcache(n: u64) -> u64 {
    n
}

#[cached(CustomHasher = 5)]
fn with_customhasher(n: u64) -> u64 {
    n
}

#[cached(max_capacity = 5)]
fn with_max_capacity(n: u64) -> u64 {
    n
}

#[cached(time_to_live = 5)]
fn with_time_to_live(n: u64) -> u64 {
    n
}

#[cached(time_to_idle = 5)]
fn with_time_to_idle(n: u64) -> u64 {
    n
}

#[cached(weigher = 5)]
fn with_weigher(n: u64) -> u64 {
    n
}

#[cached(eviction_listener = 5)]
fn with_eviction_listener(n: u64) -> u64 {
    n
}

#[cached(backend = 5)]
fn with_backend(n: u64) -> u64 {
    n
}

#[cached(policy = 5)]
fn with_policy(n: u64) -> u64 {
    n
}

#[cache_page(max_size = 5)]
async fn page_with_max_size() -> &'static str {
    "page"
}

#[cache_page(unbounded = 5)]
async fn page_with_unbounded() -> &'static str {
    "page"
}

#[cache_page(lifespan = 5)]
async fn page_with_lifespan() -> &'static str {
    "page"
}

#[cache_page(body_limit = 5)]
async fn page_with_body_limit() -> &'static str {
    "page"
}

#[cache_page(use_stale_on_failure = 5)]
async fn page_with_use_stale_on_failure() -> &'static str {
    "page"
}

fn main() {}
