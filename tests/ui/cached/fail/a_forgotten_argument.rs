//! What decides the value and is not in the key.

use cache_core::cached;

#[cached(key = "posts:{id}")]
fn posts(id: u64, page: u32) -> u64 {
    id * u64::from(page)
}

#[cached(key = "pair:{a}")]
fn part_of_a_pattern((a, b): (u32, u32)) -> u32 {
    a + b
}

fn main() {}
