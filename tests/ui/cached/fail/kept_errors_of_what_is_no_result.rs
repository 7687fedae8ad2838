//! `cache_err` without a `Result`.

use cache_core::cached;

#[cached(cache_err = "30s")]
fn plain(n: u8) -> u8 {
    n
}

fn main() {}
