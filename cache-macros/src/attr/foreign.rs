//! Words of other caching crates, and what says the same here.

use super::Kind;

/// What is said of a word that another crate has and this one has not; nothing for a word that none is known to have.
pub(super) fn hint(kind: Kind, word: &str) -> Option<String> {
    let of = |words: &[(&str, &str)]| {
        let found = words.iter().find(|(other, _)| *other == word);
        found.map(|(_, hint)| (*hint).to_owned())
    };
    if let Some(ours) = renamed(kind, word) {
        let name = ours.split([' ', '(']).next().unwrap_or(ours);
        let written = if name == ours {
            String::new()
        } else {
            format!(": write `{ours}`")
        };
        return Some(format!("`{word}` is `{name}` here{written}"));
    }
    of(ABSENT).map(|hint| format!("there is no `{word}` here: {hint}"))
}

fn renamed(kind: Kind, word: &str) -> Option<&'static str> {
    let found = RENAMED.iter().find(|(others, _)| others.contains(&word));
    let ours = found.map(|(_, ours)| *ours)?;
    match (kind, ours) {
        // A page keeps a bound, and has no error type of its own to keep.
        (Kind::CachePage, "capacity = unbounded") => Some("capacity = 100_000"),
        _ => Some(ours),
    }
}

/// Words for what has another name here.
const RENAMED: &[(&[&str], &str)] = &[
    (
        &[
            "size",
            "max_size",
            "max_capacity",
            "max_entries",
            "max_items",
            "maxsize",
            "cap",
            "limit",
            "Capacity",
            "capacity_bytes",
        ],
        "capacity = 10_000",
    ),
    (
        &["unbound", "unbounded", "unlimited"],
        "capacity = unbounded",
    ),
    (
        &[
            "time",
            "ttl_secs",
            "ttl_seconds",
            "ttl_millis",
            "time_to_live",
            "TimeToLive",
            "ttl_duration",
            "expire",
            "expires_in",
            "expire_after",
            "expiry",
            "expiration",
            "lifespan",
            "max_age",
            "duration",
            "timeout",
            "seconds",
        ],
        "ttl = \"5m\"",
    ),
    (
        &[
            "convert",
            "map_key",
            "cache_key",
            "key_fn",
            "key_expr",
            "id",
        ],
        "key = \"{id}\"",
    ),
    (
        &[
            "ignore",
            "Ignore",
            "ignore_args",
            "exclude",
            "except",
            "skip_args",
            "skip_all",
            "without",
        ],
        "skip(db)",
    ),
    (
        &[
            "cache_if",
            "only_if",
            "when",
            "if_",
            "cond",
            "predicate",
            "should_cache",
        ],
        "condition = id != 0",
    ),
    (&["bypass", "skip_cache"], "condition = !bypass"),
    (&["expires", "expires_by"], "ttl = |value| value.lifetime()"),
    (&["name"], "handle = fib_cache"),
    (
        &[
            "option",
            "Option",
            "skip_none",
            "skip_cache_if",
            "ignore_none",
            "result_if",
            "dont_cache_if",
        ],
        "unless = Option::is_none",
    ),
    (
        &[
            "cache_errors",
            "cache_error",
            "error_ttl",
            "negative_ttl",
            "ttl_err",
            "on_error",
        ],
        "cache_err = \"30s\"",
    ),
    (
        &[
            "tag",
            "invalidate_on",
            "dependencies",
            "depends_on",
            "events",
            "labels",
        ],
        "tags(\"user:{id}\")",
    ),
    (
        &[
            "cache_name",
            "store",
            "backend",
            "storage",
            "pool",
            "alias",
            "disk",
            "redis",
            "in_redis",
            "scope",
        ],
        "cache = \"pages\"",
    ),
    (
        &["prefix", "cache_prefix", "group", "region"],
        "namespace = \"user:{id}\"",
    ),
    (&["distributed", "io", "global"], "shared"),
    (
        &[
            "thread_local",
            "memory",
            "in_memory",
            "in_process",
            "private",
        ],
        "local",
    ),
    (&["guards", "auth"], "guard(admin)"),
    (
        &["params", "query_params"],
        "query = [\"category\", \"page\"]",
    ),
    (&["client_ttl", "browser_ttl"], "browser = \"15m\""),
    (&["in_impl", "self_method"], "associated"),
    (
        &["runtime", "crate_path", "krate"],
        "crate = my_app::cache_core",
    ),
];

/// Words for what is always so, or stands elsewhere.
const ABSENT: &[(&str, &str)] = &[
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_said_twice() {
        let renamed = RENAMED.iter().flat_map(|(words, _)| words.iter());
        let mut all: Vec<_> = renamed.chain(ABSENT.iter().map(|(word, _)| word)).collect();
        all.sort_unstable();
        let twice: Vec<_> = all.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn the_word_that_says_the_same_is_named() {
        let hint = |word| hint(Kind::Cached, word);
        assert_eq!(
            hint("size").as_deref(),
            Some("`size` is `capacity` here: write `capacity = 10_000`")
        );
        assert_eq!(
            hint("sync_writes").as_deref(),
            Some(
                "there is no `sync_writes` here: those who want one key at once always share one load"
            )
        );
        assert_eq!(hint("banana"), None);
    }
}
