//! A hole as `format!` has it.

use cache_core::cached;

#[cached(key = "user:{id:05}")]
fn user(id: u64) -> u64 {
    id
}

#[cached(key = "user:{0}")]
fn position(id: u64) -> u64 {
    id
}

#[cached(key = "user:{}")]
fn empty(id: u64) -> u64 {
    id
}

fn main() {}
