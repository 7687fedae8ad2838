//! A function without `async`, a cached function, and a type.

use cache_core::{cache_control, cached};

#[cache_control(public)]
fn plain() -> &'static str {
    ""
}

#[cached]
#[cache_control(public)]
fn kept(n: u64) -> u64 {
    n
}

#[cache_control(public)]
#[cached]
fn kept_below(n: u64) -> u64 {
    n
}

#[cache_control(public)]
struct Page;

fn main() {}
