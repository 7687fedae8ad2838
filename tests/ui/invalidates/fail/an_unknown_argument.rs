//! Arguments that `#[invalidates]` does not take.

use cache_core::invalidates;

#[invalidates(tag("post:{id}"), key = "recent", soft, ttl = "5m")]
fn save(id: u64) {}

fn main() {}
