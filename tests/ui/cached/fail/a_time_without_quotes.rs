//! Times with a unit, and without the quotes that make them text.

use cache_core::cached;

#[cached(ttl = 5m)]
fn minutes_of(id: u64) -> u64 {
    id
}

#[cached(ttl = 250ms)]
fn milliseconds(id: u64) -> u64 {
    id
}

#[cached(ttl = 1h30m)]
fn several_units(id: u64) -> u64 {
    id
}

#[cached(ttl = 15min)]
fn unknown_unit(id: u64) -> u64 {
    id
}

#[cached(ttl = 1.5h)]
fn fraction(id: u64) -> u64 {
    id
}

#[cached(cache_err = 30s)]
fn of_errors(id: u64) -> Result<u64, String> {
    Ok(id)
}

#[cached(ttl = if id > 5 { 5m } else { minutes(1) })]
fn in_an_expression(id: u64) -> u64 {
    id
}

#[cached(ttl = |n: &u64| if *n > 5 { Duration::ZERO } else { 250ms })]
fn in_a_closure(id: u64) -> u64 {
    id
}

fn main() {}
