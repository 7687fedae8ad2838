//! Before the body there is no value, and after it there are no arguments.

use cache_core::invalidates;

#[invalidates(tags = |id: &u64| [format!("post:{id}")], before)]
fn early(id: u64) -> u64 {
    id
}

#[invalidates(keys = |saved: &u64| [format!("post:{saved}:{id}")], condition = |saved: &u64| *saved > 0)]
fn late(id: u64) -> u64 {
    id
}

fn main() {}
