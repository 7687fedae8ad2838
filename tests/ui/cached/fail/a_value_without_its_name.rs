//! Values that stand without the name of their argument, and names without their quotes.

use cache_core::cached;

#[cached("5m")]
fn time(id: u64) -> u64 {
    id
}

#[cached("user:{id}")]
fn text(id: u64) -> u64 {
    id
}

#[cached(300)]
fn seconds(id: u64) -> u64 {
    id
}

#[cached(tags(posts))]
fn without_quotes(id: u64) -> u64 {
    id
}

#[cached(condition = "id > 1")]
fn in_quotes(id: u64) -> u64 {
    id
}

fn main() {}
