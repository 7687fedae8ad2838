//! What is put is found under its key, which says what it depends on.

use cache_core::cache_put;

#[cache_put(ttl = "5m")]
fn no_key(id: u64) -> u64 {
    id
}

#[cache_put(key = "post:{id}")]
fn forgotten(id: u64, name: &str) -> String {
    name.to_owned()
}

fn main() {}
