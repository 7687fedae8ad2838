//! Times that are none.

use cache_core::cached;

#[cached(ttl = "900")]
fn without_unit(id: u64) -> u64 {
    id
}

#[cached(ttl = "15min")]
fn unknown_unit(id: u64) -> u64 {
    id
}

#[cached(ttl = "1.5h")]
fn fraction(id: u64) -> u64 {
    id
}

#[cached(ttl = -5)]
fn negative(id: u64) -> u64 {
    id
}

#[cached(ttl = 0)]
fn zero(id: u64) -> u64 {
    id
}

#[cached(cache_err = |error| error.life())]
fn closure(id: u64) -> Result<u64, ()> {
    Ok(id)
}

fn main() {}
