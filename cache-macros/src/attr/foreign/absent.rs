//! Words of other crates for what is not an argument here.

/// Words for what is always so, or stands elsewhere.
pub(super) const ABSENT: &[(&str, &str)] = &[
    (
        "create",
        "the caches of a program are made at start-up, by `install`, and `cache = \"pages\"` names one",
    ),
    (
        "ty",
        "the caches of a program are made at start-up, by `install`, and `cache = \"pages\"` names one",
    ),
    (
        "type",
        "the caches of a program are made at start-up, by `install`, and `cache = \"pages\"` names one",
    ),
    (
        "force_refresh",
        "`name::refresh(…)` of the handle loads anew and stores",
    ),
    (
        "refresh_if",
        "`name::refresh(…)` of the handle loads anew and stores",
    ),
    ("SharedCache", "values are kept for all threads"),
    (
        "use_stale_on_failure",
        "a failed load is an error; the last good value is not served",
    ),
    ("body_limit", "a page's answers are bounded by their bytes"),
    ("initial_capacity", "room is made as it is needed"),
    (
        "eviction_listener",
        "`cache_core::subscribe` hears of what leaves",
    ),
    (
        "vary",
        "`#[vary_on(headers = [\"Accept-Language\"])]` stands above or below",
    ),
    (
        "result",
        "an `Err` is never kept, unless `cache_err = \"30s\"` says so",
    ),
    (
        "sync_writes",
        "those who want one key at once always share one load",
    ),
    (
        "sync_lock",
        "those who want one key at once always share one load",
    ),
    (
        "refresh",
        "a hit does not prolong a life; `name::refresh(…)` of the handle loads anew",
    ),
    (
        "time_refresh",
        "a hit does not prolong a life; `name::refresh(…)` of the handle loads anew",
    ),
    ("tti", "a hit does not prolong a life; write `ttl = \"5m\"`"),
    (
        "time_to_idle",
        "a hit does not prolong a life; write `ttl = \"5m\"`",
    ),
    (
        "with_cached_flag",
        "`name::peek(…)` of the handle tells what is kept, and `name::stats()` counts hits",
    ),
    (
        "result_fallback",
        "a failed load is an error; the last good value is not served",
    ),
    (
        "map_error",
        "a store in trouble costs a load and is counted; the function's own errors are returned as they are",
    ),
    (
        "sync_to_disk_on_cache_change",
        "a store is written when a value is kept",
    ),
    (
        "disk_dir",
        "the address of a cache says it, as in `Cache::from_url(\"file:///var/cache/app\")`, and `cache = \"files\"` names it",
    ),
    (
        "connection_config",
        "the address of a cache says it, as in `Cache::from_url(\"redis://localhost\")`, and `cache = \"pages\"` names it",
    ),
    (
        "cache_prefix_block",
        "the `key` begins with what tells it from others",
    ),
    (
        "eviction",
        "what was not asked for lately leaves first, at `capacity`",
    ),
    (
        "eviction_policy",
        "what was not asked for lately leaves first, at `capacity`",
    ),
    (
        "policy",
        "what was not asked for lately leaves first, at `capacity`",
    ),
    (
        "weigher",
        "`capacity` counts entries; a page's are bounded by their bytes as well",
    ),
    (
        "max_bytes",
        "`capacity` counts entries; a page's are bounded by their bytes as well",
    ),
    (
        "CustomHasher",
        "keys are hashed with a seed of each process",
    ),
    ("HasherInit", "keys are hashed with a seed of each process"),
    (
        "wrap_return",
        "`name::peek(…)` of the handle tells what is kept",
    ),
    (
        "invalidate",
        "`name::invalidate(…)` of the handle forgets one entry, and `#[invalidates(tags(\"…\"))]` stands on what changes the data",
    ),
    ("on_hit", "`name::stats()` counts hits"),
    ("metrics", "`name::stats()` counts hits, misses and loads"),
    ("stats", "`name::stats()` counts hits, misses and loads"),
    (
        "methods",
        "a page answers GET and HEAD from the cache, and no others",
    ),
    (
        "headers",
        "`#[vary_on(headers = [\"Accept-Language\"])]` stands above or below",
    ),
    (
        "cookies",
        "`#[vary_on(cookies = [\"preferences\"])]` stands above or below",
    ),
];
