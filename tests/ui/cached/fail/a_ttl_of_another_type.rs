//! Expressions that give neither seconds nor a duration.

use cache_core::cached;

const TEXT: &str = "5m";

#[cached(ttl = 1.5 * 60.0)]
fn fraction(id: u64) -> u64 {
    id
}

#[cached(ttl = TEXT)]
fn text(id: u64) -> u64 {
    id
}

#[cached(ttl = |n: &u64| Some(*n))]
fn of_the_outcome(id: u64) -> u64 {
    id
}

#[cached(cache_err = if id > 5 { "5m" } else { TEXT })]
fn of_errors(id: u64) -> Result<u64, String> {
    Ok(id)
}

#[cached(ttl = if id > 5 { -60 } else { 60 })]
fn negative(id: u64) -> u64 {
    id
}

fn main() {}
