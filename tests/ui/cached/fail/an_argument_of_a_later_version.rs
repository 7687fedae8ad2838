//! An argument that is not there yet.

use cache_core::cached;

#[cached(ttl = "5m", stale_if_error = "6h", refresh_ahead = 0.8)]
fn user(id: u64) -> u64 {
    id
}

fn main() {}
