//! What each contender keeps, locks and clones at a hit, so that a figure is not read as more than it is.

/// None for what is no cache.
pub(super) fn note(contender: &str) -> Option<&'static str> {
    let note = match contender {
        "limit" => "a map that nobody writes: no bound, no ttl, no lock",
        "cache-core" | "no tag" => {
            "bound, ttl, invalidation; numbers from copies that all threads read, else one read lock of a shard and a clone"
        }
        "quick_cache" => "bound, no ttl; a read lock of a shard, a clone",
        "cached" | "memoize" => {
            "bound, ttl; one lock for all, written at each hit, an owned key, a clone"
        }
        "cached, sharded" => {
            "bound, ttl; a lock of a shard, written at each hit, an owned key, a clone"
        }
        "moka" => "bound, ttl; a map without locks, each hit into a log, a clone",
        "foyer" => "bound, no ttl; a lock of a shard, a counted entry, a clone",
        "hitbox" => "bound, ttl; a key of text, the value out of JSON",
        "static Bytes" => "no cache: a handler that returns the bytes",
        "#[cache_page]" => "bound, ttl, invalidation; head and body shared",
        "axum-response-cache" => "ttl, no bound; one lock for all, body shared, head made anew",
        "tower-http-cache" => "bound, ttl; moka, a key of text, body shared, head made anew",
        "hitbox-tower" => "bound, ttl; moka, the answer out of JSON",
        "nginx proxy_cache" => "bound, ttl; a file for each page; a process of its own",
        "Django cache_page" => "bound, ttl; pickled; Python with gunicorn, a process of its own",
        _ => return None,
    };
    Some(note)
}
