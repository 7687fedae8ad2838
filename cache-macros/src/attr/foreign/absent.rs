//! Arguments of other crates without a counterpart here.

/// Each with the hint.
pub(super) const ABSENT: &[(&str, &str)] = &[
    (
        "create",
        "a program makes its caches at start-up with `install`, and `cache = \"pages\"` names one",
    ),
    (
        "ty",
        "a program makes its caches at start-up with `install`, and `cache = \"pages\"` names one",
    ),
    (
        "type",
        "a program makes its caches at start-up with `install`, and `cache = \"pages\"` names one",
    ),
    (
        "force_refresh",
        "`name::refresh(…)` of the handle loads and stores the value again",
    ),
    (
        "refresh_if",
        "`name::refresh(…)` of the handle loads and stores the value again",
    ),
    ("SharedCache", "all threads share the values"),
    (
        "use_stale_on_failure",
        "a failed load is an error; the last good value is not served",
    ),
    (
        "body_limit",
        "an answer is kept if its body has at most 1 MiB",
    ),
    ("initial_capacity", "memory is allocated as needed"),
    (
        "eviction_listener",
        "`cache_core::subscribe` reports evictions",
    ),
    (
        "vary",
        "`#[vary_on(headers = [\"Accept-Language\"])]` is an attribute of its own, above or below",
    ),
    (
        "result",
        "an `Err` is never kept, unless `cache_err = \"30s\"` says so",
    ),
    (
        "sync_writes",
        "concurrent calls for one key always share one load",
    ),
    (
        "sync_lock",
        "concurrent calls for one key always share one load",
    ),
    (
        "refresh",
        "a hit does not extend the ttl; `name::refresh(…)` of the handle loads again",
    ),
    (
        "time_refresh",
        "a hit does not extend the ttl; `name::refresh(…)` of the handle loads again",
    ),
    ("tti", "a hit does not extend the ttl; write `ttl = \"5m\"`"),
    (
        "time_to_idle",
        "a hit does not extend the ttl; write `ttl = \"5m\"`",
    ),
    (
        "with_cached_flag",
        "`name::peek(…)` of the handle returns the cached value, and `name::stats()` counts hits",
    ),
    (
        "result_fallback",
        "a failed load is an error; the last good value is not served",
    ),
    (
        "map_error",
        "where a store fails the function runs, and the failure is counted; the function's own errors are returned as they are",
    ),
    (
        "sync_to_disk_on_cache_change",
        "each value is written to the store when it is kept",
    ),
    (
        "disk_dir",
        "the address of a cache says where, as in `Cache::from_url(\"file:///var/cache/app\")`, and `cache = \"files\"` names it",
    ),
    (
        "connection_config",
        "the address of a cache says where, as in `Cache::from_url(\"redis://localhost\")`, and `cache = \"pages\"` names it",
    ),
    (
        "cache_prefix_block",
        "begin the `key` with a prefix, as in `key = \"user:{id}\"`",
    ),
    (
        "eviction",
        "at `capacity`, entries that were not used recently are evicted",
    ),
    (
        "eviction_policy",
        "at `capacity`, entries that were not used recently are evicted",
    ),
    (
        "policy",
        "at `capacity`, entries that were not used recently are evicted",
    ),
    (
        "weigher",
        "`capacity` counts entries; those of pages are bounded by bytes too",
    ),
    (
        "capacity_bytes",
        "`capacity` counts entries; those of pages are bounded by bytes too",
    ),
    (
        "max_bytes",
        "`capacity` counts entries; those of pages are bounded by bytes too",
    ),
    (
        "CustomHasher",
        "each process hashes keys with a random seed",
    ),
    ("HasherInit", "each process hashes keys with a random seed"),
    (
        "wrap_return",
        "`name::peek(…)` of the handle returns the cached value",
    ),
    (
        "invalidate",
        "`name::invalidate(…)` of the handle removes one entry, and `#[invalidates(tags(\"…\"))]` goes on the function that changes the data",
    ),
    ("on_hit", "`name::stats()` counts hits"),
    ("metrics", "`name::stats()` counts hits, misses and loads"),
    ("stats", "`name::stats()` counts hits, misses and loads"),
    ("methods", "a page answers only GET and HEAD from the cache"),
    (
        "public",
        "`#[cache_control(public)]` is an attribute of its own, above or below",
    ),
    (
        "s_maxage",
        "`#[cache_control(s_maxage = \"1d\")]` is an attribute of its own, above or below",
    ),
    (
        "no_store",
        "`#[never_cache]` is an attribute of its own, in the place of this one",
    ),
    (
        "immutable",
        "`#[cache_control(immutable, max_age = \"1y\")]` is an attribute of its own, above or below",
    ),
    (
        "cdn",
        "`#[cache_control(cdn = \"1y\")]` is an attribute of its own, above or below",
    ),
    (
        "etag",
        "`#[conditional(etag = \"post:{id}:{revision}\")]` is an attribute of its own, above or below",
    ),
    (
        "last_modified",
        "`#[conditional(last_modified = post.updated)]` is an attribute of its own, above or below",
    ),
    (
        "headers",
        "`#[vary_on(headers = [\"Accept-Language\"])]` is an attribute of its own, above or below",
    ),
    (
        "cookies",
        "`#[vary_on(cookies = [\"preferences\"])]` is an attribute of its own, above or below",
    ),
];
