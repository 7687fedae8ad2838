//! Arguments about stale values that contradict each other, or the function.

use cache_core::cached;

#[cached(ttl = "5m", soft_timeout = "1s")]
fn nothing_stale_to_take(n: u64) -> u64 {
    n
}

#[cached(ttl = "5m", stale_if_error = "1h", soft_timeout = "2s", hard_timeout = "2s")]
fn gives_up_before(n: u64) -> Result<u64, cache_core::TimedOut> {
    Ok(n)
}

#[cached(refresh_ahead = 0.8, jitter = 0.1)]
fn without_an_end(n: u64) -> u64 {
    n
}

#[cached(ttl = "5m", cache_err = "1s", stale_if_error = "1h", fallback = 7)]
fn errors_are_values(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[cached(ttl = "5m", refresh_ahead = 1.5)]
fn past_its_end(n: u64) -> u64 {
    n
}

#[cached(ttl = "5m", jitter = "10%")]
fn as_text(n: u64) -> u64 {
    n
}

fn main() {}
