//! An argument that is not there yet.

use cache_core::cached;

#[cached(ttl = "5m", tags("user:{id}"), refresh_ahead = 0.8)]
fn user(id: u64) -> u64 {
    id
}

fn main() {}
