//! An argument that is not there yet.

use cache_core::cached;

#[cached(ttl = "5m", lock = distributed, refresh = adaptive)]
fn user(id: u64) -> u64 {
    id
}

fn main() {}
