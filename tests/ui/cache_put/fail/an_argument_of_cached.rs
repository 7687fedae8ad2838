//! Arguments about hits, of which there are none.

use cache_core::cache_put;

#[cache_put(key = "post:{id}", capacity = 10, local, handle = false, cache_err = "30s", keyy = 1)]
fn put(id: u64) -> u64 {
    id
}

fn main() {}
