//! Values that their arguments do not take.

use cache_core::cached;

#[cached(ttl, key = id, skip = db, version = "2", local = true, handle = true, crate = "cache_core")]
fn user(id: u64) -> u64 {
    id
}

fn main() {}
