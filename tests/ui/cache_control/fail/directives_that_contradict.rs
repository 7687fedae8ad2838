//! Directives that cannot both be meant.

use cache_core::cache_control;

#[cache_control(public, private)]
async fn for_any_and_for_one() -> &'static str {
    ""
}

#[cache_control(private, s_maxage = 60, proxy_revalidate)]
async fn for_one_and_for_proxies() -> &'static str {
    ""
}

#[cache_control(no_store, public, max_age = 60)]
async fn never_and_for_a_minute() -> &'static str {
    ""
}

// This is how RFC 9111 has it: caches that do not understand the status keep nothing.
#[cache_control(no_store, must_understand, max_age = 60)]
async fn where_it_is_understood() -> &'static str {
    ""
}

#[cache_control(immutable, s_maxage = "1y")]
async fn unchanged_for_how_long() -> &'static str {
    ""
}

#[cache_control(no_cache, immutable, max_age = 60)]
async fn always_and_never_asked_for_again() -> &'static str {
    ""
}

#[cache_control(max_age = 60, must_revalidate, stale_while_revalidate = 60, stale_if_error = 60)]
async fn stale_and_never_stale() -> &'static str {
    ""
}

fn main() {}
